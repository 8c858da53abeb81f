"""Refusals of one person that come in a burst are one event each; a few, and those of a poll, are none."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config import tenancy
from config.bursts import reached
from config.caching import server
from config.testing import ACE, bearer
from staff.models import Organisation, SecurityEvent, Session
from staff.plans import Feature, Plan, PlanRequired
from staff.watching import BURSTS

pytestmark = pytest.mark.django_db

REFUSALS, SEARCHES = BURSTS[403].amount, BURSTS[404].amount


def noticed():
    with tenancy.organisation(ACE):
        return list(SecurityEvent.objects.values_list("kind", "person", "route", "address"))


def forbidden(client, times, **more):
    for _ in range(times):
        assert client.get("/security/", **more).status_code == 403


def search(client, numbers):
    for number in numbers:
        assert client.get(f"/people/{number}/").status_code == 404


def test_one_refusal_less_than_a_burst_is_none_and_then_it_is_one(cast, signed_in):
    client = signed_in(cast.cashier)
    forbidden(client, REFUSALS - 1)
    assert noticed() == []
    forbidden(client, 1)
    assert noticed() == [("denied_burst", cast.cashier.pk, "/security/", "127.0.0.1")]
    forbidden(client, 2 * REFUSALS)
    assert len(noticed()) == 1  # once in five minutes


def test_what_a_page_asks_by_itself_makes_no_burst(cast, signed_in):
    forbidden(signed_in(cast.cashier), REFUSALS + 1, headers={"X-By-Itself": "1"})
    assert noticed() == []


@pytest.mark.parametrize("lacking", ["plan", "second step"])
def test_what_the_organisation_lacks_is_no_burst_of_its_people(cast, lacking):
    headers = bearer(cast.cashier)
    with tenancy.organisation(ACE):
        if lacking == "plan":
            Organisation.objects.update(plan=Plan.STARTER)
        else:
            Session.objects.filter(person=cast.cashier).update(needs_second_factor=True)
    for _ in range(REFUSALS + 1):
        assert Client().get("/api/v1/profile", headers=headers).status_code == 403
    assert noticed() == []


def test_a_page_that_the_plan_does_not_include_is_no_burst(cast, signed_in, monkeypatch):
    def closed(*_args, **_more):
        raise PlanRequired(Plan.STARTER, Feature.ANALYTICS)

    monkeypatch.setattr("staff.views.risks.require", closed)
    forbidden(signed_in(cast.hr), REFUSALS + 1)
    assert noticed() == []


def test_refusals_of_different_people_are_counted_apart(cast, signed_in):
    for person in (cast.cashier, cast.teammate):
        forbidden(signed_in(person), REFUSALS - 1)
    assert noticed() == []


def test_looking_for_rows_that_are_not_there_for_oneself_is_a_probe(cast):
    client, headers = Client(), bearer(cast.floor_manager)
    for number in range(SEARCHES):
        assert client.get(f"/api/v1/staff/{900_000 + number}", headers=headers).status_code == 404
    assert noticed() == [("probe_burst", cast.floor_manager.pk, "/api/v1/staff/<int:pk>", "127.0.0.1")]


def test_another_organisations_rows_are_probed_like_rows_that_never_were(cast, signed_in):
    client = signed_in(cast.hr)
    search(client, [cast.other_hr.pk, cast.other_cashier.pk, *range(800_000, 800_000 + SEARCHES - 2)])
    assert [row[0] for row in noticed()] == ["probe_burst"]
    with tenancy.organisation(cast.other_hr.organisation_id):
        assert not SecurityEvent.objects.exists()  # and nobody there is told who looked


def test_one_dead_link_opened_again_and_again_is_no_probe(cast, signed_in):
    search(signed_in(cast.cashier), [999_999] * (SEARCHES + 5))
    assert noticed() == []


def test_pages_that_nobody_has_are_no_rows(cast, signed_in):
    client = signed_in(cast.cashier)
    for number in range(SEARCHES + 1):
        assert client.get(f"/nowhere-{number}").status_code == 404
    assert noticed() == []


def test_a_burst_is_reached_once_however_many_come_at_the_same_moment(cast):
    told = []

    def one():
        told.append(reached("tried", 50, 60))

    threads = [threading.Thread(target=one) for _ in range(60)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert told.count(True) == 1


def test_a_refusal_costs_no_statement_until_it_is_a_burst(cast, signed_in):
    client = signed_in(cast.cashier)
    forbidden(client, 1)
    with CaptureQueriesContext(connection) as queries:
        forbidden(client, 1)
    assert not [query for query in queries if "security" in query["sql"]]


def test_without_the_cache_server_refusals_are_refused_and_not_counted(cast, signed_in, monkeypatch):
    client = signed_in(cast.cashier)

    def away(*_args):
        raise server.Unavailable("gone")

    monkeypatch.setattr("config.bursts.server.ask", away)
    forbidden(client, REFUSALS + 1)
    assert noticed() == []
