"""Where a planner stands: the branch, the department and the week that a planner's page shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from roster.models import Roster
from roster.times import week_label, week_of
from staff.models import Branch, Department, Person
from staff.roles import may, reach_of

Somewhere = TypeVar("Somewhere", Branch, Department)

WEEK = timedelta(days=7)
ID = re.compile(r"^[0-9]{1,18}$")
EARLIEST, LATEST = date(2000, 1, 3), date(2100, 1, 4)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a planner's page asks for, as it was typed."""

    branch: str = ""
    department: str = ""
    week: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """One branch's week as far as the user reaches, and what else they may turn to.

    `department` is the one that the user chose among several; `rosters` are the week's, of every team in sight.
    """

    branch: Branch
    department: Department | None
    places: dict[str, int]
    week: date
    day: date
    today: date
    branches: tuple[Branch, ...]
    departments: tuple[Department, ...]
    rosters: tuple[Roster, ...]
    can_plan: bool
    misread: str = ""

    @property
    def label(self) -> str:
        return week_label(self.week)

    @property
    def short_label(self) -> str:
        """The week on a button: "23–29 Nov", "30 Nov – 6 Dec"."""
        last = self.week + timedelta(days=6)
        if last.month == self.week.month:
            return f"{self.week.day}–{last:%-d %b}"
        return f"{self.week:%-d %b} – {last:%-d %b}"

    @property
    def previous_label(self) -> str:
        return week_label(self.week - WEEK)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.week + timedelta(days=n) for n in range(7))

    def url(self, **changes: date | int | str | None) -> str:
        """The address of this page, with some of it changed; None leaves a part out."""
        chosen = self.department.pk if self.department else None
        return planner_url(**{"branch": self.branch.pk, "department": chosen, "week": self.week, **changes})

    @property
    def query(self) -> str:
        """What a link to another planner's page needs to come back here."""
        return self.url().partition("?")[2]

    @property
    def suffix(self) -> str:
        """What a link to a shift needs to come back here: a shift knows its branch and week by itself."""
        return f"?department={self.department.pk}" if self.department else ""

    @property
    def more(self) -> str:
        """The same, behind a link's own parameters."""
        return f"&department={self.department.pk}" if self.department else ""

    @property
    def day_url(self) -> str:
        """The address of one of this week's days, which only lacks the day."""
        return self.url() + "&day="

    @property
    def previous_url(self) -> str:
        return self.url(week=self.week - WEEK)

    @property
    def next_url(self) -> str:
        return self.url(week=self.week + WEEK)

    @property
    def today_url(self) -> str | None:
        this = week_of(self.today, self.branch.week_start)
        return None if this == self.week else self.url(week=this)


def planner_url(**parts: date | int | str | None) -> str:
    """The address of a planner's page: branch, department, week and whatever else; None leaves a part out."""
    return "/planner/?" + urlencode({name: value for name, value in parts.items() if value is not None})


def desk(user: Person, asked: Asked, *, now: datetime, choices: bool = False) -> Desk | None:
    """Where the user stands: what they asked for, else their own branch and the week that waits to be planned.

    None for a branch or department beyond the reach, and for somebody who reaches none. `choices` reads the other
    branches and departments as well. Up to three queries.
    """
    scope = reach_of(user)
    if not scope.everything and not scope.places:
        return None
    branches = _branches(user, scope.places, "" if choices else asked.branch)
    departments = _departments(user, scope.places, asked.department, choices=choices)
    branch = _chosen(branches, asked.branch, user.branch_id)
    department = _chosen(departments, asked.department, None) if asked.department else None
    if branch is None or (asked.department and department is None):
        return None
    today = now.astimezone(branch.zone).date()
    this = week_of(today, branch.week_start)
    wanted, misread = _wanted(asked.week, branch)
    places = {**scope.places, "branch_id": branch.pk, **({"department_id": department.pk} if department else {})}
    weeks = [wanted] if wanted else [this, this + WEEK]
    rosters = list(Roster.objects.with_team().filter(**places, week_start__in=weeks))
    week = wanted or _waiting(rosters, this)
    return Desk(
        branch=branch,
        department=None if "department_id" in scope.places else department,
        places=places,
        week=week,
        day=_day(asked.day, week, today),
        today=today,
        branches=branches,
        departments=departments,
        rosters=tuple(roster for roster in rosters if roster.week_start == week),
        can_plan=may(user, "plan_rosters"),
        misread=misread,
    )


def _branches(user: Person, places: dict[str, int], only: str) -> tuple[Branch, ...]:
    """The branches within reach; just the one that was asked for, where the others are not needed."""
    if "branch_id" in places:
        return (user.branch,) if user.branch else ()
    found = Branch.objects.filter(is_active=True)
    return tuple(found.filter(pk=int(only)) if ID.match(only) else found)


def _departments(user: Person, places: dict[str, int], asked: str, *, choices: bool) -> tuple[Department, ...]:
    if "department_id" in places:
        return (user.department,) if user.department else ()
    if choices:
        return tuple(Department.objects.all())
    return tuple(Department.objects.filter(pk=int(asked))) if ID.match(asked) else ()


def _chosen(found: tuple[Somewhere, ...], asked: str, own: int | None) -> Somewhere | None:
    if asked:
        return next((each for each in found if str(each.pk) == asked), None)
    return next((each for each in found if each.pk == own), found[0] if found else None)


def _wanted(text: str, branch: Branch) -> tuple[date | None, str]:
    """The week that was asked for, or None with a sentence about what was typed instead."""
    if not text:
        return None, ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        return None, f"“{text[:20]}” is not a day of any week here; this is the week that comes next."
    return week_of(day, branch.week_start), ""


def _waiting(rosters: list[Roster], this: date) -> date:
    """Next week until it is published, then this week: what a planner has come for."""
    coming = [roster for roster in rosters if roster.week_start == this + WEEK]
    done = bool(coming) and all(roster.is_published for roster in coming)
    return this if done else this + WEEK


def _day(text: str, week: date, today: date) -> date:
    """The day that a phone shows: the one asked for, else today, else the week's first."""
    days = {week + timedelta(days=n) for n in range(7)}
    asked = next((day for day in days if day.isoformat() == text), None)
    return asked or (today if today in days else week)
