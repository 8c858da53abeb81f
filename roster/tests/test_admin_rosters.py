"""Rosters in the admin: read within reach, published and cancelled by the planner's own verbs, never edited raw."""

from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from roster.models import Assignment, Publication, Roster, Shift
from roster.services import open_roster, publish
from roster.tests.make import make_roster, make_shift
from roster.times import week_of

pytestmark = pytest.mark.django_db

ROSTERS, SHIFTS = "/admin/roster/roster/", "/admin/roster/shift/"
ASSIGNMENTS, PUBLICATIONS = "/admin/roster/assignment/", "/admin/roster/publication/"
LISTS = [ROSTERS, SHIFTS, ASSIGNMENTS, PUBLICATIONS]


@pytest.fixture
def week(cast):
    """Next week of the floor manager's team: a shift for the cashier and an open one."""
    with tenancy.organisation(ACE):
        roster = make_roster(cast)
        make_shift(roster, by=cast.floor_manager, person=cast.cashier)
        make_shift(roster, by=cast.floor_manager, day=1)
    return roster


def act(client, path, action, *rows):
    chosen = [row.pk for row in rows]
    response = client.post(f"{path}?week=next", {"action": action, ACTION_CHECKBOX_NAME: chosen}, follow=True)
    return response.content.decode()


def rows(client, path, **query):
    response = client.get(path, {"week": "next", **query} if path != PUBLICATIONS else query)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def inside(question):
    with tenancy.organisation(ACE):
        return question()


@pytest.mark.parametrize("path", LISTS)
def test_each_manager_reads_the_rosters_they_reach(cast, signed_in, week, path):
    inside(lambda: publish([week], by=cast.floor_manager))
    for who in ("floor_manager", "branch_manager", "group_head", "auditor", "hr", "coo"):
        assert rows(signed_in(getattr(cast, who)), path), who
    assert rows(signed_in(cast.stranger_manager), path) == []
    assert rows(signed_in(cast.other_hr), path) == []
    assert signed_in(cast.cashier).get(path).status_code == 403


@pytest.mark.parametrize(("path", "model"), [(ROSTERS, Roster), (SHIFTS, Shift), (ASSIGNMENTS, Assignment)])
def test_a_row_opens_for_those_who_reach_it_and_is_edited_by_nobody(cast, signed_in, week, path, model):
    address = f"{path}{inside(lambda: model.objects.first().pk)}/change/"
    for user in (cast.floor_manager, cast.auditor, cast.hr):
        assert signed_in(user).get(address).status_code == 200
        assert signed_in(user).post(address, {"note": "raw"}).status_code == 403
        assert signed_in(user).get(f"{path}add/").status_code == 403
    for user in (cast.stranger_manager, cast.other_hr):
        assert signed_in(user).get(address).status_code == 404
        assert signed_in(user).post(address, {"note": "raw"}).status_code == 404


def test_a_floor_manager_publishes_the_week(cast, signed_in, week):
    page = act(signed_in(cast.floor_manager), ROSTERS, "publish_chosen", week)
    assert "Published. Changes: 1, people told: 1." in page
    assert inside(lambda: Roster.objects.get(pk=week.pk).revision) == 1
    page = act(signed_in(cast.floor_manager), ROSTERS, "publish_chosen", week)
    assert "Nothing had changed since: nobody is told." in page
    assert inside(Publication.objects.count) == 1


def test_what_publishing_refuses_is_said_and_nothing_is_published(cast, signed_in):
    empty = inside(lambda: make_roster(cast))
    page = act(signed_in(cast.floor_manager), ROSTERS, "publish_chosen", empty)
    assert "There is nothing to publish yet" in page


@pytest.mark.parametrize("who", ["auditor", "stranger_manager", "other_hr"])
def test_others_publish_and_cancel_nothing(cast, signed_in, week, who):
    client = signed_in(getattr(cast, who))
    shift = inside(Shift.objects.first)
    act(client, ROSTERS, "publish_chosen", week)
    act(client, SHIFTS, "cancel", shift)
    act(client, SHIFTS, "leave_open", shift)
    assert inside(lambda: Roster.objects.get(pk=week.pk).revision) == 0
    assert inside(lambda: Shift.objects.filter(pk=shift.pk).exists())
    assert inside(Assignment.objects.active().count) == 1


def test_a_published_shift_is_cancelled_and_a_draft_goes(cast, signed_in, week):
    inside(lambda: publish([week], by=cast.floor_manager))
    told, draft = inside(lambda: list(Shift.objects.order_by("date")))
    page = act(signed_in(cast.floor_manager), SHIFTS, "cancel", told, draft)
    assert "2 shifts cancelled." in page
    assert [shift.pk for shift in inside(lambda: list(Shift.objects.all()))] == [told.pk]
    assert inside(lambda: Shift.objects.get(pk=told.pk).cancelled_at)
    assert "has been cancelled" in act(signed_in(cast.floor_manager), SHIFTS, "cancel", told)


def test_a_shift_is_left_open(cast, signed_in, week):
    given = inside(lambda: Shift.objects.order_by("date").first())
    assert "1 shift left open." in act(signed_in(cast.floor_manager), SHIFTS, "leave_open", given)
    assert inside(lambda: Shift.objects.unfilled().count()) == 2


def test_a_week_is_copied_into_the_one_after(cast, signed_in, week):
    page = act(signed_in(cast.floor_manager), ROSTERS, "copy_to_next_week", week)
    assert "1 roster copied into the week after, as drafts." in page
    after = week.week_start + timedelta(days=7)
    assert inside(lambda: Shift.objects.filter(roster__week_start=after).count()) == 2


def test_the_list_shows_shifts_open_ones_and_the_way_to_the_planner(cast, signed_in, week):
    page = signed_in(cast.floor_manager).get(f"{ROSTERS}?week=next").content.decode()
    (roster,) = rows(signed_in(cast.floor_manager), ROSTERS)
    assert (roster.shift_count, roster.filled) == (2, 1)
    assert f"/planner/?branch={cast.bodija.pk}&amp;department={cast.supermarket.pk}&amp;week={week.week_start}" in page


def test_one_week_is_shown_unless_more_is_asked(cast, signed_in, week):
    client = signed_in(cast.floor_manager)
    assert list(client.get(SHIFTS).context["cl"].result_list) == []
    assert len(rows(client, SHIFTS)) == len(rows(client, SHIFTS, week="all")) == 2
    assert len(rows(client, SHIFTS, week="nonsense")) == 0


def test_filters_offer_only_the_teams_within_reach(cast, signed_in, week):
    def akobo():
        make_shift(make_roster_in_akobo(cast), by=cast.stranger_manager)

    inside(akobo)
    page = signed_in(cast.branch_manager).get(f"{SHIFTS}?week=next").content.decode()
    assert "Akobo" not in page
    assert "Akobo" in signed_in(cast.group_head).get(f"{SHIFTS}?week=next").content.decode()


def make_roster_in_akobo(cast):
    from roster.services import open_roster
    from roster.tests.make import next_monday

    return open_roster(cast.akobo, cast.supermarket, None, next_monday(), by=cast.stranger_manager)


@pytest.mark.parametrize("path", [SHIFTS, ASSIGNMENTS])
def test_the_address_asks_only_what_the_filters_ask(cast, signed_in, path):
    for lookup in ("changed_by__password__startswith", "created_by__email", "person__date_of_birth", "note__contains"):
        assert signed_in(cast.hr).get(path, {lookup: "a"}).status_code == 400


@pytest.mark.parametrize("path", LISTS)
def test_the_list_asks_as_much_for_2_rows_as_for_60(cast, signed_in, week, path):
    client = signed_in(cast.group_head)

    def fill(first, last):
        for number in range(first, last):
            roster = make_roster(cast, week.week_start + timedelta(days=7 * number))
            make_shift(roster, by=cast.floor_manager, person=cast.cashier)
            make_shift(roster, by=cast.floor_manager, person=cast.teammate)
            publish([roster], by=cast.floor_manager)

    def questions():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path, {"week": "all"} if path != PUBLICATIONS else {}).status_code == 200
        return len(captured)

    inside(lambda: fill(1, 3))
    questions()
    few = questions()
    inside(lambda: fill(3, 33))
    assert questions() == few
    assert few <= 16


@pytest.mark.parametrize("week_start", range(7))
def test_a_week_is_the_one_that_holds_the_day_whenever_the_branch_begins_it(cast, signed_in, week_start):
    def plan():
        cast.bodija.week_start = week_start
        cast.bodija.save()
        first = week_of(timezone.localdate(), week_start)
        roster = open_roster(cast.bodija, cast.supermarket, None, first, by=cast.floor_manager)
        make_shift(roster, by=cast.floor_manager, person=cast.cashier, day=6)

    inside(plan)
    for path in (ROSTERS, SHIFTS, ASSIGNMENTS):
        found = {name: len(rows(signed_in(cast.floor_manager), path, week=name)) for name in ("last", "this", "next")}
        assert found == {"last": 0, "this": 1, "next": 0}, path
