"""Reviews counted: the homes' numbers and the low ones of four weeks, by reach and by what is submitted."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from config import tenancy
from config.dashboards import Facts, general_home, manager_home, stats_of
from config.testing import ACE
from reviews import services
from reviews.models import Review
from reviews.selectors.figures import low_flags, own_figures, reach_figures, to_review
from reviews.tests.make import make_criteria, make_draft, make_review, this_monday
from staff.models import Person
from staff.tests.make import make_person, make_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside(cast):
    with tenancy.organisation(ACE):
        make_criteria()
        yield cast


def today() -> date:
    return timezone.now().date()


def numbers(person) -> dict[str, Decimal]:
    return {stat.name: stat.number for stat in stats_of(Facts(person, timezone.now()))}


def values(person) -> dict[str, tuple[str, str]]:
    return {stat.name: (stat.value, stat.hint) for stat in stats_of(Facts(person, timezone.now()))}


# ── One's own ────────────────────────────────────────────────────────────────
def test_ones_own_average_is_of_four_weeks_and_of_what_is_submitted(inside):
    boss = inside.floor_manager
    for weeks_ago, scores in enumerate(["4444", "4454", "5444", "3333", "1111"]):
        make_review(inside.cashier, scores, by=boss, weeks_ago=weeks_ago)
    make_draft(inside.cashier, "1111", by=inside.branch_manager)
    own = own_figures(person=inside.cashier.pk, today=today())
    assert own.average == Decimal("3.88")  # 15.50 / 4 = 3.875, half up
    assert own.last.overall == Decimal("4.00")
    assert numbers(inside.cashier)["my_average"] == Decimal("3.88")
    assert values(inside.cashier)["my_average"] == ("3.88", "Good")


def test_without_a_review_there_is_no_number_rather_than_a_zero(inside):
    assert not {"my_average", "last_review"} & set(numbers(inside.cashier))
    assert not {"team_average"} & set(numbers(inside.floor_manager))
    assert own_figures(person=inside.cashier.pk, today=today()).average is None


def test_what_waits_to_be_read_needs_an_answer_on_the_home(inside):
    review = make_review(inside.cashier, by=inside.floor_manager)
    [need] = general_home(inside.cashier, now=timezone.now()).needs
    assert (need.button, need.url) == ("Read it", f"/reviews/{review.pk}")
    services.acknowledge_review(review, by=inside.cashier)
    assert general_home(inside.cashier, now=timezone.now()).needs == ()


# ── A manager's reach ────────────────────────────────────────────────────────
def test_a_floor_manager_counts_the_team(inside):
    boss = inside.floor_manager
    assert numbers(boss)["pending_reviews"] == 2
    make_review(inside.cashier, "4454", by=boss)
    make_draft(inside.teammate, by=boss)
    make_review(inside.teammate, "4444", by=boss, weeks_ago=1)
    make_review(inside.stranger, "1111", by=inside.stranger_manager)
    found = numbers(boss)
    assert found["pending_reviews"] == 1
    assert found["reviews_this_week"] == 1
    assert found["team_average"] == Decimal("4.13")


def test_those_above_count_their_reach(inside):
    make_review(inside.cashier, "4444", by=inside.floor_manager)
    make_review(inside.stranger, "2222", by=inside.stranger_manager, weeks_ago=3)
    make_review(inside.stranger, "1111", by=inside.stranger_manager, weeks_ago=4)
    branch, group, ceo, hr = (numbers(getattr(inside, who)) for who in ("branch_manager", "group_head", "ceo", "hr"))
    assert (branch["month_reviews"], branch["average"]) == (1, Decimal("4.00"))
    assert (group["month_reviews"], group["average"]) == (2, Decimal("3.00"))
    assert (ceo["month_reviews"], ceo["company_average"], hr["average"]) == (2, Decimal("3.00"), Decimal("3.00"))


def test_an_auditor_reads_how_many_of_the_staff_were_reviewed_last_week(inside):
    assert numbers(inside.auditor)["reviews_complete"] == 0
    make_review(inside.cashier, by=inside.floor_manager, weeks_ago=1)
    make_review(inside.cashier, by=inside.branch_manager, weeks_ago=1)
    make_review(inside.teammate, by=inside.floor_manager)
    make_review(inside.floor_manager, by=inside.branch_manager, weeks_ago=1)
    assert values(inside.auditor)["reviews_complete"] == ("33.3 %", "")


def test_a_week_belongs_to_the_branchs_own_calendar(inside):
    inside.akobo.week_start = 3
    inside.akobo.save()
    stranger = Person.objects.with_places().get(pk=inside.stranger.pk)
    thursday = today() - timedelta(days=(today().weekday() - 3) % 7)
    services.submit_review(make_draft(stranger, by=inside.hr, week=thursday), by=inside.hr)
    make_review(inside.cashier, by=inside.hr)
    assert reach_figures(inside.hr, today=today()).this_week == 2
    assert to_review(inside.hr, today=today()) == Person.objects.count() - 3


# ── Low flags ────────────────────────────────────────────────────────────────
def test_staff_below_two_and_a_half_are_flagged_and_exactly_that_is_not(inside):
    make_review(inside.cashier, "2323", by=inside.floor_manager)  # 2.50
    make_review(inside.teammate, "2233", by=inside.floor_manager, weeks_ago=1)
    make_review(inside.teammate, "2223", by=inside.floor_manager)  # with the one before 2.375, shown as 2.38
    flags = low_flags(inside.floor_manager, today=today())
    assert [(flag.id, flag.name, flag.average, flag.reviews) for flag in flags.people] == [
        (inside.teammate.pk, "Kunle Ogundele", Decimal("2.38"), 2)
    ]


def test_a_department_below_three_is_flagged_by_what_the_reader_reaches(inside):
    make_review(inside.cashier, "3322", by=inside.floor_manager)
    make_review(inside.stranger, "4444", by=inside.stranger_manager)
    cook = make_person("Cook", "Well", make_role("Cook"), branch=inside.bodija, department=inside.eatery)
    make_review(cook, "3333", by=inside.hr)
    assert [flag.name for flag in low_flags(inside.branch_manager, today=today()).departments] == ["SuperMarket"]
    assert not low_flags(inside.hr, today=today()).departments  # 3.25 over both branches; the eatery has 3.00


def test_the_weakest_departments_stand_on_the_home_of_those_above_all_of_them(inside):
    make_review(inside.cashier, "3322", by=inside.floor_manager)
    cook = make_person("Cook", "Well", make_role("Cook"), branch=inside.bodija, department=inside.eatery)
    make_review(cook, "4444", by=inside.hr)
    shown = manager_home(inside.auditor, now=timezone.now()).weakest
    assert [(flag.name, flag.average, flag.is_low) for flag in shown] == [
        ("SuperMarket", Decimal("2.50"), True), ("Eatery", Decimal("4.00"), False)
    ]  # fmt: skip
    assert manager_home(inside.branch_manager, now=timezone.now()).weakest == ()


def test_older_weeks_drafts_and_others_teams_are_not_flagged(inside):
    make_review(inside.cashier, "1111", by=inside.floor_manager, weeks_ago=4)
    make_draft(inside.teammate, "1111", by=inside.floor_manager)
    make_review(inside.stranger, "1111", by=inside.stranger_manager)
    assert not low_flags(inside.floor_manager, today=today())
    assert len(low_flags(inside.auditor, today=today()).people) == 1
    assert not low_flags(inside.cashier, today=today())


def test_each_is_one_query(inside, django_assert_num_queries):
    for weeks_ago in range(4):
        make_review(inside.cashier, "2222", by=inside.floor_manager, weeks_ago=weeks_ago)
    assert Review.objects.filter(week_start=this_monday()).count() == 1
    for ask in (
        lambda: own_figures(person=inside.cashier.pk, today=today()),
        lambda: reach_figures(inside.hr, today=today()),
        lambda: low_flags(inside.hr, today=today()),
        lambda: to_review(inside.hr, today=today()),
    ):
        with django_assert_num_queries(1):
            ask()
