"""Rosters by the API: the same verbs, the same refusals, the same reach as the planner."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import tenancy
from config.testing import ACE, bearer
from notifications.models import OutboxMessage
from roster import services
from roster.models import Assignment, Roster, Shift
from roster.tests.make import make_roster, make_rule, make_shift, next_monday

pytestmark = pytest.mark.django_db

ROSTERS = "/api/v1/rosters"


@pytest.fixture
def roster(cast):
    with tenancy.organisation(ACE):
        return make_roster(cast)


@pytest.fixture
def call(client):
    """Ask as a person; returns (status, body)."""

    def ask(person, method, url, body=None):
        sent = {"data": body, "content_type": "application/json"} if body is not None else {}
        response = getattr(client, method)(url, headers=bearer(person), **sent)
        return response.status_code, response.json() if response.content else None

    return ask


def shift_in(roster, cast, hours="9-17", **fields):
    with tenancy.organisation(ACE):
        return make_shift(roster, hours, by=cast.floor_manager, **fields)


def team(cast, **fields):
    body = {"branch": str(cast.bodija.pk), "department": str(cast.supermarket.pk), "week_start": f"{next_monday()}"}
    return {**body, **fields}


# ── Reading ──────────────────────────────────────────────────────────────────
def test_a_manager_lists_the_rosters_of_the_own_reach(cast, roster, call):
    with tenancy.organisation(ACE):
        services.open_roster(cast.akobo, cast.supermarket, None, next_monday(), by=cast.hr)
    status, body = call(cast.floor_manager, "get", ROSTERS)
    assert status == 200
    assert [each["id"] for each in body["results"]] == [str(roster.pk)]
    assert body["results"][0]["team"] == "Bodija, SuperMarket"
    assert len(call(cast.group_head, "get", ROSTERS)[1]["results"]) == 2
    assert len(call(cast.hr, "get", ROSTERS)[1]["results"]) == 2
    assert call(cast.other_hr, "get", ROSTERS)[1]["results"] == []


def test_general_staff_have_a_schedule_and_no_rosters(cast, roster, call):
    assert call(cast.cashier, "get", ROSTERS)[0] == 403
    assert call(cast.cashier, "get", f"{ROSTERS}/{roster.pk}")[0] == 404


@pytest.mark.parametrize("path", ["", "/check", "/copy", "/publish"])
def test_another_team_or_organisation_is_not_there(cast, roster, call, path):
    method = "get" if path in ("", "/check") else "post"
    for outsider in (cast.stranger_manager, cast.other_hr, cast.cashier):
        assert call(outsider, method, f"{ROSTERS}/{roster.pk}{path}", {} if method == "post" else None)[0] == 404


def test_the_list_is_narrowed_by_place_and_by_any_day_of_the_week(cast, roster, call):
    def found(**query):
        url = ROSTERS + "?" + "&".join(f"{name}={value}" for name, value in query.items())
        return len(call(cast.hr, "get", url)[1]["results"])

    assert found(branch=cast.bodija.pk, department=cast.supermarket.pk) == 1
    assert found(branch=cast.akobo.pk) == found(department=cast.eatery.pk) == 0
    assert found(week=next_monday() + timedelta(days=6)) == 1
    assert found(week=next_monday() + timedelta(days=7)) == found(week=next_monday() - timedelta(days=1)) == 0


@pytest.mark.parametrize("query", ["branch=x", "week=soon", "week=0001-01-01", "week=9999-12-31", "department=-1"])
def test_a_filter_that_cannot_be_read_names_its_field(cast, call, query):
    status, body = call(cast.hr, "get", f"{ROSTERS}?{query}")
    assert status == 400
    assert list(body["error"]["fields"]) == [query.partition("=")[0]]


def test_a_roster_comes_with_its_shifts_and_the_number_of_changes(cast, roster, call):
    shift_in(roster, cast, "22-6", person=cast.cashier, day=1)
    shift_in(roster, cast)
    status, body = call(cast.auditor, "get", f"{ROSTERS}/{roster.pk}")
    assert (status, body["changes"], body["revision"]) == (200, 1, 0)
    opened, night = body["shifts"]
    assert (opened["state"], opened["person"]) == ("open", None)
    assert (night["state"], night["person"]["name"]) == ("draft", "Adaeze Nwosu")
    assert night["starts_at"] == f"{next_monday() + timedelta(days=1)}T22:00:00+01:00"
    assert night["hours_label"] == "22:00–06:00 +1"


def test_more_rows_need_no_more_queries(cast, roster, call):
    def queries(url):
        with CaptureQueriesContext(connection) as found:
            assert call(cast.hr, "get", url)[0] == 200
        return sum("SAVEPOINT" not in query["sql"] for query in found)

    urls = [ROSTERS, f"{ROSTERS}/{roster.pk}", f"{ROSTERS}/{roster.pk}/check"]
    shift_in(roster, cast, person=cast.cashier)
    few = [queries(url) for url in urls]
    with tenancy.organisation(ACE):
        make_roster(cast, next_monday() + timedelta(days=7))
        for day in range(1, 5):
            make_shift(roster, by=cast.floor_manager, person=cast.cashier, day=day)
            make_shift(roster, by=cast.floor_manager, person=cast.teammate, day=day)
    assert [queries(url) for url in urls] == few
    assert max(few) <= 10


# ── Opening ──────────────────────────────────────────────────────────────────
def test_opening_a_week_makes_it_once(cast, call):
    first = call(cast.floor_manager, "post", ROSTERS, team(cast))
    assert first == call(cast.floor_manager, "post", ROSTERS, team(cast))
    assert first[0] == 200
    with tenancy.organisation(ACE):
        assert Roster.objects.count() == 1


def test_nobody_opens_the_week_of_a_team_beyond_the_reach(cast, call):
    assert call(cast.stranger_manager, "post", ROSTERS, team(cast))[0] == 403
    assert call(cast.auditor, "post", ROSTERS, team(cast))[0] == 403
    assert call(cast.cashier, "post", ROSTERS, team(cast))[0] == 403
    status, body = call(cast.other_hr, "post", ROSTERS, team(cast))
    assert (status, set(body["error"]["fields"])) == (400, {"branch", "department"})


@pytest.mark.parametrize("week", ["2026-11-24", "soon", "0001-01-01", "9999-12-31", None, 5])
def test_a_week_that_does_not_begin_there_is_refused(cast, call, week):
    status, body = call(cast.floor_manager, "post", ROSTERS, team(cast, week_start=week))
    assert (status, list(body["error"]["fields"])) == (400, ["week_start"])


# ── Checking, publishing, copying ────────────────────────────────────────────
def test_what_was_checked_is_what_is_published(cast, roster, call):
    shift_in(roster, cast, person=cast.cashier)
    _, seen = call(cast.floor_manager, "get", f"{ROSTERS}/{roster.pk}/check")
    assert [(each["kind"], each["person_name"]) for each in seen["changes"]] == [("added", "Adaeze Nwosu")]
    shift_in(roster, cast, person=cast.teammate)
    url, body = f"{ROSTERS}/{roster.pk}/publish", {"expected": seen["fingerprint"]}
    status, refusal = call(cast.floor_manager, "post", url, body)
    assert (status, refusal["error"]["code"]) == (412, "conflict")
    _, seen = call(cast.floor_manager, "get", f"{ROSTERS}/{roster.pk}/check")
    status, outcome = call(cast.floor_manager, "post", url, {"expected": seen["fingerprint"]})
    assert status == 200
    assert outcome == {"revision": 1, "added": 2, "changed": 0, "cancelled": 0, "people": 2, "total": 2}
    with tenancy.organisation(ACE):
        assert OutboxMessage.objects.count() == 2
    again = call(cast.floor_manager, "post", url, {})
    assert (again[0], again[1]["total"], again[1]["revision"]) == (200, 0, 1)


def test_an_empty_roster_is_not_published(cast, roster, call):
    status, body = call(cast.floor_manager, "post", f"{ROSTERS}/{roster.pk}/publish", {})
    assert (status, body["error"]["code"]) == (409, "nothing_to_publish")


def test_a_warning_asks_for_a_reason_and_keeps_it(cast, roster, call):
    with tenancy.organisation(ACE):
        make_rule("weekly_hours", 7)
    shift_in(roster, cast, person=cast.cashier)
    _, seen = call(cast.floor_manager, "get", f"{ROSTERS}/{roster.pk}/check")
    assert [(each["kind"], each["level"], each["needs_reason"]) for each in seen["breaches"]] == [
        ("weekly_hours", "warn", True)
    ]
    url = f"{ROSTERS}/{roster.pk}/publish"
    status, body = call(cast.floor_manager, "post", url, {"reason": " "})
    assert (status, body["error"]["code"]) == (409, "needs_reason")
    with tenancy.organisation(ACE):
        assert not Assignment.objects.promised().exists()
    assert call(cast.floor_manager, "post", url, {"reason": "Inventory."})[0] == 200
    with tenancy.organisation(ACE):
        assert Assignment.objects.get().override_reason == "Inventory."


def test_readers_check_but_do_not_publish(cast, roster, call):
    shift_in(roster, cast, person=cast.cashier)
    assert call(cast.auditor, "get", f"{ROSTERS}/{roster.pk}/check")[0] == 200
    assert call(cast.auditor, "post", f"{ROSTERS}/{roster.pk}/publish", {})[0] == 403
    assert call(cast.auditor, "post", f"{ROSTERS}/{roster.pk}/copy", {"from_week": f"{next_monday()}"})[0] == 403


def test_a_week_is_copied_from_another_of_the_same_team_and_only_once(cast, roster, call):
    shift_in(roster, cast, person=cast.cashier)
    shift_in(roster, cast)
    following = next_monday() + timedelta(days=7)
    with tenancy.organisation(ACE):
        target = make_roster(cast, following)
    url, body = f"{ROSTERS}/{target.pk}/copy", {"from_week": f"{next_monday() + timedelta(days=2)}"}
    status, report = call(cast.floor_manager, "post", url, body)
    assert (status, report["copied"], report["opened"], report["skipped"]) == (200, 1, 1, 0)
    assert call(cast.floor_manager, "post", url, body)[1]["skipped"] == 2
    with tenancy.organisation(ACE):
        assert Shift.objects.filter(roster=target).count() == 2
    status, refusal = call(cast.floor_manager, "post", url, {"from_week": f"{following + timedelta(days=7)}"})
    assert (status, list(refusal["error"]["fields"])) == (400, ["from_week"])
    assert "has no roster for the week of" in refusal["error"]["message"]
