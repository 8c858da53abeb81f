"""The planner's page: whose week each role lands on, what stands in the grid, and what it costs."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER, of_the_page
from roster import services
from roster.entry import read_hours
from roster.models import Assignment, Shift
from roster.tests.make import make_roster, make_rule, make_shift, next_monday
from roster.times import week_of
from staff.models import Person
from staff.roles import Category, Reach
from staff.tests.make import make_branch, make_person, make_role

pytestmark = pytest.mark.django_db

PLANNER = "/planner/"


def text_of(response) -> str:
    """What a person reads of the grid, without the tags; the phone's shape is cut off."""
    page = response.content.decode().split('id="planner-day"')[0]
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def cell(response, person: Person, day: int) -> str:
    """The words in a person's cell."""
    found = re.search(rf'<td class="cell" id="c[\d-]+-{person.pk}-{day}">(.*?)</td>', response.content.decode(), re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found.group(1)).split())


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get(PLANNER).headers["Location"].startswith("/login")


def test_general_staff_are_told_where_their_shifts_stand(cast, signed_in):
    response = signed_in(cast.cashier).get(PLANNER)
    assert response.status_code == 403
    assert "Your own shifts stand in" in response.content.decode()


def test_a_manager_without_a_place_is_told_whom_to_ask(cast, signed_in):
    with tenancy.organisation(ACE):
        nowhere = make_person("Yemi", "Nowhere", cast.floor_manager.role)
    response = signed_in(nowhere).get(PLANNER)
    assert response.status_code == 403
    assert "Ask Human Resource" in response.content.decode()


def test_a_floor_manager_lands_on_their_team_next_week(cast, signed_in):
    response = signed_in(cast.floor_manager).get(PLANNER)
    assert response.status_code == 200
    assert response.context["desk"].week == next_monday()
    assert [group.name for group in response.context["week"].groups] == ["SuperMarket"]
    names = [row.name for row in response.context["week"].groups[0].rows]
    assert names == ["Segun Afolami", "Adaeze Nwosu", "Kunle Ogundele"]
    assert "Simi Ojo" not in response.content.decode()


def test_once_next_week_is_published_they_land_on_this_one(cast, signed_in):
    with tenancy.organisation(ACE):
        roster = make_roster(cast)
        make_shift(roster, by=cast.floor_manager, person=cast.cashier)
        services.publish([roster], by=cast.floor_manager)
    response = signed_in(cast.floor_manager).get(PLANNER)
    assert response.context["desk"].week == next_monday() - timedelta(days=7)


def test_a_branch_manager_sees_every_department_of_the_branch_and_may_choose_one(cast, signed_in):
    with tenancy.organisation(ACE):
        make_person("Cook", "Eats", make_role("Cook"), branch=cast.bodija, department=cast.eatery)
    client = signed_in(cast.branch_manager)
    names = [group.name for group in client.get(PLANNER).context["week"].groups]
    assert names == ["SuperMarket", "Eatery"]
    one = client.get(PLANNER, {"department": cast.eatery.pk})
    assert [group.name for group in one.context["week"].groups] == ["Eatery"]


def test_a_supervisor_of_a_part_plans_that_part_and_nothing_beside_it(cast, signed_in):
    fun = {"branch": cast.bodija, "department": cast.cinema.department}
    with tenancy.organisation(ACE):
        role = make_role("Supervisor", category=Category.ADMIN, reach=Reach.TEAM)
        supervisor = make_person("Sola", "Screen", role, sub_department=cast.cinema, **fun)
        make_person("Usher", "Inside", make_role(), sub_department=cast.cinema, **fun)
        make_person("Barber", "Outside", make_role(), **fun)
    client = signed_in(supervisor)
    response = client.get(PLANNER)
    assert [group.name for group in response.context["week"].groups] == ["Fun & Arcade, Cinema"]
    assert "Barber Outside" not in response.content.decode()
    whole = f"/planner/shifts/new?team={cast.bodija.pk}-{cast.cinema.department_id}-0&date={next_monday()}"
    assert client.get(whole).status_code == 404
    assert client.get(whole.replace("-0&", f"-{cast.cinema.pk}&")).status_code == 200


def test_a_group_head_sees_their_department_in_the_branch_that_they_choose(cast, signed_in):
    client = signed_in(cast.group_head)
    response = client.get(PLANNER, {"branch": cast.akobo.pk})
    assert [row.name for row in response.context["week"].groups[0].rows] == ["Femi Ade", "Simi Ojo"]
    assert client.get(PLANNER, {"department": cast.eatery.pk}).status_code == 404


def test_the_top_may_choose_any_branch(cast, signed_in):
    for person in (cast.hr, cast.ceo, cast.coo):
        response = signed_in(person).get(PLANNER, {"branch": cast.akobo.pk, "department": cast.supermarket.pk})
        assert response.context["desk"].branch == cast.akobo


def test_an_auditor_reads_and_finds_nothing_to_press(cast, signed_in):
    with tenancy.organisation(ACE):
        make_shift(make_roster(cast), by=cast.floor_manager, person=cast.cashier)
    response = signed_in(cast.auditor).get(PLANNER, {"branch": cast.bodija.pk})
    page = response.content.decode()
    assert "09:00–17:00" in page
    assert "Read only" in page
    for link in ("/planner/shifts", "/planner/review", "/planner/copy-week", "btn--primary", 'method="post"'):
        assert link not in page


@pytest.mark.parametrize("query", ["branch={akobo}", "branch=999999", "branch=x", "department={eatery}"])
def test_a_place_beyond_the_reach_is_not_there(cast, signed_in, query):
    words = query.format(akobo=cast.akobo.pk, eatery=cast.eatery.pk)
    assert signed_in(cast.floor_manager).get(f"{PLANNER}?{words}").status_code == 404


def test_another_organisations_branch_is_not_there(cast, signed_in):
    with tenancy.organisation(OTHER):
        branch = make_branch("Camden")
    assert signed_in(cast.hr).get(PLANNER, {"branch": branch.pk}).status_code == 404
    assert signed_in(cast.hr).get("/planner/review", {"branch": branch.pk}).status_code == 404


@pytest.mark.parametrize("week", ["2026-13-45", "yesterday", "0001-01-01", "9999-12-31"])
def test_a_week_that_is_none_gets_a_sentence_and_the_coming_one(cast, signed_in, week):
    response = signed_in(cast.floor_manager).get(PLANNER, {"week": week})
    assert response.context["desk"].week == next_monday()
    assert "is not a day of any week here" in response.content.decode()


def test_any_day_of_a_week_opens_it(cast, signed_in):
    response = signed_in(cast.floor_manager).get(PLANNER, {"week": "2026-02-05"})
    assert response.context["desk"].week == date(2026, 2, 2)


def test_a_card_says_its_hours_its_role_and_how_settled_it_is(cast, signed_in):
    with tenancy.organisation(ACE):
        roster, boss = make_roster(cast), cast.floor_manager
        shift = make_shift(roster, "9-17", by=boss, person=cast.cashier, day=0)
        make_shift(roster, "9-17", by=boss, person=cast.cashier, day=1)
        services.publish([roster], by=boss)
        moved = services.NewShift(shift.date, read_hours("10-18"), person=cast.cashier)
        services.change_shift(shift, moved, by=boss, version=shift.version)
        make_shift(roster, "22-6", by=boss, person=cast.cashier, day=2)
        make_shift(roster, "12-20", by=boss, day=3)
        make_shift(roster, "12-20", by=boss, day=3)
    page = signed_in(boss).get(PLANNER, {"week": next_monday()})
    assert cell(page, cast.cashier, 0) == "10:00–18:00 Changed, any role"
    assert cell(page, cast.cashier, 1) == "09:00–17:00 any role"
    assert cell(page, cast.cashier, 2) == "22:00–06:00 +1 Draft, any role"
    assert "12:00–20:00 2 open, any role" in text_of(page)
    assert "0 of 2 filled" in text_of(page)
    assert "Publish 2 shifts, " in text_of(page)


def test_a_breach_stands_on_its_card_as_a_sentence(cast, signed_in):
    with tenancy.organisation(ACE):
        make_rule("rest", 11)
        roster = make_roster(cast)
        make_shift(roster, "14-22", by=cast.floor_manager, person=cast.cashier, day=0)
        make_shift(roster, "6-14", by=cast.floor_manager, person=cast.cashier, day=1)
    page = signed_in(cast.floor_manager).get(PLANNER)
    assert "has only 8 h of rest" in cell(page, cast.cashier, 1)
    assert "1 warning" in text_of(page)


def test_hours_beyond_the_contract_are_said_in_words(cast, signed_in):
    with tenancy.organisation(ACE):
        roster = make_roster(cast)
        for day in range(5):
            make_shift(roster, "9-18", by=cast.floor_manager, person=cast.cashier, day=day)
    assert "45 of 40 h, over" in text_of(signed_in(cast.floor_manager).get(PLANNER))


def test_rows_are_everybody_employed_in_that_week_and_whoever_helps_out(cast, signed_in):
    monday = next_monday()
    with tenancy.organisation(ACE):
        team = {"branch": cast.bodija, "department": cast.supermarket}
        make_person("Left", "Before", make_role(), left_on=monday - timedelta(days=1), **team)
        make_person("Left", "Within", make_role(), left_on=monday + timedelta(days=2), **team)
        make_person("Comes", "Later", make_role(), hired_on=monday + timedelta(days=7), **team)
        helper = make_person("Helps", "Out", make_role(), branch=cast.bodija, department=cast.eatery)
        make_shift(make_roster(cast, by=cast.hr), by=cast.hr, person=helper)
    page = text_of(signed_in(cast.floor_manager).get(PLANNER))
    assert "Left Within" in page
    assert "Helps Out" in page
    assert "Left Before" not in page
    assert "Comes Later" not in page


def test_a_shift_of_another_team_shows_as_elsewhere(cast, signed_in):
    with tenancy.organisation(ACE):
        other = services.open_roster(cast.akobo, cast.supermarket, None, next_monday(), by=cast.hr)
        make_shift(other, "9-17", by=cast.hr, person=cast.cashier)
    page = signed_in(cast.floor_manager).get(PLANNER)
    assert cell(page, cast.cashier, 0) == "Elsewhere 09:00–17:00 Akobo"


def test_an_empty_week_teaches_and_says_why_nothing_can_be_published(cast, signed_in):
    page = text_of(signed_in(cast.floor_manager).get(PLANNER))
    assert "No shifts yet. Press a cell" in page
    assert "No shifts yet. Publish" in page


def test_a_phone_gets_one_day_team_by_team(cast, signed_in):
    with tenancy.organisation(ACE):
        make_shift(make_roster(cast), "9-17", by=cast.floor_manager, person=cast.cashier, day=2)
    wednesday = next_monday() + timedelta(days=2)
    response = signed_in(cast.floor_manager).get(PLANNER, {"week": next_monday(), "day": wednesday})
    phone = response.content.decode().split('id="planner-day"')[1]
    assert f"{wednesday:%A} {wednesday.day}" in phone
    assert "Adaeze Nwosu" in phone
    assert "Not working: Segun Afolami and Kunle Ogundele" in phone


def fill(cast, size: int) -> None:
    """Bring the team to `size` people with five shifts each, half of them published."""
    roster, boss = make_roster(cast), cast.floor_manager
    fresh = [
        Person(
            first_name="Person", last_name=f"Number {n:03}", email=f"n{n}@acemall.example", employee_number=f"N{n}",
            role=cast.cashier.role, branch=cast.bodija, department=cast.supermarket, hired_on=date(2024, 1, 1),
        )
        for n in range(Person.objects.count(), size)
    ]  # fmt: skip
    starts = timezone.now().replace(hour=8, minute=0, second=0, microsecond=0)
    for n, person in enumerate(Person.objects.bulk_create(fresh)):
        shifts = []
        for day in range(5):
            begins = starts + (roster.week_start + timedelta(days=day) - starts.date())
            place = {"branch": cast.bodija, "department": cast.supermarket, "date": begins.date()}
            ends = begins + timedelta(hours=9)
            shifts.append(Shift(roster=roster, starts_at=begins, ends_at=ends, changed_by=boss, **place))
        told = {"published_starts_at": starts, "published_ends_at": starts + timedelta(hours=1)} if n % 2 else {}
        for shift in Shift.objects.bulk_create(shifts)[: 5 if not told else 1]:
            Assignment.objects.create(shift=shift, person=person, created_by=boss, **told)


@pytest.mark.parametrize("role", ["floor_manager", "hr"])
def test_the_page_costs_the_same_for_10_people_and_for_60(cast, signed_in, role):
    client, query = signed_in(getattr(cast, role)), {"branch": cast.bodija.pk}
    counts = []
    for size in (10, 60):
        with tenancy.organisation(ACE):
            fill(cast, size)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(PLANNER, query)
        counts.append(len(of_the_page(queries)))
    assert len(response.context["week"].groups[0].rows) > 50
    assert counts[0] == counts[1]
    assert counts[1] <= 12


def test_a_branch_whose_week_begins_on_sunday_shows_it_from_sunday(cast, signed_in):
    with tenancy.organisation(ACE):
        cast.bodija.week_start = 6
        cast.bodija.save()
    response = signed_in(cast.floor_manager).get(PLANNER)
    week = response.context["desk"].week
    assert week == week_of(timezone.now().date(), 6) + timedelta(days=7)
    assert f"{week:%A}" == "Sunday"
