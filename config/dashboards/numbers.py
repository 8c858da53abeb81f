"""The numbers of each role, as api.md lists them. What the product does not keep yet is left out, never a zero.

A new number is a Number, named in the rows of NUMBERS that show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Q

from config.caching import cached
from notifications.selectors import unread_count
from roster.selectors.overview import TeamWeek, team_weeks, teams_of
from roster.selectors.schedule import Agenda, Calendar, agenda, calendar_of
from roster.times import hours_label
from staff.models import Branch, Department, Person
from staff.roles import column_of
from staff.services.people import RECENTLY

GENERAL, OPERATOR = "general", "operator"
PLANNER, SCHEDULE, INBOX, TEAM = "/planner/", "/schedule/", "/notifications/", "/team/"
TICK = 5  # minutes


def column(person: Person) -> str:
    """Whose home a person gets: the column of the permission table, in the words of api.md."""
    if person.is_operator:
        return OPERATOR
    found = column_of(person.role)
    return GENERAL if found == "self" else found


class Facts:
    """What the numbers are made of. Each part is read once, and only if a number of the role wants it."""

    def __init__(self, person: Person, now: datetime, *, with_weeks: bool = True) -> None:
        self.person, self.now, self.with_weeks = person, now, with_weeks

    @cached_property
    def calendar(self) -> Calendar:
        return calendar_of(self.person)

    @cached_property
    def agenda(self) -> Agenda:
        return agenda(self.person, now=self.now)

    @cached_property
    def unread(self) -> int:
        return unread_count(self.person)

    @property
    def teams(self) -> list[dict[str, Any]]:
        """The people in reach who are employed today, counted by team."""
        return self.reach.teams

    @property
    def weeks(self) -> list[TeamWeek]:
        return self.reach.weeks

    @cached_property
    def reach(self) -> ReachCounts:
        return _reach(self.person, at=self.tick, with_weeks=self.with_weeks)

    @cached_property
    def places_open(self) -> Places:
        return _places()

    @property
    def tick(self) -> datetime:
        """Now, as the counts of a whole reach know it: they are counted anew every five minutes."""
        return self.now - timedelta(
            minutes=self.now.minute % TICK, seconds=self.now.second, microseconds=self.now.microsecond
        )

    @property
    def next_weeks(self) -> list[TeamWeek]:
        return [week for week in self.weeks if week.is_next]

    @property
    def unpublished(self) -> int:
        """How many teams have no published roster for the next week."""
        return sum(not week.is_published for week in self.next_weeks)

    @property
    def rosters_this_week(self) -> int:
        return sum(week.is_published for week in self.weeks if not week.is_next)

    def people(self, kind: str = "people") -> int:
        return sum(row[kind] for row in self.teams)

    def places(self, kind: str) -> int:
        """In how many branches or departments the people in reach work."""
        return len({row[kind] for row in self.teams if row[kind]})


@dataclass(frozen=True, slots=True)
class Places:
    """How many places of each kind the organisation has; closed branches are left out."""

    branches: int
    departments: int


@dataclass(frozen=True, slots=True)
class ReachCounts:
    """The teams in somebody's reach, and how far each is with its weeks."""

    teams: list[dict[str, Any]]
    weeks: list[TeamWeek]


@cached("dashboard")
def _reach(person: Person, *, at: datetime, with_weeks: bool) -> ReachCounts:
    today = calendar_of(person).today(at)
    teams = teams_of(
        Person.objects.visible_to(person).employed(today),
        hires=Count("pk", filter=Q(hired_on__gte=today.replace(day=1))),
        active=Count("pk", filter=Q(last_login__gte=at - RECENTLY)),
    )
    return ReachCounts(teams, team_weeks(person, teams, now=at) if with_weeks else [])


@cached("reference")
def _places() -> Places:
    return Places(Branch.objects.filter(is_active=True).count(), Department.objects.count())


@dataclass(frozen=True, slots=True)
class Number:
    """One number: its name in the API, its words on the page, and how it is counted. Decimals are hours."""

    name: str
    label: str
    count: Callable[[Facts], int | Decimal]
    url: str = ""
    is_a_need: bool = False


@dataclass(frozen=True, slots=True)
class Stat:
    """A number that was counted, as a tile shows it."""

    name: str
    label: str
    number: int | Decimal
    hint: str
    url: str
    attention: bool

    @property
    def value(self) -> str:
        return hours_label(self.number) if isinstance(self.number, Decimal) else f"{self.number:,}"


UPCOMING = Number("upcoming_shifts", "Upcoming shifts", lambda facts: facts.agenda.ahead, SCHEDULE)
HOURS = Number("hours_this_week", "Hours this week", lambda facts: facts.agenda.week.hours, SCHEDULE)
UNREAD = Number("unread", "Unread", lambda facts: facts.unread, INBOX)
TEAM_SIZE = Number("team_size", "Team size", lambda facts: facts.people(), TEAM)
BRANCH_STAFF = Number("branch_staff", "Branch staff", lambda facts: facts.people(), TEAM)
DEPARTMENT_STAFF = Number("department_staff", "Department staff", lambda facts: facts.people(), TEAM)
ROSTERS = Number(
    "rosters", "Rosters this week and next", lambda facts: sum(w.revision is not None for w in facts.weeks), PLANNER
)
UNFILLED = Number(
    "unfilled_shifts", "Open shifts ahead", lambda facts: sum(w.unfilled for w in facts.weeks), PLANNER, is_a_need=True
)
OWN_DEPARTMENTS = Number("departments", "Departments", lambda facts: facts.places("department_id"))
OWN_BRANCHES = Number("branches", "Branches", lambda facts: facts.places("branch_id"))
TOTAL = Number("total_staff", "Staff", lambda facts: facts.people(), TEAM)
ACTIVE = Number("active_in_30_days", "Signed in, last 30 days", lambda facts: facts.people("active"))
HIRES = Number("hires_this_month", "Hired this month", lambda facts: facts.people("hires"), TEAM)
DEPARTMENTS = Number("departments", "Departments", lambda facts: facts.places_open.departments)
BRANCHES = Number("branches", "Branches", lambda facts: facts.places_open.branches)
THIS_WEEK = Number("rosters_this_week", "Rosters this week", lambda facts: facts.rosters_this_week, PLANNER)
UNPUBLISHED = Number(
    "unpublished_teams", "Teams without next week", lambda facts: facts.unpublished, PLANNER, is_a_need=True
)

NUMBERS: dict[str, tuple[Number, ...]] = {
    GENERAL: (UPCOMING, HOURS, UNREAD),
    "team": (TEAM_SIZE, ROSTERS, UNFILLED),
    "branch": (BRANCH_STAFF, ROSTERS, OWN_DEPARTMENTS),
    "department": (DEPARTMENT_STAFF, ROSTERS, OWN_BRANCHES),
    "people": (TOTAL, ACTIVE, HIRES, DEPARTMENTS, BRANCHES),
    "executive": (TOTAL, DEPARTMENTS, BRANCHES, THIS_WEEK, UNPUBLISHED),
    "audit": (TOTAL, DEPARTMENTS, BRANCHES, THIS_WEEK),
    OPERATOR: (),
}


def facts_for_numbers(person: Person, *, now: datetime) -> Facts:
    """The facts that the numbers of a role alone ask for: Human Resource's need no roster."""
    return Facts(person, now, with_weeks=column(person) != "people")


def stats_of(facts: Facts) -> tuple[Stat, ...]:
    """The numbers of the person's role."""
    return tuple(_stat(number, facts) for number in NUMBERS[column(facts.person)])


def _stat(number: Number, facts: Facts) -> Stat:
    counted = number.count(facts)
    waits = number.is_a_need and counted > 0
    return Stat(number.name, number.label, counted, "Needs you" if waits else "", number.url, waits)
