"""Planned events come about on their day, by the clock of the branch, once, however many ask; two managers at once."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from config import tenancy
from config.celery import SCHEDULE
from config.errors import Refused
from config.testing import ACE
from staff import services, tasks
from staff.models import EmploymentEvent, State
from staff.tests.careers import fresh, last_event, make_change, make_leaving, states, told


def soon(days=30):
    return timezone.now().date() + timedelta(days=days)


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def apply_on(day):
    return services.apply_due(ACE, noon(day))


@pytest.mark.django_db
def test_a_planned_change_comes_about_on_its_day_and_once(cast):
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.hr, role=cast.floor_manager.role, on=soon())
    assert apply_on(soon(29)) == 0
    assert apply_on(soon(30)) == 1
    assert apply_on(soon(30)) == 0
    with tenancy.organisation(ACE):
        person = fresh(cast.cashier)
        assert (person.role, person.token_version) == (cast.floor_manager.role, 2)
        assert last_event(person).state == State.APPLIED
        assert [title for _, title in told(person)] == [
            f"Your role is Floor Manager at Bodija from {soon():%-d %B %Y}", "Your role is Floor Manager at Bodija",
        ]  # fmt: skip


@pytest.mark.django_db
def test_a_day_begins_by_the_branchs_clock(cast):
    with tenancy.organisation(ACE):
        cast.akobo.timezone = "Pacific/Auckland"
        cast.akobo.save()
        make_change(cast.cashier, by=cast.hr, contract_hours=20, on=soon())
        make_change(cast.stranger, by=cast.hr, contract_hours=20, on=soon())
    evening = noon(soon(29)) + timedelta(hours=2)  # already tomorrow in Auckland, not yet in Lagos
    assert services.apply_due(ACE, evening) == 1
    with tenancy.organisation(ACE):
        assert (fresh(cast.stranger).contract_hours, fresh(cast.cashier).contract_hours) == (20, 40)


@pytest.mark.django_db
def test_access_ends_when_the_last_working_day_is_over(cast):
    with tenancy.organisation(ACE):
        make_leaving(cast.cashier, by=cast.hr, on=soon())
    assert apply_on(soon(30)) == 0
    assert apply_on(soon(31)) == 1
    with tenancy.organisation(ACE):
        person = fresh(cast.cashier)
        assert (person.is_active, person.token_version, person.left_on) == (False, 2, soon())


@pytest.mark.django_db
def test_what_cannot_come_about_is_withdrawn_says_why_and_stops_no_other(cast):
    with tenancy.organisation(ACE):
        event = make_change(cast.cashier, by=cast.group_head, branch=cast.akobo, on=soon())
        services.approve(event, by=cast.hr)
        make_change(cast.teammate, by=cast.hr, contract_hours=20, on=soon())
        cast.akobo.is_active = False
        cast.akobo.save()
    assert apply_on(soon()) == 1
    with tenancy.organisation(ACE):
        event = last_event(cast.cashier)
        assert (event.state, event.outcome) == (State.WITHDRAWN, "It could not come about: Akobo is closed.")
        assert fresh(cast.cashier).branch == cast.bodija
        assert ("general", "Transfer of Adaeze Nwosu: withdrawn") in told(cast.group_head)
        assert fresh(cast.teammate).contract_hours == 20


@pytest.mark.django_db
def test_a_fault_of_one_change_stops_no_other_and_the_run_fails(cast, monkeypatch):
    with tenancy.organisation(ACE):
        broken = make_change(cast.cashier, by=cast.hr, contract_hours=20, on=soon(29))
        make_change(cast.teammate, by=cast.hr, contract_hours=20, on=soon())

    def tell(event):
        if event.pk == broken.pk:
            raise RuntimeError("as it happens")

    monkeypatch.setattr(services.careers, "tell_of_change", tell)
    with pytest.raises(services.careers.SomeChangesFailed, match=f"{broken.pk} \\(RuntimeError\\)"):
        apply_on(soon())
    with tenancy.organisation(ACE):
        assert (last_event(cast.cashier).state, fresh(cast.cashier).contract_hours) == (State.PLANNED, 40)
        assert fresh(cast.teammate).contract_hours == 20


@pytest.mark.django_db
def test_the_job_stands_in_the_timetable_and_reaches_every_organisation(cast):
    assert SCHEDULE["career_changes"].task == tasks.apply_career_changes.name
    with tenancy.organisation(ACE):
        event = make_change(cast.cashier, by=cast.hr, contract_hours=20, on=soon())
        EmploymentEvent.objects.filter(pk=event.pk).update(effective_on=soon(0))
    assert tasks.apply_career_changes() == 1


def at_once(*works):
    """Run these at the same time, each on a connection of its own; the answers, or what was raised."""
    barrier, answers = Barrier(len(works)), {}

    def run(number, work):
        try:
            barrier.wait()
            answers[number] = work()
        except Exception as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(works))]


@pytest.mark.django_db(transaction=True)
def test_two_beats_apply_an_event_once(cast):
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.hr, role=cast.floor_manager.role, on=soon())
    done = at_once(*[lambda: services.apply_due(ACE, noon(soon()))] * 2)
    assert sorted(done) == [0, 1]
    with tenancy.organisation(ACE):
        assert fresh(cast.cashier).token_version == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_at_once_one_is_told_that_the_other_was_quicker(cast):
    def change(by, branch):
        with tenancy.organisation(ACE):
            return make_change(cast.cashier, by=by, branch=branch, on=soon())

    found = at_once(lambda: change(cast.hr, cast.akobo), lambda: change(cast.ceo, cast.akobo))
    refused = [each for each in found if isinstance(each, Refused)]
    assert len(refused) == 1
    assert "planned already" in refused[0].sentence
    with tenancy.organisation(ACE):
        assert states(cast.cashier) == [State.PLANNED]


@pytest.mark.django_db(transaction=True)
def test_a_proposal_is_decided_once(cast):
    with tenancy.organisation(ACE):
        event = make_change(cast.cashier, by=cast.group_head, role=cast.floor_manager.role)

    def decide(verb, by):
        with tenancy.organisation(ACE):
            return verb(event, by=by)

    found = at_once(lambda: decide(services.approve, cast.hr), lambda: decide(services.decline, cast.ceo))
    assert sum(isinstance(each, Refused) for each in found) == 1
    with tenancy.organisation(ACE):
        promoted = fresh(cast.cashier).role == cast.floor_manager.role
        assert promoted == (last_event(cast.cashier).state == State.APPLIED)
