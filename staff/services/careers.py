"""Promotion, transfer and pay: changed by the top of the organisation or proposed by a Group Head, now or later."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import timezone

from config import tenancy
from config.errors import Conflict, Forbidden, Invalid, Refused
from staff.models import EmploymentEvent, Kind, Person, State
from staff.models.careers import LONGEST_REASON, STANDING, kind_of
from staff.roles import is_above, may, may_change_career
from staff.selectors import CareerNow, career_of
from staff.services.fitness import faults_of, fit_text, new_faults, refuse_faults, salary_faults
from staff.services.history import changed_in, drafted, keep, refuse_busy, standing_of, today_for
from staff.services.leaving import end_access
from staff.services.people import locked, save_changes
from staff.services.telling import tell_of_change, tell_of_decision, tell_of_proposal

log = logging.getLogger(__name__)

AHEAD = timedelta(days=366)
FURTHEST_CLOCK = timedelta(hours=14)  # no branch's day begins earlier than this before UTC's


class SomeChangesFailed(Exception):
    """Every other change that was due came about; the text names those that a fault stopped."""


@dataclass(frozen=True, slots=True)
class ChangeDetails:
    """What shall become of somebody: any of STANDING, from which day (None: today), and why.

    `seen` is the id of the last event that the user was looking at, 0 where there was none; None: they did not look.
    """

    changes: Mapping[str, Any] = field(repr=False)
    effective_on: date | None = None
    reason: str = ""
    seen: int | None = None


def change_career(person: Person, details: ChangeDetails, *, by: Person) -> EmploymentEvent:
    """Promote, transfer or pay somebody otherwise: applied at once, planned for a later day, or where `by` may only
    propose it, proposed.

    Raises Forbidden for oneself and above one's own category, Invalid for what does not fit together and for a
    level skipped without a reason, Conflict where somebody changed the career since `seen`, Refused where another
    change is still open.
    """
    with transaction.atomic():
        person = locked(person)
        event = drafted_change(person, details, by=by)
        _refuse_skipping(event)
        keep(event)
        if event.state == State.APPLIED:
            _take_effect(event, person)
        elif event.state == State.PROPOSED:
            tell_of_proposal(event)
            return event
        tell_of_change(event)
        return event


def drafted_change(person: Person, details: ChangeDetails, *, by: Person) -> EmploymentEvent:
    """The event that a change would be, without saving anything; all is checked but whether a reason is needed."""
    _refuse_wrong_hands(person, details.changes.get("role"), by=by)
    now = career_of(person)
    _refuse_moved_on(now, details.seen)
    refuse_busy(person, now)
    before = standing_of(person, now.salary)
    after = replace(before, **{name: value for name, value in details.changes.items() if name in STANDING})
    if after == before and not _is_guess(details, by=by):
        raise Invalid("Nothing would change.", code="unchanged")
    _refuse_misfit(person, after)
    today = today_for(person)
    day = _fit_day(details.effective_on, today, now)
    event = drafted(person, before, after, kind=kind_of(before, after), by=by, effective_on=day)
    event.reason = fit_text(details.reason, "reason", LONGEST_REASON)
    if not may(by, "change_careers"):
        event.state, event.applied_at = State.PROPOSED, None
    elif day > today:
        event.state, event.applied_at = State.PLANNED, None
    return event


def approve(event: EmploymentEvent, *, by: Person) -> EmploymentEvent:
    """Decide for a proposal: it is applied at once, or from its day on. Raises Refused if it was decided already."""
    with transaction.atomic():
        event, person = _held(event, by=by)
        _refuse_wrong_hands(person, event.role_after, by=by)
        if event.state != State.PROPOSED:
            raise Refused(_already(event))
        _decide(event, State.PLANNED, by=by)
        if event.effective_on <= today_for(person):
            _take_effect(event, person)
        _save_decision(event)
        tell_of_change(event)
        tell_of_decision(event)
    return event


def decline(event: EmploymentEvent, *, by: Person, reason: str = "") -> EmploymentEvent:
    """Decide against a proposal, and say why to who made it. Raises Refused if it was decided already."""
    with transaction.atomic():
        event, person = _held(event, by=by)
        _refuse_wrong_hands(person, None, by=by)
        if event.state != State.PROPOSED:
            raise Refused(_already(event))
        _decide(event, State.DECLINED, by=by)
        event.outcome = fit_text(reason, "reason", 200)
        _save_decision(event)
        tell_of_decision(event)
    return event


def withdraw(event: EmploymentEvent, *, by: Person) -> EmploymentEvent:
    """Take back what is not yet so: one's own proposal, or a planned change. A planned leaving is restored instead."""
    with transaction.atomic():
        event, person = _held(event, by=by, deciding=False)
        if event.by_id != by.pk and not may(by, "change_careers"):
            raise Forbidden()
        if person.pk == by.pk:
            raise Forbidden("Nobody changes their own career.")
        if not event.is_open or event.kind == Kind.TERMINATION:
            raise Refused(_already(event))
        if event.state == State.PLANNED and not may(by, "change_careers"):
            raise Forbidden("This was decided; only who decides may withdraw it.")
        _decide(event, State.WITHDRAWN, by=by)
        _save_decision(event)
        tell_of_decision(event)
    return event


def apply_due(organisation: int, now: datetime | None = None) -> int:
    """Let every planned event of one organisation come about whose day has begun where its person works.

    Returns how many. Each comes about once, however many ask at once; one that cannot is withdrawn, and says why.
    Raises SomeChangesFailed at the end, when all have had their turn and what could come about has been kept.
    """
    now, done, failed = now or timezone.now(), 0, []
    with tenancy.organisation(organisation):
        due = EmploymentEvent.objects.due((now + FURTHEST_CLOCK).date()).without_salaries()
        for event in due.order_by("effective_on", "pk"):
            try:
                done += _apply_if_due(event, now)
            except SoftTimeLimitExceeded:
                raise  # the job's own time is over; the next run goes on
            except Exception as error:
                log.exception("The planned change %s did not come about; the others go on.", event.pk)
                failed.append(f"{event.pk} ({type(error).__name__})")
    if failed:
        raise SomeChangesFailed(f"These planned changes did not come about: {', '.join(failed)}")
    return done


def _apply_if_due(event: EmploymentEvent, now: datetime) -> bool:
    with transaction.atomic():
        person = locked(event.person)
        event = _again(event)
        today = timezone.localdate(now, timezone=person.home_zone)
        # Whoever leaves may come in until their last working day is over.
        has_begun = event.effective_on < today if event.kind == Kind.TERMINATION else event.effective_on <= today
        if event.state != State.PLANNED or not has_begun:
            return False
        try:
            with transaction.atomic():
                _take_effect(event, person)
        except Refused as refused:
            event.state, event.applied_at = State.WITHDRAWN, None
            event.outcome = f"It could not come about: {refused.sentence}"[:200]
            tell_of_decision(event)
        _save_decision(event)
        if event.state == State.APPLIED and event.kind != Kind.TERMINATION:
            tell_of_change(event)
    return event.state == State.APPLIED


def _take_effect(event: EmploymentEvent, person: Person) -> None:
    """Make it so on the person's own row; the caller saves a moved event."""
    if event.kind == Kind.TERMINATION:
        end_access(person, event)
    else:
        changed = changed_in(event)
        save_changes(person, changed, ends_tokens="role" in changed)
    event.state, event.applied_at = State.APPLIED, timezone.now()


def _refuse_wrong_hands(person: Person, role: Any, *, by: Person) -> None:
    if person.pk == by.pk:
        raise Forbidden("Nobody promotes, moves or pays themselves.")
    if not may_change_career(by, person):
        raise Forbidden("This career is not for your role to change.")
    if role and is_above(role, by):
        raise Forbidden("Nobody grants a role above their own category.")


def _is_guess(details: ChangeDetails, *, by: Person) -> bool:
    """Whether an amount is named by somebody who may not see the present one: no answer tells whether it is that."""
    return "salary" in details.changes and not may(by, "see_salaries")


def _refuse_moved_on(now: CareerNow, seen: int | None) -> None:
    if seen is not None and now.last and now.last.pk != seen:
        who = now.last.by.full_name if now.last.by else "Somebody"
        raise Conflict(f"{who} changed this career after you opened it. Look at it and begin again.")


def _refuse_misfit(person: Person, after: Any) -> None:
    wanted = copy.copy(person)
    changed = {name for name in STANDING if name != "salary" and getattr(person, name) != getattr(after, name)}
    for name in changed:
        setattr(wanted, name, getattr(after, name))
    faults = new_faults(faults_of(person), faults_of(wanted), changed)
    refuse_faults({**faults, **salary_faults(after.salary)})


def _fit_day(day: date | None, today: date, now: CareerNow) -> date:
    """The day of a change: not before the last one took effect, and within a year."""
    first = now.last_day or today
    day = day or max(today, first)
    if not first <= day <= today + AHEAD:
        sentence = f"The day lies between {first:%-d %B %Y}, when the last change began, and a year from today."
        raise Invalid(sentence, fields={"effective_on": sentence})
    return day


def _refuse_skipping(event: EmploymentEvent) -> None:
    if event.skips_level and not event.reason:
        sentence = f"From {event.role_before} to {event.role_after} skips a level: say why."
        raise Invalid(sentence, fields={"reason": sentence})


def _held(event: EmploymentEvent, *, by: Person, deciding: bool = True) -> tuple[EmploymentEvent, Person]:
    """The event and its person, both held; the person first, as everywhere, so that nobody waits in a circle."""
    if deciding and not may(by, "change_careers"):
        raise Forbidden("Your role proposes changes; the Chief Officers and Human Resource decide.")
    person = locked(event.person)
    return _again(event), person


def _again(event: EmploymentEvent) -> EmploymentEvent:
    EmploymentEvent.objects.select_for_update().filter(pk=event.pk).values_list("pk").first()
    return EmploymentEvent.objects.with_places().select_related("person").get(pk=event.pk)


def _decide(event: EmploymentEvent, state: State, *, by: Person) -> None:
    event.state, event.decided_by, event.decided_at = state, by, timezone.now()


def _save_decision(event: EmploymentEvent) -> None:
    event.save(update_fields=["state", "applied_at", "decided_by", "decided_at", "outcome"])


def _already(event: EmploymentEvent) -> str:
    who = f" by {event.decided_by}" if event.decided_by else ""
    if event.kind == Kind.TERMINATION:
        return f"{event.person} leaves; restore them instead."
    return f"This is {State(event.state).label.lower()}{who} already."
