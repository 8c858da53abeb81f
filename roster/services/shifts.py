"""Shifts and who works them, in the plan. People hear of nothing here until the roster is published."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from config.errors import Conflict, Invalid, Refused, refusing
from roster.entry import Hours
from roster.models import LONGEST_SHIFT, Assignment, Roster, Shift
from roster.rules import Breach, Stint, added_by
from roster.selectors import policy_in, stints_of, workers
from roster.services.permission import require_planning
from roster.times import elapsed, span
from staff.models import Person, Role
from staff.roles import reach_of

OVERLAP = {
    "assignment_no_overlap": "This person already works at that time.",
    "assignment_one_person_a_shift": "Somebody has been given this shift in the meantime.",
}


@dataclass(frozen=True, slots=True)
class NewShift:
    """A shift as the planner asks for it: a day of the branch, local hours, and perhaps a person."""

    day: date
    hours: Hours
    role: Role | None = None
    person: Person | None = None
    note: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """The shift as it stands now, and the warnings that it carries for its person."""

    shift: Shift
    warnings: list[Breach] = field(default_factory=list)


def add_shift(roster: Roster, new: NewShift, *, by: Person) -> Saved:
    """Put a shift into the plan, open or given to a person.

    Raises Forbidden outside the user's reach, Invalid for hours that make no shift, Refused for a blocking rule.
    """
    require_planning(by, roster)
    with transaction.atomic():
        shift = unsaved_shift(roster, new, by=by)
        shift.save()
        return _give(shift, new.person, by=by, reason=new.reason) if new.person else Saved(shift)


def change_shift(shift: Shift, new: NewShift, *, by: Person, version: int) -> Saved:
    """Give a shift another day, hours, role, note or person.

    `version` is the one that the user was looking at. Raises Conflict, with who changed what, if it has moved on.
    """
    require_planning(by, shift)
    with transaction.atomic():
        standing = _lock(shift, version, by=by)
        holder, before = _holder(standing), as_stint(standing)
        wanted = unsaved_shift(standing.roster, new, by=by)
        for name in ("date", "starts_at", "ends_at", "break_minutes", "role", "note"):
            setattr(standing, name, getattr(wanted, name))
        if holder and new.person and holder.person_id == new.person.pk:
            return _keep(standing, holder, before, by=by, reason=new.reason)
        if holder:
            _take_back(holder)
        _save(standing, by)
        return _give(standing, new.person, by=by, reason=new.reason) if new.person else Saved(standing)


def move_shift(shift: Shift, *, by: Person, version: int, day: date, person: Person | None) -> Saved:
    """Drag a shift to another cell: the same local hours on another day, for another person, or open."""
    return change_shift(shift, _as_new(shift, day=day, person=person), by=by, version=version)


def copy_shift(shift: Shift, *, by: Person, day: date, person: Person | None) -> Saved:
    """The same hours, role and note again in another cell of the same week."""
    return add_shift(shift.roster, _as_new(shift, day=day, person=person), by=by)


def assign(shift: Shift, person: Person, *, by: Person, version: int, reason: str = "") -> Saved:
    """Give an open shift to a person, or take it from one person and give it to another."""
    return change_shift(
        shift, replace(_as_new(shift, day=shift.date, person=person), reason=reason), by=by, version=version
    )


def unassign(shift: Shift, *, by: Person, version: int) -> Saved:
    """Leave the shift open."""
    return change_shift(shift, _as_new(shift, day=shift.date, person=None), by=by, version=version)


def delete_shift(shift: Shift, *, by: Person, version: int) -> bool:
    """Take a shift out of the plan. True if it was cancelled because somebody had been told of it, False if it
    was only a draft and is gone."""
    require_planning(by, shift)
    with transaction.atomic():
        standing = _lock(shift, version, by=by)
        if standing.assignments.filter(published_at__isnull=False).exists():
            holder = _holder(standing)
            if holder:
                _take_back(holder)
            standing.cancelled_at = timezone.now()
            _save(standing, by)
            return True
        standing.assignments.all().delete()
        standing.delete()
        return False


def unsaved_shift(roster: Roster, new: NewShift, *, by: Person) -> Shift:
    """The unsaved shift; Invalid if it does not lie in the roster's week or is no sensible length."""
    if not roster.week_start <= new.day <= roster.last_day:
        sentence = f"{new.day:%-d %B} is not in the week of {roster.week_start:%-d %B}."
        raise Invalid(sentence, fields={"date": sentence})
    starts_at, ends_at = span(new.day, new.hours.starts, new.hours.ends, roster.branch.zone)
    _check_length(starts_at, ends_at, new.hours.break_minutes)
    return Shift(
        roster=roster,
        branch_id=roster.branch_id,
        department_id=roster.department_id,
        sub_department_id=roster.sub_department_id,
        role=new.role,
        date=new.day,
        starts_at=starts_at,
        ends_at=ends_at,
        break_minutes=new.hours.break_minutes,
        note=new.note,
        changed_by=by,
    )


def _check_length(starts_at: datetime, ends_at: datetime, break_minutes: int) -> None:
    length = elapsed(starts_at, ends_at)
    if length > LONGEST_SHIFT:
        hours = length // timedelta(hours=1)
        sentence = f"That shift would be {hours} hours long; 16 is the most. Did you mean the other half of the day?"
        raise Invalid(sentence, fields={"hours": sentence})
    if length <= timedelta(minutes=break_minutes):
        sentence = "The break is as long as the shift."
        raise Invalid(sentence, fields={"hours": sentence})


def _as_new(shift: Shift, *, day: date, person: Person | None) -> NewShift:
    return NewShift(day, hours_of(shift), shift.role, person, shift.note)


def hours_of(shift: Shift) -> Hours:
    """The shift's hours by its branch's clock."""
    zone = shift.branch.zone
    starts, ends = shift.starts_at.astimezone(zone).time(), shift.ends_at.astimezone(zone).time()
    return Hours(starts, ends, shift.break_minutes)


def _lock(shift: Shift, version: int, *, by: Person) -> Shift:
    standing = (
        Shift.objects.select_for_update(of=("self",))
        .select_related("roster__branch", "branch", "role", "changed_by")
        .filter(pk=shift.pk)
        .first()
    )
    if standing is None:
        raise Conflict("Somebody has deleted this shift in the meantime.")
    if standing.version != version:
        who = "You" if standing.changed_by_id == by.pk else standing.changed_by.full_name
        at = standing.changed_at.astimezone(standing.branch.zone)
        what = "cancelled it" if standing.cancelled_at else f"changed it to {_described(standing)}"
        raise Conflict(f"{who} {what} at {at:%H:%M}, after you opened it. Look at it and try again.")
    if standing.cancelled_at:
        raise Refused("This shift has been cancelled; add a new one instead.")
    return standing


def _described(shift: Shift) -> str:
    holder = _holder(shift)
    return f"{shift}, {holder.person.full_name if holder else 'open'}"


def _holder(shift: Shift) -> Assignment | None:
    return shift.assignments.filter(removed_at=None).select_related("person").first()


def _save(shift: Shift, by: Person) -> None:
    shift.version += 1
    shift.changed_by = by
    with refusing(OVERLAP):
        shift.save()


def _give(shift: Shift, person: Person, *, by: Person, reason: str) -> Saved:
    _require_reach(by, person)
    warnings = _warnings(shift, person)
    kept = reason if warnings else ""
    with refusing(OVERLAP):
        if not _given_back(shift, person, kept):
            Assignment.objects.create(shift=shift, person=person, created_by=by, override_reason=kept)
    return Saved(shift, warnings)


def _given_back(shift: Shift, person: Person, reason: str) -> bool:
    """Whether the person still holds a promise of this very shift: then it stands again, and nobody hears of it."""
    promised = shift.assignments.promised().filter(person=person, removed_at__isnull=False).first()
    if promised is None:
        return False
    promised.removed_at, promised.override_reason = None, reason
    # Named so that the trigger fills it: the shift may have moved while it was somebody else's.
    promised.during = None
    promised.save(update_fields=["removed_at", "override_reason", "during"])
    return True


def _keep(shift: Shift, holder: Assignment, before: Stint, *, by: Person, reason: str) -> Saved:
    """The same person goes on with the changed shift, also one whom somebody with a wider reach has lent.

    A reason that was given for the shift as it was `before` answers only for kinds of warning that it had then.
    """
    warnings = _warnings(shift, holder.person)
    if reason in ("", holder.override_reason):
        had = {breach.kind for breach in _added(before, shift, holder.person)}
        reason = holder.override_reason if {breach.kind for breach in warnings} <= had else ""
    holder.override_reason = reason if warnings else ""
    holder.save(update_fields=["override_reason"])
    _save(shift, by)
    return Saved(shift, warnings)


def _take_back(assignment: Assignment) -> None:
    """A promise stays on the row until publishing tells the person; a mere draft leaves no trace."""
    if assignment.published_at is None:
        assignment.delete()
    else:
        assignment.removed_at = timezone.now()
        assignment.save(update_fields=["removed_at"])


def plans_for(by: Person, person: Person) -> bool:
    """Whether the planner may give this person a shift: those within reach, and themselves."""
    return reach_of(by).covers(person) or person.pk == by.pk


def _require_reach(by: Person, person: Person) -> None:
    if not plans_for(by, person):
        sentence = "There is nobody like that among the people you plan for."
        raise Invalid(sentence, fields={"person": sentence})


def _warnings(shift: Shift, person: Person) -> list[Breach]:
    """The warnings that the shift would carry for the person. Raises Refused with the first blocking rule."""
    broken = _added(as_stint(shift), shift, person)
    for breach in broken:
        if breach.is_block:
            raise Refused(breach.sentence, code=breach.kind)
    return broken


def _added(stint: Stint, shift: Shift, person: Person) -> list[Breach]:
    """What the person's week breaks with this stint in the place of the shift, and does not break without it."""
    week = shift.roster.week_start
    others = [each for each in stints_of([person.pk], week)[person.pk] if each.shift_id != shift.pk]
    return added_by(stint, workers([person], week)[0], others, policy_in(week), week)


def as_stint(shift: Shift) -> Stint:
    """The shift as the work rules see it."""
    branch = shift.branch
    return Stint(
        shift.starts_at, shift.ends_at, shift.break_minutes, shift.date, branch.pk, branch.name, branch.zone, shift.pk
    )
