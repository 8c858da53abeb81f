"""Each role comes to its own home: what is next, what waits, and numbers of its own reach."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import tenancy
from config.dashboards import GENERAL, NUMBERS, OPERATOR, Facts, column, general_home, manager_home, stats_of
from config.testing import ACE, bearer, sign_in
from notifications.kinds import Kind
from notifications.models import Notification
from roster import services
from roster.entry import read_hours
from roster.services import NewShift
from roster.tests.make import make_roster, make_shift, next_monday
from roster.times import week_of
from staff.documents.kinds import DocumentKind
from staff.models import Person, RequiredDocument
from staff.tests.files import make_document
from staff.tests.make import make_branch, make_department, make_operator, make_person, make_role

pytestmark = pytest.mark.django_db

STATS = "/api/v1/dashboard/stats"
WEDNESDAY = datetime(2026, 11, 25, 13, 42, tzinfo=UTC)  # 14:42 in Lagos


@pytest.fixture
def on_wednesday():
    with time_machine.travel(WEDNESDAY, tick=False):
        yield WEDNESDAY


@pytest.fixture
def world(cast, on_wednesday):
    """This week published for the cashier and the teammate, next week a draft with an open shift."""
    with tenancy.organisation(ACE):
        boss, monday = cast.floor_manager, week_of(WEDNESDAY.date())
        roster = make_roster(cast, monday)
        for day in (0, 3):
            make_shift(roster, "9-17", by=boss, person=cast.cashier, day=day)
        make_shift(roster, "9-17", by=boss, person=cast.teammate, day=3)
        make_shift(roster, "9-17", by=boss, day=4)
        services.publish([roster], by=boss, reason="Agreed.")
        draft = make_roster(cast, monday + timedelta(days=7))
        make_shift(draft, "9-17", by=boss, person=cast.cashier)
        make_shift(draft, "9-17", by=boss)
    return roster


def hand_in_some(cast):
    """Of two required documents the cashier has one, renewed and expiring; the teammate's has expired."""
    for kind in (DocumentKind.NATIONAL_ID, DocumentKind.BIRTH_CERTIFICATE):
        RequiredDocument.objects.create(category="general", kind=kind)
    for person, days in ((cast.cashier, 5), (cast.cashier, 10), (cast.teammate, -1)):
        until = WEDNESDAY.date() + timedelta(days=days)
        make_document(person, by=cast.hr, kind=DocumentKind.NATIONAL_ID, expires_on=until)


def words(response) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def stats(person):
    with tenancy.organisation(person.organisation_id):
        return {stat.name: stat.number for stat in stats_of(Facts(person, timezone.now()))}


# ── General staff ────────────────────────────────────────────────────────────
def test_a_cashier_reads_the_next_shift_first(cast, world, signed_in):
    text = words(signed_in(cast.cashier).get("/"))
    for expected in (
        "Good afternoon, Adaeze",
        "Wednesday 25 November, 14:42 in Bodija",
        "Next shift, tomorrow",
        "Starts in 18 h 18 min",
        "09:00–17:00",
        "Bodija, SuperMarket",
        "Kunle",
        "16 h",
        "of 40 h in your contract",
    ):
        assert expected in text


def test_a_draft_is_neither_the_next_shift_nor_counted(cast, world):
    assert stats(cast.cashier) == {"upcoming_shifts": 1, "hours_this_week": 16, "unread": 0}
    with tenancy.organisation(ACE), time_machine.travel(WEDNESDAY + timedelta(days=3), tick=False):
        assert general_home(cast.cashier, now=timezone.now()).next_shift is None


def test_a_shift_that_runs_is_still_the_next_one(cast, world, signed_in):
    with time_machine.travel(datetime(2026, 11, 26, 10, tzinfo=UTC), tick=False):
        text = words(signed_in(cast.cashier).get("/"))
    assert "Next shift, today" in text
    assert "On now" in text


def test_a_shift_beyond_this_week_is_found(cast, world):
    with tenancy.organisation(ACE):
        later = make_roster(cast, week_of(WEDNESDAY.date()) + timedelta(days=21))
        make_shift(later, "8-12", by=cast.floor_manager, person=cast.teammate, day=2)
        services.publish([later], by=cast.floor_manager)
        with time_machine.travel(WEDNESDAY + timedelta(days=4), tick=False):
            home = general_home(cast.teammate, now=timezone.now())
    assert (home.next_shift.label, home.hours_this_week, home.stats[0].number) == ("08:00–12:00", 8, 1)


def test_without_shifts_and_messages_the_home_says_so(cast, world, signed_in):
    text = words(signed_in(cast.stranger).get("/"))
    for expected in ("No shift ahead", "Nothing needs you.", "No messages yet."):
        assert expected in text


def test_the_latest_five_messages_are_shown_with_their_day(cast, world, signed_in):
    with tenancy.organisation(ACE):
        for n in range(7):
            Notification.objects.create(
                person=cast.cashier,
                kind=Kind.GENERAL,
                title=f"Message {n}",
                created_at=WEDNESDAY - timedelta(hours=20 * (6 - n)),
                read_at=WEDNESDAY if n == 5 else None,
            )
    text = words(signed_in(cast.cashier).get("/"))
    assert [f"Message {n}" in text for n in range(7)] == [False, False, True, True, True, True, True]
    assert "just now" in text
    assert "Yesterday, 18:42" in text
    assert stats(cast.cashier)["unread"] == 6


# ── Managers ─────────────────────────────────────────────────────────────────
def test_a_floor_manager_sees_the_team_and_what_waits(cast, world, signed_in):
    assert stats(cast.floor_manager) == {
        "team_size": 3, "rosters": 2, "unfilled_shifts": 2, "pending_reviews": 2, "reviews_this_week": 0,
    }  # fmt: skip
    text = words(signed_in(cast.floor_manager).get("/"))
    assert "Next week is not published" in text
    assert "Bodija, SuperMarket Next week, 30 November – 6 December · 2 shifts, 1 open" in text
    assert "Finish it" in text
    assert "1 open shift" in text
    assert "Draft" in text
    assert "Published" in text


def test_a_change_that_nobody_was_told_of_waits(cast, world):
    with tenancy.organisation(ACE):
        shift = world.shifts.filter(assignments__person=cast.cashier).first()
        moved = NewShift(shift.date, read_hours("8-16"), person=cast.cashier)
        services.change_shift(shift, moved, by=cast.floor_manager, version=shift.version)
        home = manager_home(cast.floor_manager, now=timezone.now())
    assert [(need.title, need.detail) for need in home.needs] == [
        ("Next week is not published", "Bodija, SuperMarket, 30 November – 6 December: 2 shifts, 1 open"),
        ("1 change that nobody was told of", "Bodija, SuperMarket, 23–29 November: 4 shifts, 1 open"),
        ("1 open shift", "Bodija, SuperMarket, 23–29 November: 4 shifts, 1 open"),
    ]
    assert [week.state for week in home.weeks] == ["draft", "changed"]


def test_everything_published_and_filled_leaves_nothing_to_do(cast, world):
    with tenancy.organisation(ACE):
        for shift in list(world.shifts.model.objects.unfilled()):
            services.delete_shift(shift, by=cast.floor_manager, version=shift.version)
        services.publish([make_roster(cast, next_monday())], by=cast.floor_manager)
        home = manager_home(cast.floor_manager, now=timezone.now())
    assert home.needs == ()
    assert [week.state for week in home.weeks] == ["published", "published"]
    assert not any(stat.attention for stat in home.stats)


def test_a_team_without_a_roster_is_not_started(cast, world):
    with tenancy.organisation(ACE):
        home = manager_home(cast.stranger_manager, now=timezone.now())
    assert [(str(week.team), week.state) for week in home.weeks] == [("Akobo, SuperMarket", "missing")] * 2


def test_a_part_of_a_department_may_be_planned_with_the_whole(cast, world):
    with tenancy.organisation(ACE):
        fun = cast.cinema.department
        usher = make_person("Ushi", "Er", make_role(), branch=cast.bodija, department=fun, sub_department=cast.cinema)
        whole = services.open_roster(cast.bodija, fun, None, next_monday(), by=cast.hr)
        make_shift(whole, by=cast.hr, person=usher)
        services.publish([whole], by=cast.hr)
        [line] = [week for week in Facts(cast.hr, timezone.now()).next_weeks if "Cinema" in str(week.team)]
    assert (line.state, str(line.team)) == ("published", "Bodija, Cinema")


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("branch_manager", {"branch_staff": 4, "rosters": 2, "departments": 1, "month_reviews": 0}),
        ("group_head", {"department_staff": 6, "rosters": 2, "branches": 2, "month_reviews": 0}),
        (
            "hr",
            {
                "total_staff": 11,
                "active_in_30_days": 1,
                "hires_this_month": 1,
                "departments": 3,
                "branches": 2,
                "documents_missing": 5,
                "documents_expiring": 1,
            },
        ),
        (
            "ceo",
            {
                "total_staff": 11,
                "departments": 3,
                "branches": 2,
                "rosters_this_week": 1,
                "unpublished_teams": 2,
                "month_reviews": 0,
            },
        ),
        (
            "auditor",
            {
                "total_staff": 11,
                "departments": 3,
                "branches": 2,
                "rosters_this_week": 1,
                "reviews_complete": 0,
                "incomplete_documents": 3,
            },
        ),
    ],
)
def test_every_role_has_the_numbers_of_its_reach(cast, world, who, expected):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(last_login=WEDNESDAY - timedelta(days=29))
        Person.objects.filter(pk=cast.teammate.pk).update(last_login=WEDNESDAY - timedelta(days=31))
        Person.objects.filter(pk=cast.stranger.pk).update(hired_on=WEDNESDAY.date().replace(day=1))
        gone = make_person("Gone", "Away", make_role(), branch=cast.bodija, department=cast.supermarket)
        Person.objects.filter(pk=gone.pk).update(left_on=WEDNESDAY.date() - timedelta(days=1))
        hand_in_some(cast)
    assert stats(getattr(cast, who)) == expected


def test_those_above_see_the_branches_and_only_the_teams_that_are_behind(cast, world):
    with tenancy.organisation(ACE):
        home = manager_home(cast.coo, now=timezone.now())
        lines = [(line.name, line.value, line.attention) for line in home.branches]
        assert lines == [("Akobo", "0 of 1", True), ("Bodija", "0 of 1", True)]
        services.publish([make_roster(cast, next_monday())], by=cast.floor_manager)
        home = manager_home(cast.coo, now=timezone.now())
    lines = [(line.name, line.value, line.attention) for line in home.branches]
    assert lines == [("Akobo", "0 of 1", True), ("Bodija", "1 of 1", False)]
    assert [week.team.branch for week in home.weeks] == ["Akobo"]


def test_who_only_reads_has_nothing_to_do(cast, world, signed_in):
    text = words(signed_in(cast.auditor).get("/"))
    assert "Nothing needs you." in text
    assert "Open the planner" not in text


def test_many_teams_with_one_need_make_one_row(cast, world):
    with tenancy.organisation(ACE):
        for name in ("Oyo", "Saki", "Ife"):
            branch = make_branch(name)
            make_person("One", name, make_role(), branch=branch, department=cast.supermarket)
        home = manager_home(cast.group_head, now=timezone.now())
    assert home.needs[0].title == "5 teams have no published roster for next week"
    assert home.needs[0].detail == "Akobo, SuperMarket; Bodija, SuperMarket and 3 more"


# ── Operator, API, cost ──────────────────────────────────────────────────────
def test_the_operator_is_told_what_this_is_and_sees_nobodys_numbers(cast, world, client):
    with tenancy.organisation(ACE):
        operator = make_operator(cast.ceo.role)
    text = words(sign_in(client, operator).get("/"))
    assert "This installation" in text
    assert "Open the admin" in text
    assert "Staff" not in text.replace("Ace Mall Staff", "")
    assert client.get(STATS, headers=bearer(operator)).json() == {"role": "operator", "numbers": {}}


@pytest.mark.parametrize("who", ["cashier", "floor_manager", "branch_manager", "group_head", "hr", "ceo", "auditor"])
def test_the_api_has_the_numbers_of_the_page(cast, world, client, who):
    person = getattr(cast, who)
    body = client.get(STATS, headers=bearer(person)).json()
    with tenancy.organisation(ACE):
        assert body["role"] == column(person)
    assert body["numbers"] == {name: float(number) for name, number in stats(person).items()}


def test_every_column_of_the_permission_table_has_its_numbers():
    assert set(NUMBERS) == {GENERAL, OPERATOR, "team", "branch", "department", "audit", "executive", "people"}


@pytest.mark.parametrize("who", ["cashier", "floor_manager", "branch_manager", "group_head", "hr", "ceo", "auditor"])
def test_a_home_costs_ten_queries_at_most_and_no_more_for_more_rows(cast, world, client, who):
    person = getattr(cast, who)

    def queries(url, **headers):
        with CaptureQueriesContext(connection) as found:
            assert client.get(url, headers=headers).status_code == 200
        return sum("SAVEPOINT" not in query["sql"] for query in found)

    sign_in(client, person)
    few = queries("/"), queries(STATS, **bearer(person))
    with tenancy.organisation(ACE):
        for n in range(10):
            branch = make_branch(f"Branch {n}", code=f"B{n}")
            department = make_department(f"Line {n}")
            make_person("More", f"People {n}", make_role(), branch=branch, department=cast.supermarket)
            make_person("Even", f"More {n}", make_role(), branch=cast.bodija, department=department)
            Notification.objects.create(person=person, kind=Kind.GENERAL, title="x", created_at=WEDNESDAY)
    assert (queries("/"), queries(STATS, **bearer(person))) == few
    assert max(few) <= 10


def test_the_home_of_somebody_without_a_session_is_the_sign_in(client):
    response = client.get("/")
    assert (response.status_code, response["Location"]) == (302, "/login?next=/")


def test_those_above_the_teams_read_that_every_next_week_is_published(cast, world, signed_in):
    assert "Next week, not published yet" in words(signed_in(cast.hr).get("/"))
    assert "Next week, not published yet" not in words(signed_in(cast.floor_manager).get("/"))
    with tenancy.organisation(ACE):
        home = replace(manager_home(cast.hr, now=timezone.now()), weeks=())
    assert "Every team’s next week is published." in render_to_string("home/manager.html", {"home": home})
    nobody = replace(home, branches=())
    assert "No rosters yet" in render_to_string("home/manager.html", {"home": nobody})
