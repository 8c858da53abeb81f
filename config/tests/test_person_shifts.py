"""A person's page shows what was promised to them and lies ahead, to those who reach them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import tenancy
from config.testing import ACE, of_the_page
from roster import services
from roster.tests.make import make_roster, make_shift, next_monday
from staff.roles import PERMISSIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(cast):
    """Next week published for the cashier, the week after a draft."""
    with tenancy.organisation(ACE):
        boss, monday = cast.floor_manager, next_monday()
        roster = make_roster(cast, monday)
        make_shift(roster, "9-17", by=boss, person=cast.cashier)
        make_shift(roster, "12-20", by=boss, person=cast.teammate, day=1)
        services.publish([roster], by=boss, reason="Agreed.")
        draft = make_roster(cast, monday + timedelta(days=7))
        make_shift(draft, "6-13", by=boss, person=cast.cashier)


def words(client, person) -> str:
    response = client.get(f"/people/{person.pk}/")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


@pytest.mark.parametrize("who", ["cashier", "floor_manager", "branch_manager", "group_head", "auditor", "hr"])
def test_who_reaches_a_person_reads_their_coming_shifts(cast, world, signed_in, who):
    text = words(signed_in(getattr(cast, who)), cast.cashier)
    assert "Coming shifts" in text
    assert "09:00–17:00" in text
    assert "No shifts ahead" not in text


def test_a_draft_and_a_teammates_shift_are_not_there(cast, world, signed_in):
    text = words(signed_in(cast.floor_manager), cast.cashier)
    assert "06:00–13:00" not in text
    assert "12:00–20:00" not in text


def test_somebody_without_promised_shifts_has_none_ahead(cast, signed_in):
    assert "No shifts ahead" in words(signed_in(cast.floor_manager), cast.cashier)


def test_a_role_that_sees_no_rosters_gets_no_section(cast, world, signed_in, monkeypatch):
    monkeypatch.setitem(PERMISSIONS, "see_rosters", frozenset())
    assert "Coming shifts" not in words(signed_in(cast.floor_manager), cast.cashier)
    assert "09:00–17:00" in words(signed_in(cast.cashier), cast.cashier)


def test_many_shifts_cost_no_more_queries(cast, world, signed_in):
    client = signed_in(cast.hr)
    with tenancy.organisation(ACE):
        roster = make_roster(cast, next_monday() + timedelta(days=14))
        for day in range(5):
            make_shift(roster, "9-17", by=cast.floor_manager, person=cast.cashier, day=day)
        services.publish([roster], by=cast.floor_manager, reason="Agreed.")
    with CaptureQueriesContext(connection) as queries:
        assert words(client, cast.cashier).count("09:00–17:00") >= 6
    assert len(of_the_page(queries)) <= 10
