"""Writing careers down: what stood before and after, for every door that changes somebody's role, place or pay."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from config import tenancy
from config.errors import Refused, refusing
from staff.models import EmploymentEvent, Kind, Person, Standing, State
from staff.models.careers import STANDING
from staff.selectors import CareerNow

BATCH = 1000
ONE_OPEN = {"event_one_open_a_person": "Another change of this person is still open: decide or withdraw it first."}


def today_for(person: Person) -> date:
    """Today where the person works, else where the organisation is at home."""
    return timezone.localdate(timezone=person.home_zone)


def standing_of(person: Person, salary: Decimal | None) -> Standing:
    """Somebody's role, place and pay as they are now."""
    return Standing(person.role, person.branch, person.department, person.sub_department, person.contract_hours, salary)


def changed_in(event: EmploymentEvent) -> dict[str, Any]:
    """What an event makes new on the person's own row; the salary stands in the history alone."""
    pairs = {name: (getattr(event, f"{name}_before"), getattr(event, f"{name}_after")) for name in STANDING}
    return {name: after for name, (before, after) in pairs.items() if before != after and name != "salary"}


def drafted(
    person: Person, before: Standing, after: Standing, *, kind: Kind, by: Person | None, effective_on: date
) -> EmploymentEvent:
    """An event that is not saved yet, and applied as far as it is concerned."""
    now = timezone.now()
    event = EmploymentEvent(
        person=person, kind=kind, state=State.APPLIED, effective_on=effective_on, at=now, applied_at=now, by=by
    )
    event.set_standing("before", before)
    event.set_standing("after", after)
    return event


def keep(event: EmploymentEvent) -> EmploymentEvent:
    """Save a new event. Raises Refused where another manager's change of the same person has come first."""
    with refusing(ONE_OPEN):
        event.save(force_insert=True)
    return event


def record_hires(people: Sequence[Person], salaries: Mapping[int, Decimal], *, by: Person | None) -> None:
    """Begin the history of people who have just been saved; salaries by their place in the list."""
    now = timezone.now()
    events = []
    for place, person in enumerate(people):
        event = EmploymentEvent(
            person=person,
            kind=Kind.HIRE,
            state=State.APPLIED,
            effective_on=person.hired_on,
            at=now,
            applied_at=now,
            by=by,
        )
        event.set_standing("after", standing_of(person, salaries.get(place)))
        events.append(event)
    EmploymentEvent.objects.bulk_create(tenancy.owned_in_bulk(events), batch_size=BATCH)


def keep_many(events: Sequence[EmploymentEvent]) -> None:
    """Save new events of many people; all of them have come about, so none of them is a second open one."""
    if events:
        EmploymentEvent.objects.bulk_create(tenancy.owned_in_bulk(events), batch_size=BATCH)


def correct_hiring(person: Person) -> None:
    """Move the hiring in the history to where the person's own row, as saved, now says it was."""
    correct_hirings([person])


def correct_hirings(people: Collection[Person]) -> None:
    """The same for many people."""
    if people:
        hired = Person.objects.filter(pk=OuterRef("person_id")).values("hired_on")
        EmploymentEvent.objects.filter(person__in=people, kind=Kind.HIRE).update(effective_on=Subquery(hired))


def refuse_busy(person: Person, now: CareerNow) -> None:
    """Refuse a change of somebody who leaves or has left, or whose last change is still open."""
    if person.left_on:
        left = "has left" if now.has_left else f"leaves on {person.left_on:%-d %B %Y}"
        raise Refused(f"{person} {left}; restore them before anything else changes.", code="left")
    if now.open:
        state = State(now.open.state).label.lower()
        raise Refused(f"{now.open.label} of {person} is {state} already: decide or withdraw it first.", code="open")
