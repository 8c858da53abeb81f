"""The door: signing in and out, and what a wrong password keeps."""

import pytest

from config.tests.browser.conftest import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def test_a_wrong_password_says_so_once_and_keeps_the_email(visit):
    one = visit()
    page = one.go("/login")
    page.get_by_label("E-mail").fill("cashier@acemall.example")
    page.get_by_label("Password", exact=True).fill("not-my-password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").first.wait_for()
    assert page.get_by_label("E-mail").input_value() == "cashier@acemall.example"
    assert page.get_by_label("Password", exact=True).input_value() == ""
    one.faults.clear()  # the browser itself logs the 4xx of a refused form


def test_signing_out_closes_the_door(visit):
    one = visit("cashier", NARROW)
    page = one.go("/account/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login**")
    one.go("/schedule/")
    assert "/login" in page.url


def test_the_keyboard_alone_signs_in(visit):
    one = visit()
    page = one.go("/login")
    page.get_by_label("E-mail").focus()
    page.keyboard.type("cashier@acemall.example")
    page.keyboard.press("Tab")
    page.keyboard.type("Ace-demo-2026")
    page.keyboard.press("Enter")
    page.wait_for_url(one.product.url + "/")
