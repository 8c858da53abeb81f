"""Feeds the work rules from the database: whose shifts, which policy, and what they break together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from roster.models import Assignment, WorkRule
from roster.rules import LONGEST_RUN, Breach, Policy, PolicyRow, Stint, Worker, judge
from staff.models import Person
from staff.selectors.papers import Lapsed, lapsing

BEFORE, AFTER = timedelta(days=LONGEST_RUN), timedelta(days=14)
A_DAY = timedelta(days=1)


def policy_in(week: date) -> Policy:
    """The work rules that hold on some day of the week. One query."""
    rows = WorkRule.objects.in_force(week, week + timedelta(days=6))
    return Policy(PolicyRow(row.kind, row.level, row.limit, row.branch_id, row.starts_on, row.ends_on) for row in rows)


def workers(people: Iterable[Person], week: date) -> list[Worker]:
    """People as the rules of that week see them. One query, none where a copy is kept."""
    papers: dict[int, list[Lapsed]] = defaultdict(list)
    for lapsed in lapsing(until=week + timedelta(days=7)):
        papers[lapsed.person].append(lapsed)
    return [worker(person, papers[person.pk]) for person in people]


def worker(person: Person, lapsed: Iterable[Lapsed]) -> Worker:
    """One of them, whose documents that expire are known already."""
    return Worker(
        person.pk, person.full_name, person.hired_on, person.left_on, person.date_of_birth, lapsing=tuple(lapsed)
    )


def stints_of(people: Collection[int], week: date) -> dict[int, list[Stint]]:
    """Every planned shift of these people from LONGEST_RUN days before the week to a week after it, in all branches.

    One query.
    """
    first, last = week - BEFORE, week + AFTER
    rows = (
        Assignment.objects.active()
        # The instants let an index find the span (a day wider than any zone); the dates are what is meant.
        .filter(person__in=people, starts_at__gte=_midnight(first - A_DAY), starts_at__lt=_midnight(last + A_DAY))
        .filter(shift__date__gte=first, shift__date__lt=last)
        .values_list(
            "person_id",
            "shift__starts_at",
            "shift__ends_at",
            "shift__break_minutes",
            "shift__date",
            "shift__branch_id",
            "shift__branch__name",
            "shift__branch__timezone",
            "shift_id",
            "override_reason",
        )
    )
    found: dict[int, list[Stint]] = defaultdict(list)
    for person, starts, ends, pause, day, branch_id, branch, zone, shift, reason in rows:
        stint = Stint(starts, ends, pause, day, branch_id, branch, ZoneInfo(zone), shift, bool(reason))
        found[person].append(stint)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def breaches_of(people: Collection[Worker], week: date) -> list[Breach]:
    """What the plan of these people breaks in that week, by person and day. Two queries."""
    policy = policy_in(week)
    stints = stints_of([worker.pk for worker in people], week)
    found = [breach for worker in people for breach in judge(worker, stints[worker.pk], policy, week)]
    return sorted(found, key=lambda breach: (breach.date, breach.sentence))
