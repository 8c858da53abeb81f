"""What one person was promised, as rows that do not depend on the hour at which they are read. Never the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from config.caching import cached
from roster.models import LONGEST_SHIFT, Assignment
from staff.models import Person


@dataclass(frozen=True, slots=True)
class Promise:
    """A shift as its person was told of it. Instants are UTC; `id` is the assignment's, `zone` the branch's.

    `previous` is the label that the person was told before the last change.
    """

    id: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    break_minutes: int
    role: str
    place: str
    note: str
    with_names: tuple[str, ...]
    previous: str
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Promises:
    """All that was promised from some instant on: what is `near` and the one `following` it in full, of what comes
    `later` only when it ends."""

    near: tuple[Promise, ...]
    following: tuple[Promise, ...]
    later: tuple[datetime, ...]


@cached("schedule")
def promises_between(person: Person, *, first: datetime, last: datetime) -> tuple[Promise, ...]:
    """What the person was promised that starts in the half-open span, by start. Two queries."""
    return tuple(promises_of(Assignment.objects.of(person).promised_between(first, last)))


@cached("schedule")
def promises_from(person: Person, *, first: datetime, near: datetime) -> Promises:
    """What the person was promised from `first` on. Two queries."""
    rows = list(_by_start(Assignment.objects.of(person).filter(published_starts_at__gte=first)))
    close = [row for row in rows if _span(row)[0] < near]
    rest = rows[len(close) :]
    told = _told([*close, *rest[:1]])
    return Promises(tuple(told[: len(close)]), tuple(told[len(close) :]), tuple(_span(row)[1] for row in rest[1:]))


def promises_of(rows: QuerySet[Assignment]) -> list[Promise]:
    """Promised assignments of one person, by start. Two queries: the rows, and the company in all of them."""
    return _told(list(_by_start(rows)))


def told(rows: Iterable[Assignment]) -> list[Promise]:
    """Promised assignments that were read with their places, in the order given. One query."""
    return _told(list(rows))


def upcoming_promises(person: Person, *, now: datetime) -> QuerySet[Assignment]:
    """What was promised to the person and has not ended, in the order in which it starts."""
    running_too = Assignment.objects.of(person).filter(published_starts_at__gt=now - LONGEST_SHIFT)
    return _by_start(running_too.filter(published_ends_at__gt=now))


def _by_start(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    places = ("shift__branch", "shift__department", "shift__sub_department")
    # A page that was cut off has its order already, and may not be given another.
    ordered = rows if rows.query.is_sliced else rows.order_by("published_starts_at", "pk")
    return ordered.select_related(*places)


def _told(own: Sequence[Assignment]) -> list[Promise]:
    company = _company(own)
    return [_promise(each, company[each.pk]) for each in own]


def _promise(assignment: Assignment, company: Iterable[str]) -> Promise:
    shift, (starts_at, ends_at) = assignment.shift, _span(assignment)
    assert assignment.published_at  # noqa: S101  (a promise knows when it was made)
    return Promise(
        id=assignment.pk,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=shift.branch.timezone,
        break_minutes=assignment.published_break_minutes,
        role=assignment.published_role,
        place=f"{shift.branch.name}, {(shift.sub_department or shift.department).name}",
        note=assignment.published_note,
        with_names=tuple(company),
        previous=assignment.previous_label,
        told_at=assignment.published_at,
    )


def _company(own: Sequence[Assignment]) -> dict[int, list[str]]:
    """Who else was promised to be at the same branch and department meanwhile: {assignment: first names}."""
    found: dict[int, list[str]] = defaultdict(list)
    if not own:
        return found
    spans = [_span(each) for each in own]
    others = (
        Assignment.objects.promised_between(
            min(starts for starts, _ in spans) - LONGEST_SHIFT, max(ends for _, ends in spans)
        )
        .filter(shift__branch__in={each.shift.branch_id for each in own})
        .filter(shift__department__in={each.shift.department_id for each in own})
        .exclude(person=own[0].person_id)
        .order_by("person__first_name", "person", "published_starts_at")
        .values_list(
            "person",
            "person__first_name",
            "shift__branch",
            "shift__department",
            "published_starts_at",
            "published_ends_at",
        )
    )
    rows: list[tuple[Any, ...]] = list(others)
    for mine, (starts, ends) in zip(own, spans, strict=True):
        place = (mine.shift.branch_id, mine.shift.department_id)
        names = {row[0]: row[1] for row in rows if row[2:4] == place and row[4] < ends and starts < row[5]}
        found[mine.pk].extend(names.values())
    return found


def _span(assignment: Assignment) -> tuple[datetime, datetime]:
    starts_at, ends_at = assignment.published_starts_at, assignment.published_ends_at
    assert starts_at and ends_at  # noqa: S101, PT018  (both or neither, by a check constraint)
    return starts_at, ends_at
