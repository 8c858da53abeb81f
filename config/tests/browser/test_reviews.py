"""A floor manager reviews somebody with the keyboard alone; the cashier reads it on a phone and says so."""

import re

import pytest

from config.tests.browser.conftest import NARROW, WIDE
from config.tests.browser.test_every_page import violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

CASHIER = "Adaeze Nwosu"


def line_of(page, name):
    return page.locator(".review", has=page.get_by_text(name, exact=True))


def open_line(page, name):
    """Press J until this person's line stands open."""
    for _ in range(40):
        if "is-active" in line_of(page, name).get_attribute("class"):
            return line_of(page, name)
        page.keyboard.press("j")
    raise AssertionError(f"J does not reach {name}.")


def test_the_keyboard_alone_reviews_and_the_cashier_reads_it_on_a_phone(visit):
    page = visit("floor.manager", WIDE).go("/reviews/")
    line = open_line(page, CASHIER)
    for key in "4154":
        page.keyboard.press(key)
    line.get_by_text("Punctuality is 1, Poor. Say what happened and what would help.").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.type("Late on Tuesday; we agreed on the later bus.")
    line.get_by_text(re.compile(r"^Saved \d\d:\d\d$")).wait_for()
    assert line.get_by_text("Ready").is_visible()
    assert line.locator("output").inner_text() == "3.50"
    assert not violations(page)
    page.keyboard.press("k")  # in a comment it is a letter
    assert line.get_by_role("textbox").input_value().endswith("bus.k")
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+Enter")
    page.get_by_role("dialog").get_by_role("button", name="Submit and tell them").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text(re.compile("reviews are submitted, and their people told")).wait_for()
    assert line_of(page, CASHIER).get_by_text("Submitted").is_visible()

    phone = visit("cashier", NARROW)
    page = phone.go("/")
    page.get_by_role("link", name=re.compile("^Read it")).first.click()
    page.wait_for_url("**/reviews/*")
    page.get_by_text("Late on Tuesday; we agreed on the later bus.").wait_for()
    assert page.get_by_text("3.50").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not violations(page)
    page.get_by_role("button", name="I have read it").click()
    page.get_by_text("you have read this review").wait_for()
    assert not page.get_by_role("button", name="I have read it").count()


def test_what_another_window_saved_is_not_overwritten_unseen(visit):
    one = visit("floor.manager", WIDE)
    first, second = one.go("/reviews/"), one.context.new_page()
    second.goto(one.product.url + "/reviews/")
    name = "Kunle Ogundele"
    for page, words in ((first, "Quick at the till."), (second, "Kind to customers.")):
        line = line_of(page, name)
        line.get_by_role("link", name=name).click()
        line.get_by_role("textbox").fill(words)
        line.get_by_text(
            re.compile(r"Saved \d\d:\d\d|You changed this review elsewhere|has a review of yours")
        ).wait_for()
    assert line.get_by_role("textbox").input_value() == "Kind to customers."
    line.get_by_role("textbox").press_sequentially(" Quick too.")
    line.get_by_text(re.compile(r"^Saved \d\d:\d\d$")).wait_for()
    first.reload()
    assert "Kind to customers. Quick too." in first.content()
    one.faults.clear()  # the browser itself logs the 422 that was asked for


def test_without_scripts_a_phone_scores_saves_and_reads(visit):
    page = visit("floor.manager", NARROW, java_script_enabled=False).go("/reviews/")
    name = "Blessing Etim"
    line_of(page, name).get_by_role("link", name=name).click()
    line = line_of(page, name)
    for score in line.locator("fieldset").all():
        score.locator("input[value='4']").check(force=True)
    line.get_by_role("textbox").fill("Steady.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.").wait_for()
    assert line_of(page, name).get_by_text("Ready").is_visible()
