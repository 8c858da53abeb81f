"""A team of the planner by its short name in addresses, and a shift of it that waits to be filled.

"3-5-0" is branch 3, department 5, no part of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

from config.errors import Invalid
from roster.entry import Hours
from roster.models import Roster, Shift
from roster.rules import Stint
from roster.selectors.desk import EARLIEST, LATEST, Desk, planner_url
from roster.times import span, week_of
from staff.models import Branch, Department, Person, SubDepartment
from staff.roles import reach_of

Place = TypeVar("Place", Branch, Department, SubDepartment)

KEY = re.compile(r"^(\d{1,18})-(\d{1,18})-(\d{1,18})$")


@dataclass(frozen=True, slots=True)
class Opening:
    """The shift to fill, as far as it is known: a team's day, perhaps hours and a role, perhaps an existing shift."""

    branch: Branch
    department: Department
    sub_department: SubDepartment | None
    day: date
    hours: Hours | None = None
    role_id: int | None = None
    shift: Shift | None = None

    @property
    def week(self) -> date:
        return week_of(self.day, self.branch.week_start)

    @property
    def stint(self) -> Stint | None:
        """The shift as the rules see it; None without hours, or with hours that the clock skips that day."""
        if self.hours is None:
            return None
        try:
            starts_at, ends_at = span(self.day, self.hours.starts, self.hours.ends, self.branch.zone)
        except Invalid:
            return None
        pause, branch = self.hours.break_minutes, self.branch
        return Stint(starts_at, ends_at, pause, self.day, branch.pk, branch.name, branch.zone)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.week + timedelta(days=n) for n in range(7))

    def with_hours(self, hours: Hours | None) -> Opening:
        return replace(self, hours=hours)

    @property
    def team_key(self) -> str:
        return f"{self.branch.pk}-{self.department.pk}-{self.sub_department.pk if self.sub_department else 0}"

    @property
    def team_name(self) -> str:
        part = self.sub_department
        return f"{self.department.name}, {part.name}" if part else self.department.name

    def week_url(self, *, shown: str) -> str:
        """The planner's page with this team's week; `shown` is the department the page is narrowed to."""
        narrowed = self.department.pk if shown == str(self.department.pk) else None
        return planner_url(branch=self.branch.pk, department=narrowed, week=self.week)

    def cell_id(self, person: int | None, day: date) -> str:
        """The cell of the page that holds a day of a person of this team, or of its open shifts."""
        n = (day - self.week).days
        return f"c{self.team_key}-{person}-{n}" if person else f"c-open-{n}"


def opening_at(user: Person, key: str, day: str, *, person: Person | None = None) -> Opening | None:
    """The team and day that an address names; None for nonsense and for teams that the user does not reach.

    `person`, read with their places, is who the shift is meant for. Up to three queries: a place that stands beside
    the user or the person already is not asked for again.
    """
    found, when = KEY.match(key), _day(day)
    if not found or not when:
        return None
    branch_id, department_id, part_id = (int(number) for number in found.groups())
    near = [user, person] if person else [user]
    branch = _place(Branch, branch_id, [each.branch for each in near])
    department = _place(Department, department_id, [each.department for each in near])
    part = _place(SubDepartment, part_id, [each.sub_department for each in near]) if part_id else None
    if not branch or not department or (part_id and (not part or part.department_id != department.pk)):
        return None
    if not reach_of(user).covers(Roster(branch=branch, department=department, sub_department=part)):
        return None
    return Opening(branch, department, part, when)


def _place(model: type[Place], pk: int, known: list[Place | None]) -> Place | None:
    """One place by its id, from those that were read already or from the database."""
    return next((place for place in known if place and place.pk == pk), None) or model.objects.filter(pk=pk).first()


def opening_of(shift: Shift) -> Opening:
    """An existing shift as something to fill."""
    return Opening(shift.branch, shift.department, shift.sub_department, shift.date, role_id=shift.role_id, shift=shift)


def teams_at(desk: Desk) -> list[tuple[str, str]]:
    """The teams that may get a shift on this page: key and name. One query."""
    people = Person.objects.filter(**desk.places, department__isnull=False)
    rows = people.order_by("department__position", "department__name", "sub_department__name").values_list(
        "department_id", "department__name", "sub_department_id", "sub_department__name"
    )
    return [
        (f"{desk.branch.pk}-{department}-{part or 0}", f"{name}, {part_name}" if part else name)
        for department, name, part, part_name in rows.distinct()
    ]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
