"""A manager builds a week: shifts, people, and what the rules say to it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from config import tenancy
from config.errors import Conflict, Forbidden, Invalid, Refused
from config.testing import OTHER
from roster import services
from roster.entry import read_hours
from roster.models import Assignment, Roster, Shift
from roster.rules import BLOCK
from roster.services import NewShift
from roster.tests.make import make_roster, make_rule, make_shift, next_monday

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(cast, ace):
    return cast.floor_manager


def test_a_shift_is_stored_in_utc_and_read_in_the_branchs_time(cast, boss):
    shift = make_shift(make_roster(cast), "9-17", by=boss)
    assert (shift.starts_at.hour, shift.hours_label) == (8, "09:00–17:00")


def test_a_night_belongs_to_the_day_it_starts_and_is_never_negative(cast, boss):
    shift = make_shift(make_roster(cast), "22-6 30b", by=boss, day=6)
    assert shift.hours_label == "22:00–06:00 +1"
    assert float(shift.hours) == 7.5
    assert shift.date == make_roster(cast).last_day


def test_opening_a_week_twice_gives_the_same_roster(cast, boss):
    assert make_roster(cast) == make_roster(cast)
    assert Roster.objects.count() == 1


def test_a_week_that_starts_on_the_wrong_day_is_refused(cast, boss):
    roster = make_roster(cast)
    with pytest.raises(Invalid, match="starts on Monday"):
        make_roster(cast, roster.week_start + timedelta(days=1))


def test_a_manager_of_another_team_may_not_plan_here(cast, ace, boss):
    roster = make_roster(cast)
    with pytest.raises(Forbidden):
        make_shift(roster, by=cast.stranger_manager)


@pytest.mark.parametrize("who", ["cashier", "auditor"])
def test_who_does_not_plan_is_refused(cast, ace, boss, who):
    with pytest.raises(Forbidden):
        make_shift(make_roster(cast), by=getattr(cast, who))


def test_a_person_of_another_team_cannot_be_given_a_shift(cast, boss):
    with pytest.raises(Invalid, match="among the people you plan for"):
        make_shift(make_roster(cast), by=boss, person=cast.stranger)
    assert not Shift.objects.exists()


def test_a_day_outside_the_week_is_refused(cast, boss):
    roster = make_roster(cast)
    with pytest.raises(Invalid, match="is not in the week"):
        make_shift(roster, by=boss, day=7)


def test_a_shift_longer_than_sixteen_hours_is_refused(cast, boss):
    with pytest.raises(Invalid, match="16 is the most"):
        make_shift(make_roster(cast), "9-8", by=boss)


def test_nobody_is_in_two_places_at_once(cast, boss):
    roster = make_roster(cast)
    make_shift(roster, "9-17", by=boss, person=cast.cashier)
    with pytest.raises(Refused, match="Adaeze Nwosu already works"):
        make_shift(roster, "16-20", by=boss, person=cast.cashier)
    assert Shift.objects.count() == 1


def test_nobody_is_in_two_branches_at_once_either(cast, ace):
    bodija = make_roster(cast)
    make_shift(bodija, "9-17", by=cast.hr, person=cast.cashier)
    akobo = services.open_roster(cast.akobo, cast.supermarket, None, bodija.week_start, by=cast.hr)
    with pytest.raises(Refused, match="in Bodija"):
        make_shift(akobo, "12-20", by=cast.hr, person=cast.cashier)


def test_the_database_refuses_what_the_rules_did_not_see(cast, boss):
    first = make_shift(make_roster(cast), "9-17", by=boss, person=cast.cashier)
    second = make_shift(make_roster(cast), "10-18", by=boss)
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError, match="assignment_no_overlap"), transaction.atomic():
        Assignment.objects.create(shift=second, person=cast.cashier, created_by=boss)
    with pytest.raises(IntegrityError, match="assignment_no_overlap"), transaction.atomic():
        later = make_shift(make_roster(cast), "18-22", by=boss, person=cast.cashier)
        Shift.objects.filter(pk=later.pk).update(starts_at=first.starts_at)


def test_back_to_back_shifts_do_not_overlap(cast, boss):
    roster = make_roster(cast)
    make_shift(roster, "9-13", by=boss, person=cast.cashier)
    make_shift(roster, "13-17", by=boss, person=cast.cashier)
    assert Assignment.objects.active().count() == 2


def test_who_has_left_cannot_be_given_a_shift(cast, boss):
    roster = make_roster(cast)
    cast.cashier.left_on = roster.week_start
    cast.cashier.save()
    make_shift(roster, by=boss, person=cast.cashier, day=0)
    with pytest.raises(Refused, match="last working day"):
        make_shift(roster, by=boss, person=cast.cashier, day=1)


def test_short_rest_is_a_warning_and_its_reason_is_kept(cast, boss):
    make_rule("rest", 11)
    roster = make_roster(cast)
    make_shift(roster, "14-22", by=boss, person=cast.cashier, day=0)
    new = NewShift(roster.week_start + timedelta(days=1), read_hours("6-12"), person=cast.cashier, reason="Stock count")
    saved = services.add_shift(roster, new, by=boss)
    assert [breach.kind for breach in saved.warnings] == ["rest"]
    assert "8 h of rest" in saved.warnings[0].sentence
    assert saved.shift.assignments.get().override_reason == "Stock count"


def test_a_reason_stays_while_the_shift_keeps_its_warning_and_answers_for_no_other(cast, boss):
    make_rule("rest", 11)
    make_rule("weekly_hours", 20)
    roster = make_roster(cast)
    make_shift(roster, "14-22", by=boss, person=cast.cashier, day=0)
    early = NewShift(
        roster.week_start + timedelta(days=1), read_hours("6-12"), person=cast.cashier, reason="Stock count"
    )
    shift = services.add_shift(roster, early, by=boss).shift
    shift = services.change_shift(shift, replace(early, hours=read_hours("7-12"), reason=""), by=boss, version=1).shift
    assert shift.assignments.get().override_reason == "Stock count"
    # The form sends the old reason along; the long day breaks another rule, which it was never given for.
    services.change_shift(shift, replace(early, hours=read_hours("9-23")), by=boss, version=2)
    assert shift.assignments.get().override_reason == ""


def test_a_run_of_days_is_followed_back_as_far_as_a_rule_may_allow(cast, boss):
    make_rule("days_in_row", 12)
    for days_before in range(1, 13):
        week = next_monday() - timedelta(weeks=1 + (days_before - 1) // 7)
        make_shift(make_roster(cast, week), by=boss, person=cast.cashier, day=6 - (days_before - 1) % 7)
    saved = services.add_shift(
        make_roster(cast), NewShift(next_monday(), read_hours("9-17"), person=cast.cashier), by=boss
    )
    assert [breach.sentence for breach in saved.warnings if breach.kind == "days_in_row"] == [
        f"{next_monday():%a %-d} is Adaeze Nwosu’s day 13 in a row; the rule is 12."
    ]


def test_a_blocking_rule_cannot_be_overridden(cast, boss):
    make_rule("weekly_hours", 10, BLOCK)
    roster = make_roster(cast)
    make_shift(roster, "9-17", by=boss, person=cast.cashier, day=0)
    with pytest.raises(Refused, match="the rule is 10 h"):
        make_shift(roster, "9-17", by=boss, person=cast.cashier, day=1)


def test_the_second_of_two_browsers_is_told_who_changed_what(cast, boss):
    shift = make_shift(make_roster(cast), "9-17", by=boss, person=cast.cashier)
    new = NewShift(shift.date, read_hours("10-18"), person=cast.cashier)
    services.change_shift(shift, new, by=cast.branch_manager, version=1)
    with pytest.raises(Conflict, match="Bola Manager changed it to .* 10:00–18:00, Adaeze Nwosu at"):
        services.change_shift(shift, replace(new, hours=read_hours("8-12")), by=boss, version=1)
    assert Shift.objects.get().hours_label == "10:00–18:00"


def test_moving_a_draft_to_somebody_else_leaves_no_trace(cast, boss):
    shift = make_shift(make_roster(cast), by=boss, person=cast.cashier)
    services.move_shift(shift, by=boss, version=1, day=shift.date + timedelta(days=1), person=cast.teammate)
    assignment = Assignment.objects.get()
    assert assignment.person == cast.teammate
    assert assignment.shift.date == shift.date + timedelta(days=1)
    assert assignment.during.lower == assignment.shift.starts_at


def test_a_refused_change_leaves_everything_as_it_was(cast, boss):
    roster = make_roster(cast)
    make_shift(roster, "9-17", by=boss, person=cast.teammate)
    shift = make_shift(roster, "9-17", by=boss, person=cast.cashier)
    with pytest.raises(Refused):
        services.assign(shift, cast.teammate, by=boss, version=1)
    assert shift.assignments.get().person == cast.cashier


def test_a_draft_is_deleted_and_a_published_shift_is_cancelled(cast, boss):
    roster = make_roster(cast)
    draft = make_shift(roster, by=boss)
    assert services.delete_shift(draft, by=boss, version=1) is False
    assert not Shift.objects.exists()
    told = make_shift(roster, by=boss, person=cast.cashier)
    services.publish([roster], by=boss)
    assert services.delete_shift(told, by=boss, version=1) is True
    assert Shift.objects.get().cancelled_at


def test_copying_a_week_brings_everything_once(cast, boss):
    roster = make_roster(cast)
    make_shift(roster, "9-17", by=boss, person=cast.cashier, day=0)
    make_shift(roster, "9-17", by=boss, person=cast.teammate, day=0)
    make_shift(roster, "22-6", by=boss, day=6)
    target = make_roster(cast, roster.week_start + timedelta(days=7))
    report = services.copy_week(roster, target, by=boss)
    assert (report.copied, report.opened, report.skipped) == (2, 1, 0)
    again = services.copy_week(roster, target, by=boss)
    assert (again.copied, again.opened, again.skipped) == (0, 0, 3)
    assert {a.person for a in Assignment.objects.filter(shift__roster=target)} == {cast.cashier, cast.teammate}


def test_copying_leaves_a_shift_open_whose_person_has_left(cast, boss):
    roster = make_roster(cast)
    make_shift(roster, by=boss, person=cast.cashier)
    cast.cashier.left_on = roster.last_day
    cast.cashier.save()
    target = make_roster(cast, roster.week_start + timedelta(days=7))
    report = services.copy_week(roster, target, by=boss)
    assert (report.copied, report.opened) == (0, 1)
    assert services.copy_week(roster, target, by=boss).skipped == 1


def test_another_organisations_roster_does_not_exist(cast, boss):
    make_roster(cast)
    with tenancy.organisation(OTHER):
        assert not Roster.objects.visible_to(cast.other_hr).exists()


def test_a_note_can_be_changed_on_the_shift_of_somebody_who_was_lent(cast, ace, boss):
    shift = make_shift(make_roster(cast), "9-17", by=cast.hr, person=cast.stranger)
    new = NewShift(shift.date, read_hours("9-17"), person=cast.stranger, note="Till 4")
    services.change_shift(shift, new, by=boss, version=1)
    assert Shift.objects.get().note == "Till 4"
    with pytest.raises(Invalid, match="among the people you plan for"):
        make_shift(make_roster(cast), "9-17", by=boss, person=cast.stranger, day=1)


def test_copying_lends_nobody_whom_the_planner_does_not_reach(cast, ace, boss):
    roster = make_roster(cast)
    make_shift(roster, "9-17", by=cast.hr, person=cast.stranger)
    make_shift(roster, "9-17", by=boss, person=cast.cashier)
    target = make_roster(cast, roster.week_start + timedelta(days=7))
    assert (services.copy_week(roster, target, by=boss).copied, Shift.objects.unfilled().count()) == (1, 1)
    after = make_roster(cast, target.week_start + timedelta(days=7))
    assert services.copy_week(roster, after, by=cast.hr).copied == 2


def test_a_night_that_the_clocks_skip_is_left_out_and_the_week_is_copied(cast, ace):
    cast.bodija.timezone = "Europe/London"
    cast.bodija.save()
    by = cast.branch_manager
    before = services.open_roster(cast.bodija, cast.supermarket, None, date(2027, 3, 15), by=by)
    for day in range(6):
        make_shift(before, "18-1:30", by=by, person=cast.cashier, day=day)
    target = services.open_roster(cast.bodija, cast.supermarket, None, date(2027, 3, 22), by=by)
    report = services.copy_week(before, target, by=by)
    assert (report.copied, report.opened, report.left_out) == (5, 0, 1)
    assert report.sentence == ("5 shifts copied as drafts, 1 left out because the clocks change in their hours.")


def test_a_closed_branch_opens_no_week(cast, boss):
    cast.bodija.is_active = False
    cast.bodija.save()
    with pytest.raises(Invalid, match="Bodija is closed"):
        make_roster(cast)
