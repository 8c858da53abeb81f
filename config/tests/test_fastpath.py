"""Answers before Django: the same as Django's, to the same people, and not for a moment longer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from config import epoch, tenancy, testing
from config.caching import figures, server, stamps
from config.caching.breaker import Breaker
from config.limits import LIMITS
from config.testing import ACE, bearer
from config.tests.fast import Door
from monitoring.traffic import traffic
from notifications.kinds import Kind
from notifications.models import Notification
from roster import services as rosters
from roster.entry import read_hours
from roster.models import Roster, Shift
from roster.tests.make import make_shift, next_monday
from staff import services
from staff.models import Leaving, Organisation, Person
from staff.services.founding import set_first_password
from staff.tests.make import make_role

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/api/v1/notifications"


@pytest.fixture
def door(monkeypatch) -> Door:
    """The application, in a process that has been running for a while."""
    monkeypatch.setattr(epoch, "QUIET", -1.0)
    monkeypatch.setattr(epoch, "LEASE", 10.0)
    return Door()


def ask(door: Door, person: Person, url: str = LIST, **headers: str):
    """As a client that asks twice: Django's answer, and the one after it."""
    headers = bearer(person) | {name.replace("_", "-"): value for name, value in headers.items()}
    return door.get(url, headers), door.get(url, headers)


def tell(person: Person, title: str) -> None:
    with tenancy.organisation(person.organisation_id):
        Notification(person=person, kind=Kind.GENERAL, title=title, created_at=timezone.now()).save()


def test_the_same_answer_as_djangos_down_to_its_headers(door, cast):
    tell(cast.cashier, "The canteen opens at noon")
    django, fast = ask(door, cast.cashier)
    assert (django.fast, fast.fast) == (False, True)
    assert (fast.status_code, fast.content) == (200, django.content)
    assert b"canteen" in fast.content
    assert (django["X-Cache"], fast["X-Cache"]) == ("MISS", "HIT")
    different = {"X-Request-ID", "RateLimit-Remaining", "X-Cache"}
    assert {k: v for k, v in fast.headers.items() if k not in different} == {
        k: v for k, v in django.headers.items() if k not in different
    }
    assert "RateLimit-Remaining" in fast.headers
    assert fast["X-Request-ID"] != django["X-Request-ID"]


def test_what_a_client_has_already_is_not_sent_again(door, cast):
    tell(cast.cashier, "The canteen opens at noon")
    _, fast = ask(door, cast.cashier)
    known = bearer(cast.cashier) | {"If-None-Match": fast["ETag"]}
    again = door.get(LIST, known)
    assert (again.status_code, again.content, again.fast) == (304, b"", True)
    slow = door.get(LIST, known, HTTP_ORIGIN="https://elsewhere.example")
    assert (slow.status_code, slow.fast) == (304, False)
    assert again.headers.keys() == slow.headers.keys() - {"Content-Length"}
    tell(cast.cashier, "It does not")
    assert door.get(LIST, known).status_code == 200


def test_a_client_that_always_sends_its_etag_is_answered_before_django_too(door, cast):
    known = bearer(cast.cashier) | {"If-None-Match": door.get(LIST, bearer(cast.cashier))["ETag"]}
    server.clear()
    asked = [door.get(LIST, known) for _ in range(3)]
    assert [(one.status_code, one.fast) for one in asked] == [(304, False), (304, True), (304, True)]
    whole = door.get(LIST, bearer(cast.cashier))
    assert (whole.json()["results"], whole["Content-Type"], whole.fast) == ([], "application/json", True)


def test_what_changes_is_seen_at_once(door, cast):
    ask(door, cast.cashier)
    tell(cast.cashier, "The canteen opens at noon")
    assert b"canteen" in door.get(LIST, bearer(cast.cashier)).content


def test_nobody_gets_anothers_answer(door, cast):
    tell(cast.cashier, "Only for one")
    ask(door, cast.cashier)
    for other in (cast.teammate, cast.stranger, cast.other_cashier):
        assert b"Only for one" not in ask(door, other)[1].content


def is_deactivated(person: Person, cast) -> None:
    services.deactivate(person, by=cast.hr)


def signs_out(person: Person, cast) -> None:
    services.end_tokens(person)


def has_a_new_password(person: Person, cast) -> None:
    set_first_password(person, "Another-long-one-9")


def has_a_new_role(person: Person, cast) -> None:
    services.edit_person(person, {"role": make_role("Baker")}, by=cast.hr)


def is_deleted(person: Person, cast) -> None:
    Notification.objects.filter(person=person).delete()
    person.delete()


def leaves(person: Person, cast) -> None:
    services.terminate(person, services.LeavingDetails(Leaving.RESIGNED, "Moves to Accra"), by=cast.hr)


ENDS = [is_deactivated, leaves, signs_out, has_a_new_password, has_a_new_role, is_deleted]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("url", [LIST, "/api/v1/branches"])
def test_a_token_that_has_been_ended_is_of_no_use_at_once(end: Callable, url, door, cast):
    headers = bearer(cast.cashier)
    assert ask(door, cast.cashier, url)[1].fast
    with tenancy.organisation(ACE):
        end(Person.objects.with_places().get(pk=cast.cashier.pk), cast)
    assert door.get(url, headers).status_code == 401


def operator(settings, *options: str) -> None:
    """The operator's command, in a process and a role of its own."""
    database = testing.urls_of(settings.DATABASES["default"]["NAME"])
    environment = {**os.environ, **database, "REDIS_URL": settings.CACHES["default"]["LOCATION"]}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "organisation", *options]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def test_a_suspended_organisation_is_out_at_once(door, cast, settings):
    assert ask(door, cast.cashier)[1].fast
    with tenancy.organisation(ACE):
        slug = Organisation.objects.get(pk=ACE).slug
    try:
        operator(settings, "suspend", slug)
        assert door.get(LIST, bearer(cast.cashier)).status_code == 401
    finally:
        operator(settings, "resume", slug)  # the organisations outlive a test
    assert door.get(LIST, bearer(cast.cashier)).status_code == 200


def test_a_token_ends_with_its_quarter_of_an_hour(door, cast):
    headers = bearer(cast.cashier)
    assert ask(door, cast.cashier)[1].fast
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=True):
        assert door.get(LIST, headers).status_code == 401


def test_a_signature_that_does_not_hold_opens_nothing(door, cast):
    assert ask(door, cast.cashier)[1].fast
    head, claims, signature = bearer(cast.cashier)["Authorization"].split(".")
    others = bearer(cast.teammate)["Authorization"].split(".")[2]
    for forged in (others, signature[::-1], ""):
        assert door.get(LIST, {"Authorization": f"{head}.{claims}.{forged}"}).status_code == 401


def test_what_is_unusual_goes_to_django(door, cast):
    assert ask(door, cast.cashier)[1].fast
    headers = bearer(cast.cashier)
    assert door.get(LIST, headers, HTTP_HOST="elsewhere.example").status_code == 400
    for environ in (
        {"REQUEST_METHOD": "HEAD"},
        {"HTTP_COOKIE": "session=1"},
        {"CONTENT_LENGTH": "2"},
        {"HTTP_ACCEPT": "application/json; version=2"},
    ):
        assert not door.get(LIST, headers, **environ).fast, environ
    assert not door.get(f"{LIST}?unread=true", headers).fast
    assert door.get(LIST).status_code == 401


def test_an_answer_that_asked_the_database_is_not_kept(door, cast):
    """Whether the asker may see that person is no copy."""
    url = f"/api/v1/reviews/staff/{cast.cashier.pk}"
    asked = ask(door, cast.floor_manager, url)
    assert [(one["X-Cache"], one.fast) for one in asked] == [("MISS", False), ("HIT", False)]


def test_an_answer_that_is_no_copy_is_not_kept(door, cast):
    assert not ask(door, cast.floor_manager, "/api/v1/rosters")[1].fast


def test_every_request_is_counted_once_and_the_one_too_many_refused(door, cast, monkeypatch):
    """With a bucket that does not fill while this runs."""
    monkeypatch.setitem(LIMITS, "api", replace(LIMITS["api"], amount=1, seconds=36_000, burst=10))
    headers = bearer(cast.cashier)
    answers = [door.get(LIST, headers) for _ in range(10)]
    assert [int(one["RateLimit-Remaining"]) for one in answers] == list(range(9, -1, -1))
    assert [one.status_code for one in answers] == [200] * 10
    late = door.get(LIST, headers)
    assert (late.status_code, late.json()["error"]["code"]) == (429, "too_many_requests")
    assert door.get(LIST, bearer(cast.teammate)).status_code == 200


def test_a_fast_answer_is_observed_like_any_other(door, cast, capfd):
    ask(door, cast.cashier)
    before, kept = traffic(60), figures()
    capfd.readouterr()
    answer = door.get(LIST, bearer(cast.cashier) | {"X-Request-ID": "of-this-one-request"})
    assert answer.fast
    assert answer["X-Request-ID"] == "of-this-one-request"
    after = traffic(60)
    assert (after.requests - before.requests, after.cache_hits - before.cache_hits) == (1, 1)
    asked, asked_before = ({one.route: one.requests for one in each.endpoints} for each in (after, before))
    assert asked[LIST] == asked_before[LIST] + 1
    assert figures().hits == kept.hits + 1
    line = capfd.readouterr().out
    assert all(word in line for word in ("of-this-one-request", LIST, f'"user":{cast.cashier.pk}', '"status":200'))


def lives(person: Person) -> float:
    """Seconds for which the one kept answer of this person still lives; the server's clock does not stand still."""
    (key,) = server.client().keys(f"ace:*:answer:{person.pk}:*")
    return server.client().pttl(key) / 1000


def test_an_answer_ends_at_the_clocks_next_mark(door, cast):
    """The day, and a reach's counts, change by the clock alone."""
    server.client().flushdb()
    with time_machine.travel("2026-11-26T10:04:30Z", tick=False) as clock:
        assert ask(door, cast.cashier, "/api/v1/dashboard/stats")[1].fast
        assert 0 < lives(cast.cashier) <= 30
        clock.shift(1)
        assert door.get("/api/v1/dashboard/stats", bearer(cast.cashier)).fast


def promised(cast, hours: str) -> Shift:
    """A shift of the cashier's next week, published."""
    with tenancy.organisation(ACE):
        roster = rosters.open_roster(cast.bodija, cast.supermarket, None, next_monday(), by=cast.floor_manager)
        shift = make_shift(roster, hours, by=cast.floor_manager, person=cast.cashier)
        rosters.publish([roster], by=cast.floor_manager)
    return shift


def test_an_answer_that_counts_what_lies_ahead_ends_with_the_next_shift(door, cast):
    """Between two marks: the shift ends at two minutes past."""
    shift = promised(cast, "9-17:02")
    server.client().flushdb()
    with time_machine.travel(shift.ends_at - timedelta(seconds=30), tick=False):
        answer = ask(door, cast.cashier, "/api/v1/dashboard/stats")[1]
        assert (answer.json()["numbers"]["upcoming_shifts"], answer.fast) == (1, True)
        assert 0 < lives(cast.cashier) <= 30


@pytest.mark.parametrize(("later", "said", "seconds"), [(70, "1 minute", 50), (2 * 3600 - 40, "1 hour", 40)])
def test_an_answer_that_says_how_long_ago_ends_when_that_changes(door, cast, later, said, seconds):
    with time_machine.travel("2026-11-26T10:02:20Z", tick=False) as clock:
        shift = promised(cast, "9-17")
        with tenancy.organisation(ACE):
            hours = rosters.NewShift(shift.date, read_hours("10-18"), person=cast.cashier)
            rosters.change_shift(shift, hours, by=cast.floor_manager, version=shift.version)
            rosters.publish([Roster.objects.with_team().get(pk=shift.roster_id)], by=cast.floor_manager)
        server.client().flushdb()
        clock.shift(later)
        answer = ask(door, cast.cashier, f"/api/v1/schedule/week?start={shift.date}")[1]
        assert (f"changed {said} ago".encode() in answer.content, answer.fast) == (True, True), answer.content
        assert 0 < lives(cast.cashier) <= seconds


def test_an_answer_that_was_made_before_the_mark_does_not_outlive_it(door, cast):
    """It says what was true at 10:04, also if it is written down at 10:05."""
    with time_machine.travel("2026-11-26T10:04:59Z", tick=False) as clock:
        django = door.django

        def slowly(environ, start_response):
            answer = django(environ, start_response)
            clock.shift(2)
            return answer

        door.django = slowly
        assert not ask(door, cast.cashier, "/api/v1/dashboard/stats")[1].fast


def test_an_answer_whose_commit_failed_is_not_kept(door, cast, monkeypatch):
    def fail() -> None:
        raise RuntimeError("A database error was swallowed.")

    headers = bearer(cast.cashier)
    door.get(LIST, headers)
    server.client().flushdb()
    monkeypatch.setattr(tenancy, "_require_sound", fail)
    assert door.get(LIST, headers).status_code == 500
    monkeypatch.undo()
    monkeypatch.setattr(epoch, "QUIET", -1.0)
    monkeypatch.setattr(epoch, "LEASE", 10.0)
    answer = door.get(LIST, headers)
    assert (answer.status_code, answer.fast) == (200, False)


def test_without_the_cache_server_django_answers(door, cast, settings):
    ask(door, cast.cashier)
    where = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": where}
    server.breaker = Breaker()
    answer = door.get(LIST, bearer(cast.cashier))
    assert (answer.status_code, answer["X-Cache"], answer.fast) == (200, "BYPASS", False)


def test_nothing_is_answered_on_the_strength_of_what_postgresql_said_long_ago(door, cast, monkeypatch):
    assert ask(door, cast.cashier)[1].fast
    monkeypatch.setattr(epoch, "LEASE", 0.0)
    assert not door.get(LIST, bearer(cast.cashier)).fast


def test_another_installation_on_the_same_server_has_answers_of_its_own(door, cast, monkeypatch):
    assert ask(door, cast.cashier)[1].fast
    monkeypatch.setattr(server, "installation", lambda: b"another one")
    assert not door.get(LIST, bearer(cast.cashier)).fast


def test_an_answer_that_cannot_be_read_is_asked_of_django(door, cast):
    server.client().flushdb()
    assert ask(door, cast.cashier)[1].fast
    (key,) = server.client().keys(f"ace:*:answer:{cast.cashier.pk}:*")
    server.client().hset(key, "answer", b"\xc1 of another version")
    answer = door.get(LIST, bearer(cast.cashier))
    assert (answer.status_code, answer.fast) == (200, False)


@pytest.fixture
def cut_off(monkeypatch) -> None:
    """The process that changes something cannot reach the cache server, while those that answer can."""

    def move(names) -> None:
        raise server.Unavailable("cut off")

    monkeypatch.setattr(stamps.server, "move", move)
    monkeypatch.setattr(epoch, "LEASE", 0.5)
    monkeypatch.setattr(epoch, "_waited_at", float("-inf"))


def test_a_change_that_could_not_be_told_is_seen_by_the_time_it_is_done(door, cast, cut_off):
    assert ask(door, cast.cashier)[1].fast
    tell(cast.cashier, "The canteen opens at noon")
    answer = door.get(LIST, bearer(cast.cashier))
    assert (b"canteen" in answer.content, answer.fast) == (True, False)


def test_changes_that_follow_one_another_wait_once_and_are_all_seen(door, cast, cut_off, monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr(epoch.time, "sleep", waits.append)
    monkeypatch.setattr(epoch, "QUIET", 2.0)
    for number in range(3):
        tell(cast.cashier, f"Number {number}")
        answers = [door.get(LIST, bearer(cast.cashier)) for _ in range(3)]
        assert all(f"Number {number}".encode() in one.content and not one.fast for one in answers)
    assert waits.count(epoch.LEASE) == 1
