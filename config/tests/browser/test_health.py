"""The health page in a real browser: it renews itself, rests where nobody looks, and keeps what its reader does."""

import pytest
from playwright.sync_api import expect

from config.tests.browser.conftest import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

SEEN_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"


def hide(page, hidden: bool) -> None:
    page.evaluate(f"Object.defineProperty(document, 'hidden', {{value: {str(hidden).lower()}, configurable: true}})")


def test_it_renews_itself_when_the_tab_is_seen_again_and_what_was_opened_stays_open(visit):
    page = visit("hr", NARROW).go("/operations/")
    numbers = page.locator("#times-numbers")
    numbers.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(numbers).to_have_attribute("open", "")
    page.locator("#health").evaluate("element => element.dataset.old = 'yes'")
    with page.expect_response("**/operations/"):
        page.evaluate(SEEN_AGAIN)
    expect(page.locator("#health[data-old]")).to_have_count(0)
    expect(numbers).to_have_attribute("open", "")
    expect(numbers.locator("summary")).to_be_focused()


def test_a_tab_that_nobody_sees_asks_for_nothing(visit):
    page, asked = visit("hr").go("/operations/"), []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/operations/") else None)
    hide(page, True)
    page.evaluate(SEEN_AGAIN)
    page.wait_for_timeout(500)
    assert not asked
    hide(page, False)
    with page.expect_response("**/operations/"):
        page.evaluate(SEEN_AGAIN)


def test_when_it_cannot_be_renewed_it_says_of_when_the_figures_are(visit):
    one = visit("hr")
    page = one.go("/operations/")
    page.route("**/operations/", lambda route: route.abort())
    page.evaluate(SEEN_AGAIN)
    expect(page.locator("#toasts")).to_contain_text("they could not be read again")
    expect(page.locator("#health")).to_be_visible()
    one.faults.clear()  # the browser reports the request that this test has cut off


def test_without_scripts_a_link_reads_it_again(visit):
    page = visit("hr", java_script_enabled=False)
    page.go("/operations/").get_by_role("link", name="Read again").click()
    expect(page.page.get_by_role("heading", name="Health", exact=True)).to_be_visible()
