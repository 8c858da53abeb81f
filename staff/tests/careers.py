"""What tests of careers share: a change in a line, a career as it stands, and the amount that must stand nowhere."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.apps import apps

from staff.models import EmploymentEvent, Leaving, Person, State
from staff.selectors import career_of
from staff.services import ChangeDetails, LeavingDetails, change_career, terminate

CANARY = Decimal("734159.26")


def fresh(person: Person) -> Person:
    return Person.objects.with_places().get(pk=person.pk)


def make_change(person: Person, *, by: Person, on: date | None = None, reason: str = "", **changes: Any):
    """change_career in a line: what changes by name."""
    return change_career(person, ChangeDetails(changes, effective_on=on, reason=reason), by=by)


def make_leaving(person: Person, *, by: Person, on: date | None = None, **fields: Any) -> EmploymentEvent:
    details = {"leaving": Leaving.RESIGNED, "reason": "Moves to Accra", **fields}
    return terminate(person, LeavingDetails(last_working_day=on, **details), by=by)


def last_event(person: Person) -> EmploymentEvent:
    return EmploymentEvent.objects.filter(person=person).latest("pk")


def salary_of(person: Person) -> Decimal | None:
    return career_of(person).salary


def states(person: Person) -> list[State]:
    return list(EmploymentEvent.objects.filter(person=person).order_by("pk").values_list("state", flat=True))


def told(person: Person) -> list[tuple[str, str]]:
    """Kind and title of what the person was told. The outbox is above this app, so it is asked by its name."""
    messages = apps.get_model("notifications", "OutboxMessage").objects.filter(person=person).order_by("pk")
    return list(messages.values_list("kind", "title"))


def everything_told() -> str:
    return str(list(apps.get_model("notifications", "OutboxMessage").objects.values()))
