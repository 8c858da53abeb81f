"""Leaving and coming back: who may, what ends at once, what is kept, and that a token is dead with the next request."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config import tenancy
from config.errors import Forbidden, Invalid, Refused
from config.testing import ACE, bearer
from staff import services
from staff.models import Clearance, EmploymentEvent, Kind, Leaving, Person, State
from staff.services.history import today_for
from staff.tests.careers import fresh, last_event, make_change, make_leaving, states, told

pytestmark = pytest.mark.django_db


def soon(days=30):
    return timezone.now().date() + timedelta(days=days)


@pytest.mark.parametrize("who", ["coo", "ceo", "hr"])
def test_the_top_of_the_organisation_terminates_and_restores(cast, ace, who):
    by = getattr(cast, who)
    assert make_leaving(cast.cashier, by=by).state == State.APPLIED
    assert services.restore(cast.cashier, by=by).kind == Kind.RESTORE


@pytest.mark.parametrize("who", ["teammate", "floor_manager", "branch_manager", "group_head", "auditor"])
def test_nobody_else_does(cast, ace, who):
    by = getattr(cast, who)
    with pytest.raises(Forbidden):
        make_leaving(cast.cashier, by=by)
    make_leaving(cast.cashier, by=cast.hr)
    with pytest.raises(Forbidden):
        services.restore(cast.cashier, by=by)


def test_nobody_terminates_themselves(cast, ace):
    with pytest.raises(Forbidden, match="own employment"):
        make_leaving(cast.hr, by=cast.hr)


@pytest.mark.parametrize("leaving", Leaving.values)
def test_a_termination_has_a_kind_a_reason_a_last_day_clearance_and_a_snapshot(cast, ace, leaving):
    event = make_leaving(cast.cashier, by=cast.hr, leaving=leaving, reason="It was time", on=soon(-3))
    event = EmploymentEvent.objects.get(pk=event.pk)
    assert (event.leaving, event.reason, event.effective_on, event.clearance) == (
        leaving, "It was time", soon(-3), Clearance.PENDING,
    )  # fmt: skip
    assert event.snapshot["role"] == "Cashier"
    assert event.snapshot["branch"] == "Bodija"
    assert event.snapshot["employee_number"] == cast.cashier.employee_number
    assert "salary" not in event.snapshot


def test_a_termination_needs_a_reason(cast, ace):
    with pytest.raises(Invalid, match="Say why"):
        make_leaving(cast.cashier, by=cast.hr, reason="  ")
    assert fresh(cast.cashier).left_on is None


def test_the_last_working_day_lies_between_hiring_and_a_year_ahead(cast, ace):
    for day in (cast.cashier.hired_on - timedelta(days=1), soon(400)):
        with pytest.raises(Invalid, match="last working day"):
            make_leaving(cast.cashier, by=cast.hr, on=day)


def test_access_ends_at_once_and_history_stays(cast, ace):
    make_change(cast.cashier, by=cast.hr, contract_hours=20)
    make_leaving(cast.cashier, by=cast.hr)
    person = fresh(cast.cashier)
    assert (person.is_active, person.token_version, person.left_on) == (False, 2, today_for(person))
    assert states(person) == [State.APPLIED, State.APPLIED]
    with pytest.raises(Refused, match="has left on"):
        make_leaving(cast.cashier, by=cast.hr)


def test_pages_and_tokens_are_closed_with_the_next_request(cast, client, signed_in):
    headers = bearer(cast.cashier)
    signed_in(cast.cashier)
    assert client.get("/api/v1/profile", headers=headers).status_code == 200
    assert client.get("/account/").status_code == 200
    with tenancy.organisation(ACE):
        make_leaving(cast.cashier, by=cast.hr)
    assert client.get("/api/v1/profile", headers=headers).status_code == 401
    assert client.get("/account/")["Location"].startswith("/login")
    with tenancy.organisation(ACE):
        services.restore(cast.cashier, by=cast.hr)
    # What was signed in before stays ended; whoever is back signs in anew.
    assert client.get("/api/v1/profile", headers=headers).status_code == 401
    with tenancy.organisation(ACE):
        assert client.get("/api/v1/profile", headers=bearer(fresh(cast.cashier))).status_code == 200


def test_whoever_leaves_later_keeps_access_until_then_and_is_told(cast, ace):
    event = make_leaving(cast.cashier, by=cast.hr, on=soon())
    person = fresh(cast.cashier)
    assert (event.state, person.is_active, person.left_on, person.token_version) == (State.PLANNED, True, soon(), 1)
    [(_, title)] = told(person)
    assert title == f"Your last working day is {soon():%-d %B %Y}"


def test_leaving_withdraws_whatever_was_still_open(cast, ace):
    make_change(cast.cashier, by=cast.hr, branch=cast.akobo, on=soon())
    make_leaving(cast.cashier, by=cast.hr, on=soon())
    make_leaving(cast.cashier, by=cast.ceo, leaving=Leaving.TERMINATED)
    assert states(cast.cashier) == [State.WITHDRAWN, State.WITHDRAWN, State.APPLIED]
    assert EmploymentEvent.objects.leavings().count() == 1


def test_restore_undoes_it_and_tells_them(cast, ace):
    make_leaving(cast.cashier, by=cast.hr)
    services.restore(cast.cashier, by=cast.ceo, reason="Came back")
    person = fresh(cast.cashier)
    assert (person.is_active, person.left_on, person.token_version) == (True, None, 3)
    assert told(person) == [("general", "You have your access again")]
    assert [event.kind for event in EmploymentEvent.objects.filter(person=person).order_by("pk")] == [
        Kind.TERMINATION, Kind.RESTORE,
    ]  # fmt: skip
    assert not EmploymentEvent.objects.leavings().exists()
    with pytest.raises(Refused, match="has not left"):
        services.restore(cast.cashier, by=cast.hr)


def test_a_planned_leaving_is_undone_before_its_day(cast, ace):
    make_leaving(cast.cashier, by=cast.hr, on=soon())
    services.restore(cast.cashier, by=cast.hr)
    assert states(cast.cashier) == [State.WITHDRAWN, State.APPLIED]
    person = fresh(cast.cashier)
    assert (person.left_on, person.is_active, person.token_version) == (None, True, 1)
    leaving = EmploymentEvent.objects.get(person=person, kind=Kind.TERMINATION)
    assert (leaving.decided_by, leaving.undone_at is not None) == (cast.hr, True)
    assert told(person)[-1] == ("general", "You stay: your leaving is undone")


@pytest.fixture
def suspended(cast, ace):
    """Somebody whose access was taken away, and whose last working day lies ahead."""
    make_leaving(cast.cashier, by=cast.hr, on=soon())
    return services.deactivate(cast.cashier, by=cast.hr)


def test_who_is_suspended_before_their_last_day_has_not_left_and_may_be_terminated(cast, suspended):
    with pytest.raises(Refused, match=r"leaves on .*; restore them"):
        make_change(suspended, by=cast.hr, contract_hours=20)
    make_leaving(suspended, by=cast.hr, leaving=Leaving.TERMINATED)
    assert states(suspended) == [State.WITHDRAWN, State.APPLIED]
    with pytest.raises(Refused, match="has left on"):
        make_leaving(suspended, by=cast.hr)


def test_who_is_suspended_before_their_last_day_is_given_access_back_until_then(cast, suspended):
    person = services.reactivate(suspended, by=cast.hr)
    assert (person.is_active, person.left_on) == (True, soon())


def test_restoring_does_not_give_back_what_was_taken_away_for_another_reason(cast, suspended):
    before = told(suspended)
    services.restore(suspended, by=cast.ceo)
    person = fresh(suspended)
    assert (person.is_active, person.left_on, person.token_version) == (False, None, suspended.token_version)
    assert told(person) == before
    assert services.reactivate(person, by=cast.hr).is_active


def test_giving_access_back_to_who_left_points_to_restoring(cast, ace):
    make_leaving(cast.cashier, by=cast.hr)
    with pytest.raises(Refused, match="restore them instead"):
        services.reactivate(cast.cashier, by=cast.hr)


def test_clearance_goes_from_pending_to_issues_to_cleared(cast, ace):
    event = make_leaving(cast.cashier, by=cast.hr)
    services.set_clearance(event, Clearance.ISSUES, by=cast.coo, note="The till key")
    assert (last_event(cast.cashier).clearance, last_event(cast.cashier).clearance_note) == ("issues", "The till key")
    services.set_clearance(event, Clearance.CLEARED, by=cast.hr)
    assert last_event(cast.cashier).clearance == Clearance.CLEARED
    with pytest.raises(Forbidden):
        services.set_clearance(event, Clearance.CLEARED, by=cast.branch_manager)
    other = make_change(cast.teammate, by=cast.hr, contract_hours=20)
    with pytest.raises(Refused):
        services.set_clearance(other, Clearance.CLEARED, by=cast.hr)


def test_nothing_about_who_left_is_deleted(cast, ace):
    make_leaving(cast.cashier, by=cast.hr)
    assert Person.objects.filter(pk=cast.cashier.pk, email=cast.cashier.email).exists()
