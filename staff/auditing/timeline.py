"""The audit log as it is asked for: whose, by whom, of which kind, on which days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from staff.models import AuditEntry, Person
from staff.models.audit import AuditEntryQuerySet

NEWEST_FIRST = ("-at", "-id")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for; None and "" ask for nothing. `first` and `last` are days by the reader's clock."""

    actor: int | None = None
    person: int | None = None
    kind: str = ""
    first: date | None = None
    last: date | None = None


def timeline(reader: Person, asked: Asked) -> AuditEntryQuerySet:
    """The entries that match all that is asked for, newest first; none for who may not read the log."""
    entries = AuditEntry.objects.visible_to(reader).order_by(*NEWEST_FIRST)
    conditions = {"actor_id": asked.actor, "person_id": asked.person, "kind": asked.kind or None}
    entries = entries.filter(**{name: value for name, value in conditions.items() if value is not None})
    return entries.on_days(asked.first, asked.last, reader.home_zone)
