"""Where measures are taken: a database of their own under the application's role, and teams of invented people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from time import perf_counter

from django.db import connection
from django.utils import timezone

from config import testing
from config.caching import server
from roster.defaults import add_defaults
from roster.models import Assignment, Roster, Shift
from roster.services import open_roster
from roster.times import span, week_of
from staff.models import Branch, Department, Person, Role
from staff.roles import Category, Reach
from staff.tests import make

WEEK = timedelta(days=7)
HOURS = ((time(8, 30), time(14)), (time(15), time(20)), (time(9), time(17)))


@contextmanager
def database(*, empty: bool = False) -> Iterator[None]:
    """A migrated database, gone afterwards; with `empty` it has no organisation yet, as after the first migrate."""
    name = testing.database_for("bench")
    testing.use_database(name)
    try:
        if empty:
            with testing.as_owner(name) as owner:
                testing.remove_organisations(owner)
        yield
    finally:
        testing.drop_database(name)
        testing.use_database(testing.HOME)


def analyse() -> None:
    """Let PostgreSQL count what was just written, as autovacuum would have by the time people come."""
    with testing.as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute("ANALYZE")


def forget_limits() -> None:
    """Let everybody ask anew: a measure asks more often than a person may."""
    if counted := server.client().keys(f"{server.PREFIX}limit:*"):
        server.client().delete(*counted)


def seconds_of(work: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """How long it takes; by `process_time`, how much of that this process worked."""
    began = clock()
    work()
    return clock() - began


def monday_in(weeks: int) -> date:
    """The first day of the week that many weeks from now."""
    return week_of(timezone.now().date()) + weeks * WEEK


@dataclass(frozen=True, slots=True)
class Crew:
    """The people of one branch by department, and its manager."""

    branch: Branch
    manager: Person
    teams: tuple[tuple[Department, tuple[Person, ...]], ...]


def crew(**sizes: int) -> Crew:
    """A branch with so many people in each department, and the work rules of a new organisation. Enter one first."""
    add_defaults()
    branch = make.make_branch("Bodija")
    head = make.make_role("Branch Manager", category=Category.ADMIN, reach=Reach.BRANCH)
    manager = make.make_person("Bola", "Manager", head, branch=branch)
    departments = [make.make_department(name, position=n) for n, name in enumerate(sizes)]
    role = make.make_role("Cashier")
    return Crew(
        branch, manager, tuple((each, tuple(_people(branch, each, role, sizes[each.name]))) for each in departments)
    )


def _people(branch: Branch, department: Department, role: Role, size: int) -> list[Person]:
    return Person.objects.bulk_create(
        Person(
            first_name=department.name,
            last_name=f"Number {n:03}",
            email=f"{department.name}.{n}@acemall.example".lower(),
            employee_number=f"ACE-{department.pk}-{n:05}",
            password=make.password_hash(),
            hired_on=date(2020, 1, 6),
            date_of_birth=date(1990, 1, 1),
            role=role,
            branch=branch,
            department=department,
        )
        for n in range(size)
    )


def draft(crew: Crew, monday: date, *, days: int = 5, at_most: int | None = None, unfilled: int = 0) -> list[Roster]:
    """Every team's draft of a week: a shift for everybody on `days` days, and `unfilled` open ones on each day.

    The days off move from person to person, so that each day looks like the next. `at_most` cuts the shifts that
    are given in each team.
    """
    rosters, shifts, given = [], [], []
    for department, people in crew.teams:
        roster = open_roster(crew.branch, department, None, monday, by=crew.manager)
        rosters.append(roster)
        places = [(n, (n + k) % 7, person) for k in range(days) for n, person in enumerate(people)]
        for n, day, person in places[:at_most]:
            shift = _shift(roster, day, n, crew.manager, person.role)
            shifts.append(shift)
            given.append(Assignment(shift=shift, person=person, created_by=crew.manager))
        shifts += [_shift(roster, day, n, crew.manager, None) for day in range(7) for n in range(unfilled)]
    Shift.objects.bulk_create(shifts)
    Assignment.objects.bulk_create(given)
    return rosters


def _shift(roster: Roster, day: int, n: int, boss: Person, role: Role | None) -> Shift:
    on = roster.week_start + timedelta(days=day)
    starts_at, ends_at = span(on, *HOURS[n % len(HOURS)], roster.branch.zone)
    return Shift(
        roster=roster,
        branch_id=roster.branch_id,
        department_id=roster.department_id,
        role=role,
        date=on,
        starts_at=starts_at,
        ends_at=ends_at,
        changed_by=boss,
    )
