"""Sessions: seen, told apart, ended one by one or all, and by themselves; also where Django is not asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from config import epoch, tenancy
from config.testing import ACE, bearer, sign_in
from config.tests.fast import Door as Application
from staff.devices import device_of
from staff.models import Letter, LetterKind, Session
from staff.tests.doors import api, enter, log_in, me

pytestmark = pytest.mark.django_db

ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
LIST = "/api/v1/notifications"


def listed(client, access):
    answer = api(client, "sessions", access=access, method="get")
    assert answer.status_code == 200
    return answer.json()["results"]


def test_every_sign_in_is_listed_with_device_address_and_time_and_ones_own_first(client, cast):
    given = log_in(client, cast.cashier)
    browser = Client(headers={"User-Agent": ANDROID}, REMOTE_ADDR="203.0.113.7")
    enter(browser, cast.cashier)
    mine, other = listed(client, given["access"])
    assert (mine["is_this"], mine["door"], other["is_this"], other["door"]) == (True, "api", False, "page")
    assert (other["device"], other["address"]) == ("Chrome on Android", "203.0.113.7")
    assert other["created_at"] <= other["seen_at"] < other["ends_at"]
    page = browser.get("/account/security/").content.decode()
    assert page.count("Chrome on Android") >= 1
    assert "203.0.113.7" in page
    assert "This one" in page


def test_ending_one_session_ends_its_tokens_and_no_others(client, cast):
    phone, laptop = log_in(client, cast.cashier), log_in(client, cast.cashier)
    other = next(row for row in listed(client, laptop["access"]) if not row["is_this"])
    assert api(client, f"sessions/{other['id']}", access=laptop["access"], method="delete").status_code == 204
    assert me(client, phone["access"]) == 401
    assert api(client, "refresh", {"refresh": phone["refresh"]}).status_code == 401
    assert me(client, laptop["access"]) == 200
    assert [row["is_this"] for row in listed(client, laptop["access"])] == [True]
    assert api(client, f"sessions/{other['id']}", access=laptop["access"], method="delete").status_code == 404


def test_ending_a_browsers_session_signs_it_out(client, cast):
    browser = Client()
    enter(browser, cast.cashier)
    given = log_in(client, cast.cashier)
    other = next(row for row in listed(client, given["access"]) if row["door"] == "page")
    api(client, f"sessions/{other['id']}", access=given["access"], method="delete")
    assert browser.get("/account/").status_code == 302


def test_nobody_ends_anothers_session(client, cast):
    given, theirs = log_in(client, cast.hr), log_in(client, cast.cashier)
    row = listed(client, theirs["access"])[0]
    assert api(client, f"sessions/{row['id']}", access=given["access"], method="delete").status_code == 404
    sign_in(client, cast.hr)
    assert client.post(f"/account/security/sessions/{row['id']}/end").status_code == 404
    assert me(client, theirs["access"]) == 200


def test_the_page_ends_one_or_all_others(client, cast):
    browsers = [Client() for _ in range(3)]
    for browser in browsers:
        enter(browser, cast.cashier)
    first, second, third = browsers
    with tenancy.organisation(ACE):
        row = Session.objects.filter(person=cast.cashier).order_by("id")[0]
    assert first.get("/account/security/").status_code == 200
    assert third.post(f"/account/security/sessions/{row.pk}/end").status_code == 302
    assert first.get("/account/").status_code == 302
    assert second.get("/account/").status_code == 200
    third.post("/account/security/sessions/end")
    assert second.get("/account/").status_code == 302
    assert third.get("/account/").status_code == 200


def test_signing_out_of_a_page_ends_its_row_too(client, cast):
    enter(client, cast.cashier)
    stolen = client.cookies["session"].value
    client.post("/logout")
    with tenancy.organisation(ACE):
        assert Session.objects.get(person=cast.cashier).ended_at
    client.cookies["session"] = stolen
    assert client.get("/account/").status_code == 302


def test_a_copied_cookie_of_an_ended_session_stays_out_when_its_owner_signs_in_again(client, cast):
    enter(client, cast.cashier)
    copied = client.cookies["session"].value
    with tenancy.organisation(ACE):
        Session.objects.filter(person=cast.cashier).update(ended_at=timezone.now())
    enter(client, cast.cashier)
    assert client.get("/account/").status_code == 200
    assert Client(headers={"Cookie": f"session={copied}"}).get("/account/").status_code == 302


# ── By themselves ────────────────────────────────────────────────────────────


def open_after(person, *pauses: timedelta) -> bool:
    """Whether a browser is still signed in when it asks again after each of these pauses."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = Client()
        enter(browser, person)
        answer = None
        for pause in pauses:
            clock.shift(pause)
            answer = browser.get("/account/")
        return answer.status_code == 200


def test_who_enters_the_admin_is_out_after_half_an_hour_without_a_request(cast):
    assert open_after(cast.floor_manager, timedelta(minutes=29))
    assert not open_after(cast.floor_manager, timedelta(minutes=31))
    assert open_after(cast.floor_manager, *[timedelta(minutes=20)] * 5)


def test_who_enters_the_admin_is_out_after_twelve_hours_whatever_they_do(cast):
    half_hours = [timedelta(minutes=25)] * 28
    assert open_after(cast.floor_manager, *half_hours)
    assert not open_after(cast.floor_manager, *half_hours, timedelta(minutes=25))


def test_staff_stay_signed_in_for_thirty_days_and_no_longer(cast):
    assert open_after(cast.cashier, timedelta(days=29, hours=23))
    assert not open_after(cast.cashier, *[timedelta(days=10)] * 3, timedelta(minutes=1))


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(client, cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        enter(client, cast.floor_manager)
        for _ in range(31):
            clock.shift(60)
            client.get("/notifications/badge?seen=0", headers={"X-By-Itself": "1"})
        assert client.get("/account/").status_code == 302


def test_the_pages_that_ask_by_themselves_say_so(client, cast):
    sign_in(client, cast.hr)
    for url in ("/account/", "/operations/"):
        text = client.get(url).content.decode()
        assert text.count('hx-trigger="every') == text.count("X-By-Itself") > 0


def test_being_seen_is_written_once_a_minute(client, cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        enter(client, cast.cashier)

        def seen():
            clock.shift(20)
            client.get("/account/")
            with tenancy.organisation(ACE):
                return Session.objects.get(person=cast.cashier).seen_at

        moments = [seen() for _ in range(6)]
    assert len(set(moments)) == 3


# ── Before Django ────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_a_session_that_ended_is_out_of_the_fast_path_at_once_and_another_is_not(cast, monkeypatch):
    monkeypatch.setattr(epoch, "QUIET", -1.0)
    monkeypatch.setattr(epoch, "LEASE", 10.0)
    door, client = Application(), Client()
    phone, laptop = ({"Authorization": f"Bearer {log_in(client, cast.cashier)['access']}"} for _ in range(2))
    for headers in (phone, laptop):
        door.get(LIST, headers)
        assert door.get(LIST, headers).fast
    api(client, "logout", {}, access=phone["Authorization"].split()[1])
    assert door.get(LIST, phone).status_code == 401
    # What the other is answered, and keeps, opens nothing for the one that ended.
    door.get(LIST, laptop)
    assert door.get(LIST, laptop).fast
    assert door.get(LIST, phone).status_code == 401


def test_the_same_client_asks_by_one_session(client, cast):
    headers = bearer(cast.cashier)
    assert client.get("/api/v1/auth/sessions", headers=headers).json()["next"] is None
    assert len(client.get("/api/v1/auth/sessions", headers=bearer(cast.cashier)).json()["results"]) == 1


# ── A new device ─────────────────────────────────────────────────────────────


def test_the_owner_hears_of_a_device_that_was_never_used_before_but_not_of_the_first(cast):
    def kinds():
        with tenancy.organisation(ACE):
            return list(Letter.objects.filter(person=cast.cashier).values_list("kind", flat=True))

    enter(Client(headers={"User-Agent": ANDROID}), cast.cashier)
    enter(Client(headers={"User-Agent": ANDROID}), cast.cashier)
    assert kinds() == []
    enter(Client(headers={"User-Agent": "curl/8"}), cast.cashier)
    assert kinds() == [LetterKind.NEW_DEVICE]


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (ANDROID, "Chrome on Android"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/126 Safari/537.36 Edg/126.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Linux"),
        ("curl/8.5.0", "curl"),
        ("", "An unknown device"),
        ("<script>" * 200, "An unknown device"),
    ],
)
def test_a_device_has_a_name_that_people_know(agent, device):
    assert device_of(agent) == device
