"""GET schedule/…: one's own promised shifts, with the offset of the branch, and never the plan."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import tenancy
from config.testing import ACE, bearer
from roster import services
from roster.entry import read_hours
from roster.models import Assignment
from roster.services import NewShift
from roster.tests.make import make_roster, make_shift, next_monday

pytestmark = pytest.mark.django_db

UPCOMING, WEEK = "/api/v1/schedule/upcoming", "/api/v1/schedule/week"


@pytest.fixture
def get(client):
    def ask(person, url, **query):
        response = client.get(url, query, headers=bearer(person))
        assert response.status_code == 200, response.json()
        return response.json()

    return ask


@pytest.fixture
def published(cast):
    """A week of the cashier: Monday to Friday nine to five, then a night."""
    with tenancy.organisation(ACE):
        roster = make_roster(cast)
        for day in range(5):
            make_shift(roster, "9-17 30b", by=cast.floor_manager, person=cast.cashier, day=day, note="Till 4")
        make_shift(roster, "22-6", by=cast.floor_manager, person=cast.cashier, day=6)
        make_shift(roster, "9-17", by=cast.floor_manager, person=cast.teammate)
        services.publish([roster], by=cast.floor_manager, reason="Agreed.")
    return roster


def test_upcoming_lists_ones_own_promises_in_order(cast, get, published):
    found = get(cast.cashier, UPCOMING)
    assert found["next"] is None
    assert [shift["date"] for shift in found["results"]] == [
        f"{published.week_start + timedelta(days=n):%Y-%m-%d}" for n in (0, 1, 2, 3, 4, 6)
    ]
    first, night = found["results"][0], found["results"][-1]
    assert isinstance(first["id"], str)
    assert first["starts_at"] == f"{next_monday():%Y-%m-%d}T09:00:00+01:00"
    assert (first["hours"], first["break_minutes"], first["note"]) == ("7.50", 30, "Till 4")
    assert (first["place"], first["colleagues"]) == ("Bodija, SuperMarket", ["Kunle"])
    assert (night["hours_label"], night["hours"]) == ("22:00–06:00 +1", "8.00")


def test_upcoming_is_read_page_by_page_without_a_gap_or_a_repeat(cast, get, published):
    seen, cursor = [], ""
    while cursor is not None:
        page = get(cast.cashier, UPCOMING, limit=4, **({"cursor": cursor} if cursor else {}))
        seen += [shift["id"] for shift in page["results"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 6


def test_a_draft_and_a_change_stay_hidden_until_they_are_published(cast, get, published):
    with tenancy.organisation(ACE):
        held = Assignment.objects.of(cast.cashier).select_related("shift").first()
        moved = NewShift(held.shift.date, read_hours("7-15"), person=cast.cashier, note="Secret")
        services.change_shift(held.shift, moved, by=cast.floor_manager, version=held.shift.version)
        make_shift(published, "9-12", by=cast.floor_manager, person=cast.cashier, day=5)
    found = get(cast.cashier, UPCOMING)["results"]
    assert len(found) == 6
    assert (found[0]["hours_label"], found[0]["note"], found[0]["changed"]) == ("09:00–17:00", "Till 4", False)
    with tenancy.organisation(ACE):
        services.publish([published], by=cast.floor_manager, reason="Agreed.")
    found = get(cast.cashier, UPCOMING)["results"]
    assert len(found) == 7
    assert found[0]["changed_text"] == "Was 09:00–17:00; changed just now"


def test_nobody_gets_the_shifts_of_others(cast, get, published):
    assert len(get(cast.teammate, UPCOMING)["results"]) == 1
    for other in (cast.stranger, cast.hr, cast.floor_manager, cast.other_cashier):
        assert get(other, UPCOMING)["results"] == []
        assert get(other, WEEK, start=f"{published.week_start}")["hours"] == "0.00"


def test_a_week_has_seven_days_also_where_there_is_nothing(cast, get, published):
    week = get(cast.cashier, WEEK, start=f"{published.week_start + timedelta(days=3)}")
    assert week["week_start"] == f"{published.week_start}"
    assert week["hours"] == "45.50"
    assert [len(day["shifts"]) for day in week["days"]] == [1, 1, 1, 1, 1, 0, 1]
    empty = get(cast.stranger, WEEK)
    assert (len(empty["days"]), sum(day["is_today"] for day in empty["days"])) == (7, 1)


@pytest.mark.parametrize("start", ["soon", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_start_that_is_no_date_names_the_field(cast, client, start):
    response = client.get(WEEK, {"start": start}, headers=bearer(cast.cashier))
    assert response.status_code == 400
    assert "start" in response.json()["error"]["fields"]


@pytest.mark.parametrize("url", [UPCOMING, WEEK])
def test_without_a_token_there_is_nothing(client, url):
    assert client.get(url).status_code == 401


def test_a_longer_list_needs_no_more_queries(cast, get, published):
    def queries(limit):
        with CaptureQueriesContext(connection) as found:
            assert len(get(cast.cashier, UPCOMING, limit=limit)["results"]) == limit
        return sum("SAVEPOINT" not in query["sql"] for query in found)

    assert queries(1) == queries(6) <= 10
