"""The main job: a floor manager publishes next week; in seconds those concerned see it, and nobody else."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections import Counter

import pytest

from config.tests.browser.conftest import NARROW, PASSWORD, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

CASHIER = "Adaeze Nwosu"
WITHIN = 15.0  # seconds until a published shift is in the inbox


def api(product, method, path, token="", body=None):
    """Ask the API as a client of another machine would: (status, JSON)."""
    request = urllib.request.Request(
        f"{product.url}/api/v1/{path}",
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})},
    )
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def token_of(product, email):
    return api(product, "POST", "auth/login", body={"email": email, "password": PASSWORD})[1]["access"]


def free_cell(page, name):
    """The first empty cell in a person's row of the week grid."""
    row = page.locator("#grid tr", has=page.get_by_text(name, exact=True))
    return row.get_by_role("link", name=re.compile(f"Add a shift for {name}")).first


def review_and_publish(page):
    page.get_by_role("link", name=re.compile(r"^Publish \d+ shift")).locator("visible=true").click()
    page.wait_for_url("**/planner/review**")
    reason = page.get_by_label("Reason for going on")
    if reason.count():
        reason.fill("Agreed with the team")
    page.get_by_role("button", name=re.compile(r"^Publish \d+ shift")).click()
    page.get_by_text(re.compile(r"Published")).first.wait_for()


def unread_titles(product, token):
    return [row["title"] for row in api(product, "GET", "notifications?unread=true", token)[1]["results"]]


def added(titles: list[str], before: list[str]) -> list[str]:
    """What stands in the inbox now and did not stand there before."""
    return list((Counter(titles) - Counter(before)).elements())


def test_what_is_published_reaches_the_person_and_nobody_else(visit, product):
    cashier, stranger = token_of(product, "cashier@acemall.example"), token_of(product, "cashier@othermart.example")
    before = {row["id"] for row in api(product, "GET", "schedule/upcoming?limit=200", cashier)[1]["results"]}
    titles_before, strangers_before = unread_titles(product, cashier), unread_titles(product, stranger)

    manager = visit("floor.manager", WIDE)
    page = manager.go("/planner/")
    cell = free_cell(page, CASHIER)
    day = cell.get_attribute("aria-label")
    cell.click()
    page.get_by_label("Hours and break").fill("10-16 30b")
    page.get_by_role("button", name="Save draft").click()
    page.locator("#grid").get_by_text("10:00–16:00").first.wait_for()
    drafted = {row["id"] for row in api(product, "GET", "schedule/upcoming?limit=200", cashier)[1]["results"]}
    assert drafted == before, f"a draft was shown to {CASHIER} ({day})"

    review_and_publish(page)
    published_at = time.monotonic()
    rows = api(product, "GET", "schedule/upcoming?limit=200", cashier)[1]["results"]
    fresh = [row for row in rows if row["id"] not in before]
    assert any("10:00" in json.dumps(row) for row in fresh)
    # Other news may come meanwhile; this one is awaited.
    while not any("your week" in title.lower() for title in added(unread_titles(product, cashier), titles_before)):
        assert time.monotonic() - published_at < WITHIN, "nothing in the inbox"
        time.sleep(0.3)
    assert unread_titles(product, stranger) == strangers_before

    phone = visit("cashier", NARROW)
    page = phone.go("/notifications/")
    page.get_by_role("button", name=re.compile("^Open.*your week", re.IGNORECASE)).first.click()
    page.wait_for_url("**/schedule/**")
    assert page.get_by_text("10:00–16:00").first.is_visible()

    desk = visit("cashier", WIDE)
    page = desk.go("/")
    tab_to(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Schedule"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/schedule/**")
    tab_to(page, page.get_by_role("link", name="Week after"))
    page.keyboard.press("Enter")
    page.get_by_text("10:00–16:00").first.wait_for()


def test_another_organisations_login_gets_404(visit, product):
    manager, stranger = token_of(product, "floor.manager@acemall.example"), token_of(product, "hr@othermart.example")
    roster = api(product, "GET", "rosters", manager)[1]["results"][0]["id"]
    shift = api(product, "GET", "shifts", manager)[1]["results"][0]["id"]
    for path in (f"rosters/{roster}", f"shifts/{shift}", f"rosters/{roster}/check"):
        assert api(product, "GET", path, manager)[0] == 200
        assert api(product, "GET", path, stranger)[0] == 404
    other = visit("hr@othermart.example")
    answer = other.page.goto(f"{product.url}/planner/shifts/{shift}")
    assert answer.status == 404
    other.faults.clear()  # the browser itself logs the 404 that was asked for


def test_the_same_on_a_phone(visit, product):
    manager = visit("floor.manager", NARROW)
    page = manager.go("/planner/")
    page.get_by_role("link", name=re.compile("Add")).locator("visible=true").last.click()
    page.get_by_label("Hours and break").fill("6-9")
    page.locator("#hours-read").get_by_text("06:00–09:00").wait_for()  # and with it who can work then
    free = page.locator("input[name=person]:not([disabled])").nth(1)
    free.check(force=True)
    page.get_by_role("button", name="Save draft").click()
    page.get_by_text("06:00–09:00").locator("visible=true").first.wait_for()
    review_and_publish(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_keyboard_alone_builds_and_publishes(visit, product):
    manager = visit("floor.manager", WIDE)
    page = manager.go("/planner/")
    page.locator("#grid .cell[tabindex='0']").focus()
    for _ in range(40):
        page.keyboard.press("ArrowDown")
        if page.evaluate("!!document.activeElement.querySelector('a[aria-label^=\"Add a shift for\"]')"):
            break
    page.keyboard.press("n")
    page.get_by_label("Hours and break").wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.type("21-23")
    page.keyboard.press("Enter")
    page.locator("#grid").get_by_text("21:00–23:00").first.wait_for()
    page.keyboard.press("p")
    page.wait_for_url("**/planner/review**")
    reason = page.get_by_label("Reason for going on")
    if reason.count():
        tab_to(page, reason)
        page.keyboard.type("Agreed with the team")
    tab_to(page, page.get_by_role("button", name=re.compile(r"^Publish \d+ shift")))
    page.keyboard.press("Enter")
    page.get_by_text(re.compile("Published")).first.wait_for()


def test_a_session_that_ends_while_one_types_loses_nothing(visit, product):
    manager = visit("floor.manager", WIDE)
    page = manager.go("/planner/?week=2031-01-06")  # a week that no other test writes in
    page.get_by_role("link", name=re.compile("^Add an open shift")).locator("visible=true").first.click()
    page.get_by_label("Hours and break").wait_for()
    manager.context.clear_cookies(name="session")
    page.get_by_label("Hours and break").fill("5-6")
    page.get_by_role("button", name="Save draft").click()
    page.get_by_text("You have been signed out.").first.wait_for()
    assert page.get_by_label("Hours and break").input_value() == "5-6"

    elsewhere = manager.context.new_page()
    elsewhere.goto(product.url + "/login")
    elsewhere.get_by_label("E-mail").fill("floor.manager@acemall.example")
    elsewhere.get_by_label("Password", exact=True).fill(PASSWORD)
    elsewhere.get_by_role("button", name="Sign in").click()
    elsewhere.wait_for_url(product.url + "/")

    page.get_by_role("button", name="Save draft").click()
    page.locator("#grid").get_by_text("05:00–06:00").first.wait_for()
    manager.faults.clear()  # the browser itself logs the 401 that was asked for


def tab_to(page, target):
    """Press Tab until the target has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("The keyboard does not reach it.")
