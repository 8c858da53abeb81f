"""Somebody leaves: their shifts to come become open, drafts and published ones, and those concerned are told."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from notifications.models import OutboxMessage
from roster import services
from roster.models import Assignment, Shift
from roster.selectors.changes import unpublished
from roster.selectors.leaving import shifts_that_open
from roster.services.leaving import free_shifts_of
from roster.tests.make import make_roster, make_shift, next_monday
from staff.services import restore
from staff.tests.careers import make_leaving
from staff.tests.make import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ace")]


@pytest.fixture
def week(cast):
    """A roster of which the cashier has two published shifts and a draft, and the teammate one published."""
    roster = make_roster(cast)
    for day in (0, 2):
        make_shift(roster, by=cast.floor_manager, person=cast.cashier, day=day)
    make_shift(roster, by=cast.floor_manager, person=cast.teammate, day=1)
    services.publish([roster], by=cast.floor_manager)
    make_shift(roster, by=cast.floor_manager, person=cast.cashier, day=4)
    OutboxMessage.objects.all().delete()
    return roster


def told(person):
    return list(OutboxMessage.objects.filter(person=person).values_list("kind", "title", flat=False))


def test_future_shifts_become_open_the_published_ones_too(cast, week):
    make_leaving(cast.cashier, by=cast.hr)
    assert Shift.objects.unfilled().count() == 3
    assert not Assignment.objects.promised().of(cast.cashier).exists()
    assert not Assignment.objects.active().of(cast.cashier).exists()
    assert Assignment.objects.promised().of(cast.teammate).count() == 1
    # The history of what was promised stays, the mere draft leaves no trace.
    assert Assignment.objects.of(cast.cashier).count() == 2


def test_publishing_afterwards_has_nothing_to_tell_of_it(cast, week):
    make_leaving(cast.cashier, by=cast.hr)
    assert unpublished([week]) == []


def test_what_changed_while_one_waited_for_the_shifts_is_seen(cast, week):
    draft = Assignment.objects.of(cast.cashier).get(published_at=None)

    def planner_was_quicker(execute, sql, *rest):
        if "FOR UPDATE" in sql and 'FROM "roster_shift"' in sql:
            Assignment.objects.filter(pk=draft.pk).delete()
        return execute(sql, *rest)

    with connection.execute_wrapper(planner_was_quicker):
        assert free_shifts_of(cast.cashier, since=None, by=cast.hr) == 2
    assert Shift.objects.get(pk=draft.shift_id).version == draft.shift.version  # nobody took anything from it here


def test_the_planners_of_the_team_are_told_once_and_nobody_else(cast, week):
    make_leaving(cast.cashier, by=cast.hr)
    for planner in (cast.floor_manager, cast.branch_manager):
        assert told(planner) == [("schedule_change", "Adaeze Nwosu leaves: 3 shifts became open")]
    for person in (cast.cashier, cast.teammate, cast.stranger_manager, cast.hr):
        assert told(person) == []


def test_a_later_last_working_day_frees_what_lies_beyond_it_and_tells_the_person(cast, week):
    make_leaving(cast.cashier, by=cast.hr, on=next_monday() + timedelta(days=1))
    assert Assignment.objects.promised().of(cast.cashier).count() == 1
    assert Shift.objects.unfilled().count() == 2
    assert ("schedule_change", "1 shift after your last working day: cancelled") in told(cast.cashier)


def test_a_shift_that_has_begun_is_finished(cast, week):
    shift = Shift.objects.filter(assignments__person=cast.cashier).first()
    now = timezone.now()
    Shift.objects.filter(pk=shift.pk).update(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=7))
    make_leaving(cast.cashier, by=cast.hr)
    assert Assignment.objects.active().of(cast.cashier).get().shift == shift


def test_a_planner_who_looked_before_is_told_that_the_shift_has_changed(cast, week):
    shift = Shift.objects.filter(assignments__person=cast.cashier).first()
    make_leaving(cast.cashier, by=cast.hr)
    assert Shift.objects.get(pk=shift.pk).version == shift.version + 1


def test_a_shift_already_given_to_somebody_else_stays_theirs(cast, week):
    shift = Shift.objects.select_related("roster__branch", "branch", "role").filter(assignments__person=cast.cashier)[0]
    ife = make_person("Ife", "Ade", cast.cashier.role, branch=cast.bodija, department=cast.supermarket)
    services.assign(shift, ife, by=cast.floor_manager, version=shift.version)
    make_leaving(cast.cashier, by=cast.hr)
    assert not Assignment.objects.promised().of(cast.cashier).exists()
    assert Assignment.objects.active().get(shift=shift).person == ife


def test_restored_people_get_no_shift_back(cast, week):
    make_leaving(cast.cashier, by=cast.hr)
    restore(cast.cashier, by=cast.hr)
    assert Shift.objects.unfilled().count() == 3


def test_the_sentence_before_it_says_how_many(cast, week):
    assert shifts_that_open(cast.cashier, since=None).startswith("Their 3 future shifts become open")
    assert shifts_that_open(cast.teammate, since=None).startswith("Their 1 future shift becomes open")
    assert shifts_that_open(cast.stranger, since=None) == "No shift of theirs has to be filled again."
