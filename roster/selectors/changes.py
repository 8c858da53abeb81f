"""The difference between the plan and what people were told: what publishing would do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.db.models import F, Q

from roster.models import Assignment, Roster
from roster.times import span_label


class ChangeKind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Change:
    """One assignment whose plan differs from the promise. `before` and `after` are local: "Wed 25 09:00–17:00"."""

    kind: ChangeKind
    assignment_id: int
    shift_id: int
    version: int
    person_id: int
    person: str
    roster_id: int
    date: date
    hours: Decimal
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """What the person concerned reads."""
        if self.kind is ChangeKind.ADDED:
            return f"New: {self.after}"
        if self.kind is ChangeKind.CANCELLED:
            return f"Cancelled: {self.before}"
        return f"Changed: {self.before} is now {self.after}" if self.before != self.after else f"Changed: {self.after}"


def unpublished(rosters: Sequence[Roster]) -> list[Change]:
    """What publishing these rosters would tell people, by person and day. One query."""
    found = (
        Assignment.objects.filter(shift__roster__in=[roster.pk for roster in rosters])
        .filter(untold())
        .select_related("shift__branch", "shift__role", "person")
        .order_by("person_id", "shift__starts_at", "pk")
    )
    return [_change(assignment) for assignment in found]


def untold() -> Q:
    """The assignments whose plan and promise differ."""
    return _new() | _different() | _taken_back()


def _new() -> Q:
    return Q(removed_at=None, published_starts_at=None)


def _taken_back() -> Q:
    return Q(removed_at__isnull=False, published_starts_at__isnull=False)


def _different() -> Q:
    same = Q(
        published_starts_at=F("shift__starts_at"),
        published_ends_at=F("shift__ends_at"),
        published_break_minutes=F("shift__break_minutes"),
        published_note=F("shift__note"),
    ) & (Q(published_role=F("shift__role__name")) | Q(published_role="", shift__role=None))
    return Q(removed_at=None, published_starts_at__isnull=False) & ~same


def _change(assignment: Assignment) -> Change:
    shift, told = assignment.shift, assignment.is_promised
    standing = ChangeKind.CHANGED if told else ChangeKind.ADDED
    return Change(
        kind=ChangeKind.CANCELLED if assignment.removed_at else standing,
        assignment_id=assignment.pk,
        shift_id=shift.pk,
        version=shift.version,
        person_id=assignment.person_id,
        person=assignment.person.full_name,
        roster_id=shift.roster_id,
        date=shift.date,
        hours=Decimal(0) if assignment.removed_at else shift.hours,
        before=_told(assignment) if told else "",
        after="" if assignment.removed_at else _label(shift.starts_at, shift.ends_at, assignment),
    )


def _told(assignment: Assignment) -> str:
    starts_at, ends_at = assignment.published_starts_at, assignment.published_ends_at
    assert starts_at is not None  # noqa: S101  # a check constraint: both or neither
    assert ends_at is not None  # noqa: S101
    return _label(starts_at, ends_at, assignment)


def _label(starts_at: datetime, ends_at: datetime, assignment: Assignment) -> str:
    zone = assignment.shift.branch.zone
    return f"{starts_at.astimezone(zone):%a %-d %b} {span_label(starts_at, ends_at, zone)}"


def fingerprint(changes: Iterable[Change]) -> str:
    """A short name of exactly these changes, so that publishing can tell whether the plan moved meanwhile."""
    text = "|".join(f"{change.kind}:{change.assignment_id}:{change.version}" for change in changes)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
