"""Leaving and coming back: access ends at once, future shifts become open, and nothing is deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from config.errors import Forbidden, Invalid, Refused
from staff.models import Clearance, EmploymentEvent, Kind, Leaving, Person, State
from staff.models.careers import LONGEST_REASON, PLACES
from staff.roles import is_above, may
from staff.selectors import career_of
from staff.services.fitness import fit_text, refuse_erased
from staff.services.history import drafted, keep, standing_of, today_for
from staff.services.people import locked
from staff.services.room import hold_room_for_people
from staff.services.telling import tell_of_leaving, tell_of_restoring

AHEAD = timedelta(days=366)
KEPT = ("employee_number", "first_name", "last_name", "email", "phone")


@dataclass(frozen=True, slots=True)
class LeavingDetails:
    """How somebody leaves: why in a word and in a sentence, and their last working day (None: today)."""

    leaving: Leaving
    reason: str
    last_working_day: date | None = None
    clearance: Clearance = Clearance.PENDING


def terminate(person: Person, details: LeavingDetails, *, by: Person) -> EmploymentEvent:
    """End somebody's employment. Up to today it ends their sessions and tokens at once and frees every shift that
    has not begun; for a later last working day it frees the shifts beyond it, and access ends with that day.

    Whatever change was still open is withdrawn. Raises Forbidden for oneself and for who may not, Invalid for a
    missing reason or an impossible day, Refused for somebody who has left.
    """
    with transaction.atomic():
        person = locked(person)
        event = drafted_leaving(person, details, by=by)
        _require_reason(event)
        _withdraw_open(person, by=by)
        keep(event)
        person.left_on = event.effective_on
        person.save(update_fields=["left_on"])
        if event.state == State.APPLIED:
            end_access(person, event)
        else:
            _free_shifts(person, event.effective_on + timedelta(days=1), by=by)
            tell_of_leaving(event)
    return event


def drafted_leaving(person: Person, details: LeavingDetails, *, by: Person) -> EmploymentEvent:
    """The event that somebody's leaving would be, without saving anything."""
    _refuse_wrong_hands(person, by=by)
    now = career_of(person)
    if person.left_on and now.has_left:
        raise Refused(f"{person} has left on {person.left_on:%-d %B %Y} already.")
    today = today_for(person)
    day = details.last_working_day or today
    if not person.hired_on <= day <= today + AHEAD:
        sentence = "The last working day lies between the day of hiring and a year from today."
        raise Invalid(sentence, fields={"last_working_day": sentence})
    standing = standing_of(person, now.salary)
    event = drafted(person, standing, standing, kind=Kind.TERMINATION, by=by, effective_on=day)
    event.reason = fit_text(details.reason, "reason", LONGEST_REASON)
    event.leaving, event.clearance = details.leaving, details.clearance
    event.snapshot = _snapshot(person)
    if day > today:
        event.state, event.applied_at = State.PLANNED, None
    return event


def end_access(person: Person, event: EmploymentEvent) -> None:
    """Nothing that was signed in is good any more, and nobody waits for them on a shift that has not begun."""
    person.is_active = False
    person.token_version += 1
    person.save(update_fields=["is_active", "token_version"])
    _free_shifts(person, None, by=event.by or person)


def restore(person: Person, *, by: Person, reason: str = "") -> EmploymentEvent:
    """Undo somebody's leaving: they have their access again, and sign in anew. Of one whose day has not come access is
    left as it is: what Human Resource took away for another reason does not come back with it.

    Shifts that became open stay open: others may have them by now. Raises Refused for somebody who has not left,
    PlanFull beyond the plan's room.
    """
    _refuse_wrong_hands(person, by=by)
    with transaction.atomic():
        person = locked(person)
        refuse_erased(person)
        if person.left_on is None:
            raise Refused(f"{person} has not left.")
        career = career_of(person)
        _undo_leavings(person, by=by)
        standing = standing_of(person, career.salary)
        event = drafted(person, standing, standing, kind=Kind.RESTORE, by=by, effective_on=today_for(person))
        event.reason = fit_text(reason, "reason", LONGEST_REASON)
        keep(event)
        person.left_on = None
        if career.has_left:
            if not person.is_active:
                hold_room_for_people()
            person.is_active = True
            person.token_version += 1
        person.save(update_fields=["left_on", "is_active", "token_version"])
        if person.is_active:
            tell_of_restoring(event, had_left=career.has_left)
    return event


def set_clearance(event: EmploymentEvent, clearance: Clearance, *, by: Person, note: str = "") -> EmploymentEvent:
    """Say whether somebody who leaves has given back what is the organisation's, and what is missing."""
    _refuse_wrong_hands(event.person, by=by)
    if event.kind != Kind.TERMINATION or event.undone_at:
        raise Refused("Only of somebody who leaves it is said what they have given back.")
    event.clearance, event.clearance_note = clearance, fit_text(note, "note", 300)
    event.save(update_fields=["clearance", "clearance_note"])
    return event


def _refuse_wrong_hands(person: Person, *, by: Person) -> None:
    if person.pk == by.pk:
        raise Forbidden("Nobody ends or restores their own employment here.")
    if not may(by, "end_employment") or is_above(person.role, by):
        raise Forbidden("Only the Chief Officers and Human Resource end and restore employment.")


def _require_reason(event: EmploymentEvent) -> None:
    if not event.reason:
        sentence = "Say why: whoever reads the history later was not there."
        raise Invalid(sentence, fields={"reason": sentence})


def _withdraw_open(person: Person, *, by: Person) -> None:
    """What was still to come is not to come any more, an earlier planned leaving included."""
    now = timezone.now()
    planned = EmploymentEvent.objects.open().filter(person=person)
    planned.filter(kind=Kind.TERMINATION).update(undone_at=now)
    planned.update(state=State.WITHDRAWN, decided_by=by, decided_at=now, outcome="Their employment ends.")


def _undo_leavings(person: Person, *, by: Person) -> None:
    """None counts any more; one that had not come about is withdrawn as well."""
    now, leavings = timezone.now(), EmploymentEvent.objects.leavings().filter(person=person)
    leavings.filter(state=State.PLANNED).update(state=State.WITHDRAWN, decided_by=by, decided_at=now, undone_at=now)
    leavings.update(undone_at=now)


def _free_shifts(person: Person, since: date | None, *, by: Person) -> None:
    for name in settings.WHEN_SOMEBODY_LEAVES:
        free: Callable[..., Any] = import_string(name)
        free(person, since=since, by=by)


def _snapshot(person: Person) -> dict[str, str]:
    places = {name: str(getattr(person, name) or "") for name in ("role", *PLACES)}
    kept = {name: getattr(person, name) for name in KEPT}
    return {**kept, **places, "hired_on": person.hired_on.isoformat(), "contract_hours": str(person.contract_hours)}
