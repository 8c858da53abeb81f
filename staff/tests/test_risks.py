"""The page of risks: is somebody attacking us, and whom; each figure leads to what is behind it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import origin, tenancy
from config.testing import ACE, bearer, of_the_page
from staff.models import Organisation, Person, Role, SecondStep, SecurityEvent, SecurityKind
from staff.selectors.risks import risks
from staff.services.second_factor import take_off
from staff.tests.doors import enter, protect
from staff.tests.make import make_person

pytestmark = pytest.mark.django_db

PAGE, EVENTS = "/security/", "/security/events/"
API = "/api/v1/security"


def guess(person, times, address="203.0.113.77"):
    for _ in range(times):
        enter(Client(REMOTE_ADDR=address), person, "not-the-password")


def make_event(person, kind=SecurityKind.PROBE_BURST, **fields):
    fields.setdefault("at", timezone.now() - timedelta(hours=1))
    return SecurityEvent.objects.create(kind=kind, person=person, address="203.0.113.5", device="curl", **fields)


def look(reader):
    with tenancy.organisation(reader.organisation_id):
        return risks(Person.objects.with_places().select_related("organisation").get(pk=reader.pk), now=timezone.now())


def tally(page, kind):
    return next(tally for tally in page.tallies if tally.kind == kind)


def test_without_an_event_the_page_says_calm(cast, signed_in):
    page = signed_in(cast.auditor).get(PAGE).content.decode()
    assert "Calm" in page
    assert "Nobody is locked" in page


def test_guessing_at_somebody_shows_who_from_where_and_until_when_they_are_locked(cast, signed_in):
    guess(cast.cashier, 5)
    page = look(cast.hr)
    assert (page.verdict.level, tally(page, "locked").day, tally(page, "sign_in_failed").day) == ("critical", 1, 4)
    assert (page.people[0].name, page.people[0].points) == ("Adaeze Nwosu", 4 * 1 + 5)
    assert (page.sources[0].address, page.sources[0].count, page.sources[0].people) == ("203.0.113.77", 5, 1)
    (locked,) = page.locked
    assert locked.name == "Adaeze Nwosu"
    assert timedelta(minutes=14) < locked.until - timezone.now() <= timedelta(minutes=15)
    shown = signed_in(cast.hr).get(PAGE).content.decode()
    assert "Most of it is about Adaeze Nwosu, from 203.0.113.77." in shown


def test_the_verdict_is_of_the_last_day_whoever_weighs_most_in_the_week(cast):
    with tenancy.organisation(ACE):
        for _ in range(5):
            make_event(cast.cashier, SecurityKind.INJECTION, at=timezone.now() - timedelta(days=3))
        make_event(cast.stranger)
    page = look(cast.hr)
    assert page.people[0].name == "Adaeze Nwosu"
    assert page.verdict.sentence.endswith("Most of it is about Simi Ojo, from 203.0.113.5.")


def test_what_those_do_who_may_is_no_attack_from_their_address(cast):
    protect(cast.cashier)
    with origin.of(origin.Origin(person=cast.hr.pk, address="203.0.113.9")), tenancy.organisation(ACE):
        Role.objects.filter(name="Floor Manager").update(reach="branch")
        take_off(cast.cashier, by=cast.hr)
    page = look(cast.hr)
    assert (tally(page, "permissions_changed").day, tally(page, "second_step_off").day) == (1, 1)
    assert (page.sources, page.peak) == ((), 0)


def test_every_figure_of_the_page_leads_to_its_entries(cast, signed_in):
    guess(cast.cashier, 5)
    client = signed_in(cast.auditor)
    links = set(re.findall(rf'href="({EVENTS}[^"]*)"', client.get(PAGE).content.decode()))
    assert {f"{EVENTS}?kind=locked&amp;days=1", f"{EVENTS}?person={cast.cashier.pk}"} <= links
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link
    found = client.get(f"{EVENTS}?kind=locked").content.decode()
    assert found.count("their account is locked for 15 minutes.</b>") == 1
    assert client.get(f"{EVENTS}?address=203.0.113.78").content.decode().count("Calm") == 1


def test_events_of_a_week_ago_weigh_nothing_but_are_still_listed(cast, signed_in):
    with tenancy.organisation(ACE):
        make_event(cast.cashier, at=timezone.now() - timedelta(days=8))
        make_event(cast.stranger, at=timezone.now() - timedelta(days=3))
    page = look(cast.ceo)
    assert [risky.name for risky in page.people] == ["Simi Ojo"]
    assert (tally(page, "probe_burst").day, tally(page, "probe_burst").week) == (0, 1)
    assert page.verdict.level == "ok"
    client = signed_in(cast.ceo)
    for query, is_there in (("", True), ("?days=7", False), ("?days=all", True), ("?days=tomorrow", True)):
        assert ("Adaeze Nwosu asked for many things" in client.get(EVENTS + query).content.decode()) is is_there


def test_the_list_goes_on_where_a_page_ends_and_repeats_nothing(cast):
    guess(cast.cashier, 3)
    with tenancy.organisation(ACE):
        for _ in range(3):
            make_event(cast.stranger, at=timezone.now())
    headers, found, cursor = bearer(cast.auditor), [], ""
    while cursor is not None:
        answer = Client().get(f"{API}/events", {"limit": 2, "cursor": cursor}, headers=headers).json()
        found += [event["id"] for event in answer["results"]]
        cursor = answer["next"]
    assert len(found) == len(set(found)) == 6
    assert [pk.split("-")[0] for pk in found] == ["own"] * 3 + ["log"] * 3
    assert Client().get(f"{API}/events", {"cursor": "made-up"}, headers=headers).status_code == 400


def test_another_organisation_sees_nothing_of_it(cast, signed_in):
    guess(cast.cashier, 5)
    assert look(cast.other_hr).verdict.level == "ok"
    assert "Adaeze" not in signed_in(cast.other_hr).get(EVENTS).content.decode()
    assert Client().get(f"{API}/events", headers=bearer(cast.other_hr)).json()["results"] == []


def test_only_readers_of_the_audit_log_see_any_of_it(cast, signed_in):
    for person, status in ((cast.auditor, 200), (cast.hr, 200), (cast.branch_manager, 403), (cast.cashier, 403)):
        for path in (PAGE, EVENTS, "/security/people/dormant/", "/security/second-step/"):
            assert signed_in(person).get(path).status_code == status, (person, path)
        for path in ("events", "risk", "second-step"):
            assert Client().get(f"{API}/{path}", headers=bearer(person)).status_code == status


def test_people_without_the_second_step_that_they_need_are_counted_and_named(cast, signed_in):
    with tenancy.organisation(ACE):
        Organisation.objects.update(second_step=SecondStep.MANAGERS)
        managers = Person.objects.exclude(role__reach="self").count()
    assert look(cast.hr).unprotected.count == managers
    protect(cast.floor_manager)
    assert look(cast.hr).unprotected.count == managers - 1
    shown = signed_in(cast.hr).get("/security/people/unprotected/").content.decode()
    assert "Bola Manager" in shown
    assert "Segun Afolami" not in shown
    assert "Adaeze Nwosu" not in shown


def test_people_who_did_not_sign_in_for_90_days_and_could_are_counted(cast, signed_in):
    now = timezone.now()
    with tenancy.organisation(ACE):
        Person.objects.update(last_login=now)
        Person.objects.filter(pk=cast.cashier.pk).update(last_login=now - timedelta(days=91))
        Person.objects.filter(pk=cast.teammate.pk).update(last_login=now - timedelta(days=89))
        Person.objects.filter(pk=cast.stranger.pk).update(last_login=None, is_active=False)
        make_person("Never", "Came", cast.cashier.role, hired_on=now.date() - timedelta(days=200))
        make_person("Just", "Hired", cast.cashier.role, hired_on=now.date() - timedelta(days=5))
    assert [str(person) for person in look(cast.hr).dormant.people] == ["Never Came", "Adaeze Nwosu"]
    assert "Never Came" in signed_in(cast.hr).get("/security/people/dormant/").content.decode()


def test_the_api_answers_the_same(cast):
    guess(cast.cashier, 5)
    answer = Client().get(f"{API}/risk", headers=bearer(cast.auditor)).json()
    assert answer["verdict"]["level"] == "critical"
    assert next(row for row in answer["tallies"] if row["kind"] == "locked")["day"] == 1
    assert answer["people"][0]["id"] == str(cast.cashier.pk)
    assert answer["locked"][0]["name"] == "Adaeze Nwosu"


@pytest.mark.parametrize("path", [PAGE, EVENTS, "/security/people/dormant/", "/security/second-step/"])
def test_no_page_needs_more_queries_for_more_events(cast, signed_in, path):
    client = signed_in(cast.hr)

    def needed():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(of_the_page(queries))

    with tenancy.organisation(ACE):
        make_event(cast.cashier)
    few = needed()
    with tenancy.organisation(ACE):
        fresh = [make_person("Extra", f"Number {n}", cast.cashier.role) for n in range(30)]
        for person in fresh:
            make_event(person)
            make_event(person, SecurityKind.INJECTION, what="database")
    assert needed() <= few <= 10
