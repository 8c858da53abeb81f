"""Opening a team's week, and filling it from another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from config.caching import touch
from config.errors import Invalid, refusing
from roster.models import Assignment, Roster, Shift
from roster.rules import added_by
from roster.selectors import policy_in, stints_of, workers
from roster.services.permission import require_planning
from roster.services.shifts import OVERLAP, NewShift, as_stint, hours_of, plans_for, unsaved_shift
from roster.times import week_of
from staff.models import Branch, Department, Person, SubDepartment


def open_roster(
    branch: Branch,
    department: Department,
    sub_department: SubDepartment | None,
    week_start: date,
    *,
    by: Person,
) -> Roster:
    """The team's roster of that week, made as an empty draft if there is none.

    Raises Forbidden outside the user's reach, Invalid for a day on which the branch's week does not start.
    """
    first = week_of(week_start, branch.week_start)
    if first != week_start:
        raise Invalid(
            f"The week of {branch.name} starts on {first:%A}; {week_start:%-d %B %Y} is a {week_start:%A}.",
            fields={"week_start": f"Use {first:%Y-%m-%d}."},
        )
    if not branch.is_active:
        raise Invalid(f"{branch.name} is closed.", fields={"branch": "This branch is closed."})
    if sub_department and sub_department.department_id != department.pk:
        raise Invalid(f"{sub_department.name} is not a part of {department.name}.")
    team: dict[str, Any] = {"branch": branch, "department": department, "sub_department": sub_department}
    team["week_start"] = week_start
    require_planning(by, Roster(**team))
    return Roster.objects.with_team().get_or_create(**team)[0]


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What a copied week came to: shifts copied with their person, left open, there already, and left out because
    the clocks change in their hours."""

    copied: int = 0
    opened: int = 0
    skipped: int = 0
    left_out: int = 0

    @classmethod
    def sum(cls, reports: Iterable[CopyReport]) -> CopyReport:
        """What several weeks came to together."""
        return cls(*(sum(column) for column in zip(*(astuple(report) for report in reports), strict=True)))

    @property
    def sentence(self) -> str:
        if not self.copied + self.opened + self.left_out:
            return "Nothing to copy: the shifts are all here already." if self.skipped else "That week has no shifts."
        count = self.copied + self.opened
        parts = ["1 shift copied as a draft" if count == 1 else f"{count} shifts copied as drafts"]
        if self.opened:
            parts.append(f"{self.opened} of them open because the person cannot work then or is of another team")
        if self.skipped:
            parts.append(f"{self.skipped} were here already")
        if self.left_out:
            parts.append(f"{self.left_out} left out because the clocks change in their hours")
        return ", ".join(parts) + "."


def copy_week(source: Roster, target: Roster, *, by: Person, keep_people: bool = True) -> CopyReport:
    """Fill the target week with the source's standing shifts, day by day, as drafts. Safe to repeat.

    A person who cannot work the shift (a blocking rule), or whom `by` does not reach, leaves it open. Raises
    Forbidden, and Invalid for two different teams.
    """
    require_planning(by, target)
    team = ("branch_id", "department_id", "sub_department_id")
    if any(getattr(source, name) != getattr(target, name) for name in team):
        raise Invalid("A week can only be copied within one team.")
    with transaction.atomic():
        Roster.objects.select_for_update(of=("self",)).get(pk=target.pk)
        return _copy(source, target, by=by, keep_people=keep_people)


def _copy(source: Roster, target: Roster, *, by: Person, keep_people: bool) -> CopyReport:
    days = target.week_start - source.week_start
    missing, skipped = _missing(_standing(source), _standing(target), days)
    holders = [_holder(shift) for shift in missing] if keep_people else [None] * len(missing)
    desk = _Desk(target.week_start, {person.pk: person for person in holders if person})
    fresh, given = [], []
    for old, holder in zip(missing, holders, strict=True):
        try:
            shift = unsaved_shift(target, NewShift(old.date + days, hours_of(old), old.role), by=by)
        except Invalid:
            continue  # its hours do not exist on that day, or make another length: one night must not stop a week
        fresh.append(shift)
        if holder and plans_for(by, holder) and desk.can_work(holder, shift):
            given.append(Assignment(shift=shift, person=holder, created_by=by))
    Shift.objects.bulk_create(fresh)
    with refusing(OVERLAP):
        Assignment.objects.bulk_create(given)
    touch("roster.Shift")
    touch("roster.Assignment", person_id={assignment.person_id for assignment in given})
    return CopyReport(len(given), len(fresh) - len(given), skipped, left_out=len(missing) - len(fresh))


def _missing(source: list[Shift], target: list[Shift], days: timedelta) -> tuple[list[Shift], int]:
    """The source's shifts that the target has not got: first the same person's, then anybody's or an open one."""
    left = Counter(_likeness(shift, timedelta(0)) for shift in target)
    unmatched = []
    for shift in source:
        like = _likeness(shift, days)
        if left[like]:
            left[like] -= 1
        else:
            unmatched.append(shift)
    anybody = Counter[tuple[object, ...]]()
    for like, count in left.items():
        anybody[like[:-1]] += count
    missing = []
    for shift in unmatched:
        slot = _likeness(shift, days)[:-1]
        if anybody[slot]:
            anybody[slot] -= 1
        else:
            missing.append(shift)
    return missing, len(source) - len(missing)


class _Desk:
    """Judges copied shifts one after the other in memory, so that a thousand of them cost three queries."""

    def __init__(self, week: date, people: dict[int, Person]) -> None:
        self.week, self.policy = week, policy_in(week)
        self.stints = stints_of(people, week)
        self.workers = {worker.pk: worker for worker in workers(people.values(), week)}

    def can_work(self, person: Person, shift: Shift) -> bool:
        """Whether no blocking rule forbids it; if so, the shift counts for the next question."""
        stint, known = as_stint(shift), self.stints[person.pk]
        broken = added_by(stint, self.workers[person.pk], known, self.policy, self.week)
        if any(breach.is_block for breach in broken):
            return False
        known.append(stint)
        return True


def _standing(roster: Roster) -> list[Shift]:
    shifts = roster.shifts.standing().select_related("branch", "role").prefetch_related("assignments__person")
    return list(shifts.order_by("starts_at", "pk"))


def _holder(shift: Shift) -> Person | None:
    return next((each.person for each in shift.assignments.all() if each.removed_at is None), None)


def _likeness(shift: Shift, days: timedelta) -> tuple[object, ...]:
    """What makes two shifts the same for a copy: day, local hours, role, and last the person."""
    holder = _holder(shift)
    return (shift.date + days, str(hours_of(shift)), shift.role_id, holder.pk if holder else None)
