"""The planner's week: every person of the teams in sight, every day, and what stands in each cell.

Five queries, for ten people or two hundred.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Case, DateTimeField, Q, Value, When

from roster.models import Assignment, Roster, Shift
from roster.rules import INFO, Breach, Stint, judge
from roster.selectors.changes import untold
from roster.selectors.coverage import Coverage, DayHead, coverage
from roster.selectors.desk import Desk
from roster.selectors.judgement import policy_in, stints_of, workers
from roster.times import counted_hours, hours_label, span_label
from staff.models import Person
from staff.selectors import photo_of

OF_SHIFT = (
    *("pk", "version", "department_id", "sub_department_id", "date", "starts_at", "ends_at", "break_minutes"),
    "role__name",
)
WORDS = {"draft": "Draft, ", "changed": "Changed, ", "published": "", "open": "Open, "}


@dataclass(frozen=True, slots=True)
class Card:
    """One shift in a cell, or several equal open ones. `kind`: draft, changed since publishing, published or open."""

    pk: int
    version: int
    hours: str
    caption: str
    kind: str
    aisle: int
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A person's day in one team. `elsewhere` names hours that another roster has given them."""

    id: str
    day: date
    cards: tuple[Card, ...]
    elsewhere: str = ""

    @property
    def date(self) -> str:
        return self.day.isoformat()

    @property
    def label(self) -> str:
        return f"{self.day:%a %-d}"


@dataclass(frozen=True, slots=True)
class Row:
    """A person within a team; somebody from outside has a row where they help out."""

    id: str
    person_id: int
    name: str
    initials: str
    photo_url: str
    detail: str
    over: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One team: the people who belong to it, and its hours in this week."""

    key: str
    name: str
    aisle: int
    hours: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class OneDay:
    """What a phone shows: who works on one day, team by team, and who does not."""

    head: DayHead
    open: tuple[Card, ...]
    teams: tuple[tuple[Group, tuple[tuple[Row, Card], ...], list[str]], ...]


@dataclass(frozen=True, slots=True)
class PlannerWeek:
    """The whole page."""

    desk: Desk
    coverage: Coverage
    open: tuple[Cell, ...]
    groups: tuple[Group, ...]
    changes: int
    warnings: int
    blocks: int
    shifts: int
    open_count: int

    @property
    def people(self) -> int:
        return len({row.person_id for group in self.groups for row in group.rows})

    @property
    def nothing_to_publish(self) -> str:
        """Why the button is off, or an empty string."""
        if self.changes:
            return ""
        if any(roster.is_published for roster in self.desk.rosters):
            return "Everything is published."
        return "Give somebody a shift first." if self.shifts else "No shifts yet."

    @property
    def publish_label(self) -> str:
        shifts = "1 shift" if self.changes == 1 else f"{self.changes} shifts"
        return f"Publish {shifts}, {self.desk.short_label}"

    @property
    def one_day(self) -> OneDay:
        """The day that a phone shows."""
        n = (self.desk.day - self.desk.week).days
        teams = []
        for group in self.groups:
            on = tuple((row, card) for row in group.rows for card in row.cells[n].cards)
            off = [row.name for row in group.rows if not row.cells[n].cards]
            teams.append((group, on, off))
        return OneDay(self.coverage.days[n], self.open[n].cards, tuple(teams))


def planner_week(desk: Desk) -> PlannerWeek:
    """The week as the planner sees it, judged by the work rules and compared with what was published."""
    board = _Board(desk)
    groups = tuple(board.group(key) for key in board.teams)
    breaches = [breach for own in board.breaches.values() for breach in own]
    return PlannerWeek(
        desk=desk,
        coverage=coverage(board.slots, desk.week, desk.today),
        open=tuple(board.open_cell(n, day) for n, day in enumerate(desk.days)),
        groups=groups,
        changes=board.changes,
        warnings=sum(breach.needs_reason for breach in breaches),
        blocks=sum(breach.is_block for breach in breaches),
        shifts=len(board.slots),
        open_count=sum(slot.person_id is None for slot in board.slots),
    )


@dataclass(frozen=True, slots=True)
class Team:
    """Who plans together: department and, where it has one, its part."""

    department_id: int
    sub_department_id: int
    name: str
    aisle: int
    order: tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Slot:
    """One standing shift and who has it."""

    pk: int
    version: int
    team: tuple[int, int]
    day: date
    starts_at: datetime
    ends_at: datetime
    break_minutes: int
    zone: ZoneInfo
    role: str
    person_id: int | None
    kind: str

    @property
    def label(self) -> str:
        return span_label(self.starts_at, self.ends_at, self.zone)

    @property
    def hours(self) -> Decimal:
        return counted_hours(self.starts_at, self.ends_at, self.break_minutes)


def _read(desk: Desk) -> tuple[list[Slot], int]:
    """The rosters' standing shifts, and the number of changes that people would hear of. One query."""
    rosters = [roster.pk for roster in desk.rosters]
    nobody = Value(None, output_field=BigIntegerField()), Value(None, output_field=DateTimeField())
    given = (
        Assignment.objects.filter(Q(removed_at=None) | Q(published_starts_at__isnull=False), shift__roster__in=rosters)
        .annotate(news=Case(When(untold(), then=True), default=False))
        .values_list(*(f"shift__{name}" for name in OF_SHIFT), "person_id", "published_starts_at", "removed_at", "news")
    )
    unfilled = (
        Shift.objects.filter(roster__in=rosters)
        .unfilled()
        .values_list(*OF_SHIFT, nobody[0], nobody[1], nobody[1], Value(False))
    )
    rows = sorted(given.order_by().union(unfilled.order_by(), all=True), key=lambda row: (row[5], row[0]))
    slots = [_slot(desk.branch.zone, *row) for row in rows if row[-2] is None]
    return slots, sum(row[-1] for row in rows)


def _slot(zone: ZoneInfo, *row: Any) -> Slot:
    pk, version, department, part, day, starts, ends, pause, role, person, told, _, is_news = row
    kind = "published" if not is_news else "changed" if told else "draft"
    return Slot(pk, version, (department, part or 0), day, starts, ends, pause, zone, role or "", person, kind)


def _people(desk: Desk, slots: Sequence[Slot]) -> list[Person]:
    """Everybody with a contract in the week, and those from outside who have a shift here."""
    last = desk.days[-1]
    employed = Person.objects.filter(**desk.places, department__isnull=False, hired_on__lte=last)
    people = list(employed.filter(Q(left_on=None) | Q(left_on__gte=desk.week)).with_places())
    outside = {slot.person_id for slot in slots if slot.person_id} - {person.pk for person in people}
    return people + (list(Person.objects.filter(pk__in=outside).with_places()) if outside else [])


class _Board:
    """Everything that was read for the page, and how a piece of it is made."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.slots, self.changes = _read(desk)
        self.people = {person.pk: person for person in _people(desk, self.slots)}
        self.stints = stints_of(self.people, desk.week)
        self.breaches = self._breaches()
        self.held: dict[tuple[tuple[int, int], int, date], list[Slot]] = defaultdict(list)
        for slot in self.slots:
            self.held[slot.team, slot.person_id or 0, slot.day].append(slot)

    def _breaches(self) -> dict[int, list[Breach]]:
        """What the people's week breaks, by the shift of this page that breaks it."""
        policy, ours = policy_in(self.desk.week), {slot.pk for slot in self.slots}
        found: dict[int, list[Breach]] = defaultdict(list)
        for worker in workers(self.people.values(), self.desk.week):
            for breach in judge(worker, self.stints[worker.pk], policy, self.desk.week):
                if breach.shift_id in ours:
                    found[breach.shift_id].append(breach)
        return found

    @cached_property
    def teams(self) -> dict[tuple[int, int], Team]:
        """The teams of the page, in their departments' order: whose people or whose roster is here."""
        found = {}
        places: list[Person | Roster] = [person for person in self.people.values() if self._belongs(person)]
        for place in places + list(self.desk.rosters):
            department, part = place.department, place.sub_department
            if department is None:
                continue
            name = f"{department.name}, {part.name}" if part else department.name
            key = (department.pk, part.pk if part else 0)
            order = (department.position, department.name, part.name if part else "")
            found[key] = Team(*key, name, department.aisle, order)
        return dict(sorted(found.items(), key=lambda item: item[1].order))

    def _belongs(self, person: Person) -> bool:
        return all(getattr(person, name) == value for name, value in self.desk.places.items())

    @cached_property
    def members(self) -> dict[tuple[int, int], list[Person]]:
        """The people of each team: its own by name, then those who help out."""
        found: dict[tuple[int, int], dict[int, Person]] = defaultdict(dict)
        for person in self.people.values():
            if self._belongs(person) and person.department_id:
                found[person.department_id, person.sub_department_id or 0][person.pk] = person
        for slot in self.slots:
            if slot.person_id:
                found[slot.team].setdefault(slot.person_id, self.people[slot.person_id])
        return {team: list(people.values()) for team, people in found.items()}

    def group(self, key: tuple[int, int]) -> Group:
        team, name = self.teams[key], f"{self.desk.branch.pk}-{key[0]}-{key[1]}"
        hours = sum((slot.hours for slot in self.slots if slot.team == key and slot.person_id), Decimal(0))
        rows = tuple(self.row(name, team, person) for person in self.members.get(key, []))
        return Group(name, team.name, team.aisle, hours_label(hours), rows)

    def row(self, key: str, team: Team, person: Person) -> Row:
        row_id = f"{key}-{person.pk}"
        worked = sum((stint.hours for stint in self._of_week(person)), Decimal(0))
        over = worked > person.contract_hours
        return Row(
            id=row_id,
            person_id=person.pk,
            name=person.full_name,
            initials=person.initials,
            photo_url=photo_of(person),
            detail=f"{worked.normalize():f} of {hours_label(person.contract_hours)}, {person.role.name}",
            over=f"{worked.normalize():f} of {hours_label(person.contract_hours)}, over" if over else "",
            cells=tuple(self.cell(row_id, n, day, team, person) for n, day in enumerate(self.desk.days)),
        )

    def _of_week(self, person: Person) -> Iterable[Stint]:
        days = self.desk.days
        return (stint for stint in self.stints[person.pk] if days[0] <= stint.date <= days[-1])

    def cell(self, row_id: str, n: int, day: date, team: Team, person: Person) -> Cell:
        slots = self.held.get(((team.department_id, team.sub_department_id), person.pk, day), [])
        own = {slot.pk for slot in slots}
        others = [stint for stint in self.stints[person.pk] if stint.date == day and stint.shift_id not in own]
        cards = tuple(self.card(slot, team.aisle) for slot in slots)
        return Cell(f"c{row_id}-{n}", day, cards, ", ".join(self._elsewhere(stint) for stint in others))

    def _elsewhere(self, stint: Stint) -> str:
        where = f" {stint.branch}" if stint.branch_id != self.desk.branch.pk else ""
        return span_label(stint.starts_at, stint.ends_at, stint.zone) + where

    def card(self, slot: Slot, aisle: int) -> Card:
        conflict = " ".join(each.sentence for each in self.breaches.get(slot.pk, []) if each.level != INFO)
        return Card(
            slot.pk, slot.version, slot.label, WORDS[slot.kind] + (slot.role or "any role"), slot.kind, aisle, conflict
        )

    def open_cell(self, n: int, day: date) -> Cell:
        """The day's open shifts; equal ones share a card that counts them."""
        alike: dict[tuple[object, ...], list[Slot]] = defaultdict(list)
        for team in self.teams:
            for slot in self.held.get((team, 0, day), []):
                alike[slot.team, slot.label, slot.role].append(slot)
        return Cell(f"c-open-{n}", day, tuple(self._open_card(slots) for slots in alike.values()))

    def _open_card(self, slots: list[Slot]) -> Card:
        slot, team = slots[0], self.teams[slots[0].team]
        count = f"{len(slots)} open, " if len(slots) > 1 else WORDS["open"]
        where = f", {team.name}" if len(self.teams) > 1 else ""
        return Card(slot.pk, slot.version, slot.label, f"{count}{slot.role or 'any role'}{where}", "open", team.aisle)
