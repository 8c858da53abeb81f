"""The demo's rosters: eleven weeks of published shifts around today, and one draft to play the main job with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from config.demo import bulk, chain
from roster.defaults import TEMPLATES
from roster.models import Assignment, Publication, Roster, Shift
from roster.times import place, span, week_of
from staff.models import Branch, Department, Person, Role, SubDepartment
from staff.roles import Category, Reach

PAST, COMING = 8, 2
OPEN_ON_STAGE = (0, 2, 4, 5)  # days of the draft with a shift that nobody has yet

Span = tuple[time, time, int]
FULL, MORNING, EVENING, NIGHT = TEMPLATES.values()
BAKERY: Span = (time(7), time(14), 30)
LOUNGE: Span = (time(16), time(0), 30)
USUAL = (FULL, FULL, FULL, MORNING, EVENING)
PART_TIME = (MORNING, EVENING, MORNING, EVENING)
# A role that does not follow the shop's hours.
HOURS: dict[str, tuple[Span, ...]] = {
    "Baker": (BAKERY,) * 5,
    **dict.fromkeys(["Bartender", "Waitress", "DJ", "Hypeman"], (LOUNGE,) * 5),
}
NOTES = ("Till 1", "Till 2", "Till 3", "Till 4", "Stock count from 18:00", "Deliveries at the back door")

ROSTER = "id branch_id department_id sub_department_id week_start revision published_at published_by_id created_at"
PUBLICATION = "roster_id revision by_id at added changed cancelled people"
SHIFT = (
    "id roster_id branch_id department_id sub_department_id role_id date starts_at ends_at break_minutes note version "
    "changed_at changed_by_id"
)
ASSIGNMENT = (
    "shift_id person_id override_reason created_at created_by_id published_starts_at published_ends_at "
    "published_break_minutes published_role published_note published_at previous_label"
)


@dataclass(frozen=True, slots=True)
class Team:
    """The people of a branch's department or sub-department, and who plans them."""

    branch: Branch
    department: Department
    sub_department: SubDepartment | None
    people: tuple[Person, ...]
    planner: Person

    @property
    def key(self) -> tuple[int, int, int | None]:
        return self.branch.pk, self.department.pk, self.sub_department.pk if self.sub_department else None

    @property
    def is_stage(self) -> bool:
        return (self.branch.name, self.department.name) == chain.STAGE


@dataclass(frozen=True, slots=True)
class Position:
    """One shift before it has a row; `person` None is open."""

    person: Person | None
    role: Role
    day: date
    hours: Span
    note: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """One team's roster before it has a row."""

    team: Team
    monday: date
    plan: list[Position]
    is_draft: bool


@dataclass
class Rows:
    """What is to be written, table by table."""

    rosters: list[tuple[object, ...]] = field(default_factory=list)
    publications: list[tuple[object, ...]] = field(default_factory=list)
    shifts: list[tuple[object, ...]] = field(default_factory=list)
    assignments: list[tuple[object, ...]] = field(default_factory=list)


def fill(now: datetime) -> tuple[int, int]:
    """Write the weeks that are missing in the entered organisation; return how many rosters and shifts.

    Weeks that have a roster stay as they are, whatever has been done to them, so this may run again any day.
    """
    there = set(Roster.objects.values_list("branch_id", "department_id", "sub_department_id", "week_start"))
    weeks = [week for team in teams() for week in _weeks(team, now, there)]
    rows, count = Rows(), sum(len(week.plan) for week in weeks)
    shift_ids = iter(bulk.ids(Shift, count))
    for pk, week in zip(bulk.ids(Roster, len(weeks)), weeks, strict=True):
        _add_roster(rows, pk, shift_ids, week, now)
    bulk.insert(Roster, ROSTER.split(), rows.rosters)
    bulk.insert(Publication, PUBLICATION.split(), rows.publications)
    bulk.insert(Shift, SHIFT.split(), rows.shifts)
    bulk.insert(Assignment, ASSIGNMENT.split(), rows.assignments)
    return len(weeks), count


def teams() -> list[Team]:
    """Every team of the entered organisation that has people."""
    groups: dict[tuple[Branch, Department, SubDepartment | None], list[Person]] = defaultdict(list)
    managers: dict[Branch, Person] = {}
    people = Person.objects.with_places().active().filter(left_on=None).order_by("id")
    for person in people:
        if person.branch is None or person.department is None:
            continue
        groups[person.branch, person.department, person.sub_department].append(person)
        if person.role.reach == Reach.BRANCH:
            managers.setdefault(person.branch, person)
    return [
        Team(branch, department, part, tuple(members), _planner(members, managers.get(branch)))
        for (branch, department, part), members in groups.items()
    ]


def _planner(members: list[Person], branch_manager: Person | None) -> Person:
    for person in members:
        if person.role.reach == Reach.TEAM:
            return person
    return branch_manager or members[0]


def _weeks(team: Team, now: datetime, there: Collection[tuple[object, ...]]) -> Iterator[Week]:
    this_week = week_of(now.astimezone(team.branch.zone).date(), team.branch.week_start)
    for number in range(-PAST, COMING + 1):
        monday = this_week + timedelta(weeks=number)
        if (*team.key, monday) in there:
            continue
        plan = list(_plan(team, monday, shortage=number >= 0))
        if not team.is_stage or number < 1:
            yield Week(team, monday, plan, is_draft=False)
        elif number == 1:
            yield Week(team, monday, _half(team, monday, plan), is_draft=True)


def _plan(team: Team, monday: date, *, shortage: bool) -> Iterator[Position]:
    """A week as a sensible planner writes it: five days on, two days off, and now and then nobody for a shift."""
    dice = Random(f"{team.branch.code} {team.department.name} {team.sub_department} {monday}")
    for place_in_team, person in enumerate(team.people):
        kinds = list(_hours_of(person, place_in_team))
        dice.shuffle(kinds)
        # Everybody's days off stay the same from week to week, so nobody works more than five days in a row.
        first_day = (place_in_team * 3) % 7
        for number, hours in enumerate(kinds):
            day = monday + timedelta(days=(first_day + number) % 7)
            note = dice.choice(NOTES) if person.role.name == "Cashier" and dice.random() < 0.2 else ""
            yield Position(person, person.role, day, hours, note)
    if shortage and dice.random() < 0.2:
        yield Position(None, team.people[-1].role, monday + timedelta(days=dice.randrange(7)), EVENING)


def _hours_of(person: Person, place_in_team: int) -> Iterable[Span]:
    if person.contract_hours < 30:
        return PART_TIME
    if person.role.name == "Security" and place_in_team % 3 == 0:
        return (NIGHT,) * 5
    return HOURS.get(person.role.name, USUAL)


def _half(team: Team, monday: date, plan: list[Position]) -> list[Position]:
    """The stage's draft: every second shift planned, and four that nobody has yet."""
    role = next(person.role for person in team.people if person.role.category == Category.GENERAL)
    planned = [position for position in plan if position.person][::2]
    return [*planned, *(Position(None, role, monday + timedelta(days=day), EVENING) for day in OPEN_ON_STAGE)]


def _add_roster(rows: Rows, pk: int, shift_ids: Iterator[int], week: Week, now: datetime) -> None:
    team, planner = week.team, week.team.planner.pk
    told_at = None if week.is_draft else _published_at(week.monday, team.branch.zone, now)
    written_at = told_at or now - timedelta(hours=3)
    revision, told_by = (0, None) if week.is_draft else (1, planner)
    rows.rosters.append((pk, *team.key, week.monday, revision, told_at, told_by, written_at))
    for position, shift in zip(week.plan, shift_ids, strict=False):
        starts, ends = _instants(position.day, position.hours, team.branch.zone)
        pause, role, note = position.hours[2], position.role, position.note
        rows.shifts.append(
            (shift, pk, *team.key, role.pk, position.day, starts, ends, pause, note, 1, written_at, planner)
        )
        if position.person:
            promise = (starts, ends, pause, role.name, note, told_at) if told_at else (None, None, 0, "", "", None)
            rows.assignments.append((shift, position.person.pk, "", written_at, planner, *promise, ""))
    if told_at:
        people = [position.person for position in week.plan if position.person]
        rows.publications.append((pk, 1, planner, told_at, len(people), 0, 0, len(set(people))))


def _published_at(monday: date, zone: ZoneInfo, now: datetime) -> datetime:
    """The Thursday afternoon of the week before, or yesterday for what lies further ahead."""
    return min(place(monday - timedelta(days=4), time(16), zone), now - timedelta(days=1))


@cache
def _instants(day: date, hours: Span, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return span(day, hours[0], hours[1], zone)
