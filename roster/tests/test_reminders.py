"""Half an hour before a promised shift its person is told, once, in the branch's own time."""

from datetime import UTC, datetime, timedelta

import pytest

from config import tenancy
from config.testing import ACE, OTHER
from notifications.delivery import deliver_waiting
from notifications.kinds import Kind
from notifications.models import OutboxMessage
from roster.models import Assignment, Roster, Shift
from roster.services.reminders import remind_of_shifts
from roster.tasks import remind_of_shifts as task
from staff.tests.make import make_branch, make_department, make_role

pytestmark = pytest.mark.django_db

THREE = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)  # 15:00 in Bodija, a Wednesday


def promise(person, starts_at=THREE, *, branch, department, hours=5, role="Cashier"):
    """A published assignment, written straight into the promise."""
    monday = (starts_at - timedelta(days=starts_at.weekday())).date()
    roster, _ = Roster.objects.get_or_create(branch=branch, department=department, week_start=monday)
    ends_at = starts_at + timedelta(hours=hours)
    shift = Shift.objects.create(
        roster=roster,
        branch=branch,
        department=department,
        role=make_role(role),
        date=starts_at.date(),
        starts_at=starts_at,
        ends_at=ends_at,
        changed_by=person,
    )
    return Assignment.objects.create(
        shift=shift,
        person=person,
        created_by=person,
        published_starts_at=starts_at,
        published_ends_at=ends_at,
        published_role=role,
        published_at=starts_at - timedelta(days=7),
    )


@pytest.fixture
def promised(cast):
    with tenancy.organisation(ACE):
        return promise(cast.cashier, branch=cast.bodija, department=cast.supermarket)


def told(organisation=ACE):
    with tenancy.organisation(organisation):
        return list(OutboxMessage.objects.order_by("id"))


def test_the_reminder_speaks_the_branchs_own_time(cast, promised):
    assert remind_of_shifts(ACE, THREE - timedelta(minutes=30)) == 1
    (message,) = told()
    assert message.kind == Kind.SHIFT_REMINDER
    assert message.person_id == cast.cashier.pk
    assert message.title == "Your shift starts at 15:00"
    assert message.body == "Bodija, SuperMarket, as Cashier, until 20:00"
    assert message.url == "/schedule/?week=2026-11-23"
    assert message.key == f"shift_reminder:{promised.pk}:2026-11-25T14:00:00+00:00"


def test_after_an_outage_nobody_is_reminded_of_a_shift_that_has_begun(promised, time_machine):
    time_machine.move_to(THREE - timedelta(minutes=30), tick=False)
    remind_of_shifts(ACE)
    assert told()[0].expires_at == THREE
    time_machine.move_to(THREE + timedelta(minutes=1), tick=False)
    assert deliver_waiting(ACE) == 0
    assert told()[0].last_error == "Not delivered: it was of use until 2026-11-25 14:00 UTC."


def test_another_branch_has_another_clock(cast):
    with tenancy.organisation(OTHER):
        promise(cast.other_cashier, branch=make_branch("Camden"), department=make_department("SuperMarket"))
    assert remind_of_shifts(OTHER, THREE - timedelta(minutes=30)) == 1
    assert told(OTHER)[0].title == "Your shift starts at 14:00"


@pytest.mark.parametrize(("minutes", "reminded"), [(36, 0), (35, 1), (30, 1), (25, 1), (24, 0), (0, 0), (-30, 0)])
def test_only_shifts_that_start_in_25_to_35_minutes(promised, minutes, reminded):
    assert remind_of_shifts(ACE, THREE - timedelta(minutes=minutes)) == reminded


def test_eleven_ticks_and_two_beats_tell_it_once(promised):
    for minutes in range(35, 24, -1):
        for _beat in range(2):
            remind_of_shifts(ACE, THREE - timedelta(minutes=minutes))
    assert len(told()) == 1


def test_a_shift_that_was_moved_is_told_again(promised):
    remind_of_shifts(ACE, THREE - timedelta(minutes=30))
    later = THREE + timedelta(hours=2)
    with tenancy.organisation(ACE):
        Assignment.objects.update(published_starts_at=later, published_ends_at=later + timedelta(hours=3))
    assert remind_of_shifts(ACE, later - timedelta(minutes=30)) == 1
    assert [message.title for message in told()] == ["Your shift starts at 15:00", "Your shift starts at 17:00"]


def test_a_plan_that_was_not_published_is_nobodys_business(promised):
    with tenancy.organisation(ACE):
        Assignment.objects.update(published_starts_at=None, published_ends_at=None)
    assert remind_of_shifts(ACE, THREE - timedelta(minutes=30)) == 0


def test_the_promise_counts_and_not_the_plan(promised):
    with tenancy.organisation(ACE):
        moved = THREE + timedelta(hours=4)
        Shift.objects.update(starts_at=moved, ends_at=moved + timedelta(hours=2))
    assert remind_of_shifts(ACE, THREE - timedelta(minutes=30)) == 1
    assert told()[0].title == "Your shift starts at 15:00"


def test_a_whole_store_is_told_in_as_few_queries_as_one_person(cast, promised, django_assert_max_num_queries):
    with tenancy.organisation(ACE):
        for person in (cast.teammate, cast.floor_manager, cast.branch_manager):
            promise(person, branch=cast.bodija, department=cast.supermarket)
    with django_assert_max_num_queries(6):
        assert remind_of_shifts(ACE, THREE - timedelta(minutes=30)) == 4


def test_the_job_reminds_in_every_organisation(cast, promised, time_machine):
    with tenancy.organisation(OTHER):
        promise(cast.other_cashier, branch=make_branch("Camden"), department=make_department("SuperMarket"))
    time_machine.move_to(THREE - timedelta(minutes=30), tick=False)
    assert task() == 2
