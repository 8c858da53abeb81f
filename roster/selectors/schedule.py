"""My schedule: what one person was told, by the clock of the branch where they work. Never the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timesince import timesince

from roster.models import LONGEST_SHIFT, Assignment
from roster.times import day_bounds, elapsed, in_hours, span_label, week_label, week_of
from staff.models import Person

A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a person counts days: the zone and the first weekday of their branch, else of the organisation."""

    zone: ZoneInfo
    week_start: int

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def week_of(self, day: date) -> date:
        return week_of(day, self.week_start)

    def begins(self, day: date) -> datetime:
        """The instant at which the day begins. In a branch of another zone it may be a day earlier or later."""
        return day_bounds(day, self.zone)[0]


def calendar_of(person: Person) -> Calendar:
    """The calendar that a person lives by. A query only for somebody without a branch."""
    branch = person.branch
    if branch:
        return Calendar(branch.zone, branch.week_start)
    return Calendar(ZoneInfo(person.organisation.timezone), 0)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a day's bar, in percent of the day; `next` marks what lies behind midnight."""

    x: float
    width: float
    next: bool = False


@dataclass(frozen=True, slots=True)
class MyShift:
    """A shift as it was promised. `starts` and `ends` are in the branch's zone; `seen_at` is now.

    `id` is the assignment's. `previous` is the label that the person was told before the last change.
    """

    id: int
    starts: datetime
    ends: datetime
    break_minutes: int
    role: str
    place: str
    note: str
    with_names: tuple[str, ...]
    previous: str
    told_at: datetime
    seen_at: datetime

    @property
    def date(self) -> date:
        """The day it belongs to: the one on which it starts."""
        return self.starts.date()

    @property
    def label(self) -> str:
        """ "22:00–06:00 +1" """
        return span_label(self.starts, self.ends, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        assert isinstance(self.starts.tzinfo, ZoneInfo)  # noqa: S101  (both ends are made in the branch's zone)
        return self.starts.tzinfo

    @property
    def length(self) -> timedelta:
        """The time that counts: elapsed, without the unpaid break."""
        return max(elapsed(self.starts, self.ends) - self.break_minutes * A_MINUTE, timedelta(0))

    @property
    def hours(self) -> Decimal:
        return in_hours(self.length)

    @property
    def changed(self) -> bool:
        """Whether it was published differently before."""
        return bool(self.previous)

    @property
    def changed_text(self) -> str:
        """ "Was 09:00–17:00; changed 2 days ago", or nothing."""
        if not self.previous:
            return ""
        was = self.previous.removeprefix(f"{self.starts:%a %-d %b} ")
        words = "Details changed" if was == self.label else f"Was {was}; changed"
        return f"{words} {_ago(self.told_at, self.seen_at)}"

    @property
    def bar(self) -> tuple[Segment, ...]:
        """The shift on its day from 0 to 24 o'clock, and what follows midnight from the left again."""
        begins, ends = _share(self.starts), _share(self.ends)
        if self.ends.date() == self.starts.date():
            return (Segment(begins, max(ends - begins, 0.0)),)
        tonight = Segment(begins, 100 - begins)
        return (tonight, Segment(0, ends, next=True)) if ends else (tonight,)

    @property
    def starts_in(self) -> str:
        """ "18 min", "3 h 20 min", "2 days"; nothing once it runs."""
        minutes = -(elapsed(self.starts, self.seen_at) // A_MINUTE)
        if minutes <= 0:
            return ""
        if minutes >= 48 * 60:
            return f"{minutes // (24 * 60)} days"
        hours, rest = divmod(minutes, 60)
        return " ".join(part for part in (f"{hours} h" * bool(hours), f"{rest} min" * bool(rest)) if part)

    @property
    def day_label(self) -> str:
        """ "today", "tomorrow", or nothing for a day that needs its date."""
        today = self.seen_at.astimezone(self.zone).date()
        return {today: "today", today + A_DAY: "tomorrow"}.get(self.date, "")

    @property
    def now(self) -> float | None:
        """Where the present stands on the shift's bar, in percent; None on another day."""
        local = self.seen_at.astimezone(self.zone)
        return _share(local) if local.date() == self.date else None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week and what the person works on it."""

    date: date
    is_today: bool
    shifts: tuple[MyShift, ...]


@dataclass(frozen=True, slots=True)
class MySchedule:
    """One person's promised week."""

    week_start: date
    this_week: date
    days: tuple[Day, ...]

    @property
    def label(self) -> str:
        return week_label(self.week_start)

    @property
    def shifts(self) -> list[MyShift]:
        return [shift for day in self.days for shift in day.shifts]

    @property
    def hours(self) -> Decimal:
        """Counted hours of the week, added before they are rounded."""
        return in_hours(sum((shift.length for shift in self.shifts), timedelta(0)))

    @property
    def previous_url(self) -> str:
        return _url(self.week_start - 7 * A_DAY)

    @property
    def next_url(self) -> str:
        return _url(self.week_start + 7 * A_DAY)

    @property
    def today_url(self) -> str | None:
        """The way back to the present week; None when it is the one on show."""
        return None if self.week_start == self.this_week else reverse("my-schedule")


def my_schedule(person: Person, day: date, *, now: datetime) -> MySchedule:
    """The person's week in which `day` lies. Two queries, three for somebody without a branch."""
    calendar = calendar_of(person)
    first = calendar.week_of(day)
    begins = calendar.begins(first)
    promised = Assignment.objects.of(person).promised_between(begins - A_DAY, begins + 8 * A_DAY)
    return _week(calendar, first, my_shifts(_with_places(promised), now=now), now)


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a person's home shows of their shifts: the present week, the next shift, how many lie ahead."""

    week: MySchedule
    next_shift: MyShift | None
    ahead: int


def agenda(person: Person, *, now: datetime) -> Agenda:
    """The person's present week and what comes after it. Two queries, three for somebody without a branch."""
    calendar = calendar_of(person)
    first = calendar.week_of(calendar.today(now))
    since = Assignment.objects.of(person).filter(published_starts_at__gte=calendar.begins(first) - A_DAY)
    promised = list(_with_places(since).order_by("published_starts_at", "pk"))
    ahead = [each for each in promised if _promise(each)[1] > now]
    near = calendar.begins(first) + 8 * A_DAY
    shown = [each for each in promised if _promise(each)[0] < near or each in ahead[:1]]
    shifts = my_shifts(shown, now=now)
    next_shift = next((shift for shift in shifts if shift.ends > now), None)
    return Agenda(_week(calendar, first, shifts, now), next_shift, len(ahead))


def upcoming(person: Person, *, now: datetime, limit: int) -> list[MyShift]:
    """The person's next promised shifts, the one that is running first. Two queries."""
    return my_shifts(upcoming_promises(person, now=now)[:limit], now=now)


def upcoming_promises(person: Person, *, now: datetime) -> QuerySet[Assignment]:
    """What was promised to the person and has not ended, in the order in which it starts."""
    running_too = Assignment.objects.of(person).filter(published_starts_at__gt=now - LONGEST_SHIFT)
    return _with_places(running_too.filter(published_ends_at__gt=now)).order_by("published_starts_at", "pk")


def my_shifts(promised: Iterable[Assignment], *, now: datetime) -> list[MyShift]:
    """Promised assignments of one person as they read them, by start. One query for the company, however many."""
    own = sorted(promised, key=lambda each: (each.published_starts_at, each.pk))
    company = _company(own)
    return [_my_shift(each, company[each.pk], now) for each in own]


def _week(calendar: Calendar, first: date, shifts: Iterable[MyShift], now: datetime) -> MySchedule:
    """The seven days from `first` with their shifts; what lies on other days is left out."""
    by_day: dict[date, list[MyShift]] = defaultdict(list)
    for shift in shifts:
        by_day[shift.date].append(shift)
    today, dates = calendar.today(now), [first + n * A_DAY for n in range(7)]
    days = tuple(Day(each, each == today, tuple(by_day[each])) for each in dates)
    return MySchedule(first, calendar.week_of(today), days)


def _with_places(promised: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return promised.select_related("shift__branch", "shift__department", "shift__sub_department")


def _my_shift(assignment: Assignment, company: Sequence[str], now: datetime) -> MyShift:
    shift, (starts_at, ends_at) = assignment.shift, _promise(assignment)
    return MyShift(
        id=assignment.pk,
        starts=starts_at.astimezone(shift.branch.zone),
        ends=ends_at.astimezone(shift.branch.zone),
        break_minutes=assignment.published_break_minutes,
        role=assignment.published_role,
        place=f"{shift.branch.name}, {(shift.sub_department or shift.department).name}",
        note=assignment.published_note,
        with_names=tuple(company),
        previous=assignment.previous_label,
        told_at=assignment.published_at or now,
        seen_at=now,
    )


def _company(own: Sequence[Assignment]) -> dict[int, list[str]]:
    """Who else was promised to be at the same branch and department meanwhile: {assignment: first names}."""
    found: dict[int, list[str]] = defaultdict(list)
    if not own:
        return found
    spans = [_promise(each) for each in own]
    others = (
        Assignment.objects.promised_between(spans[0][0] - LONGEST_SHIFT, max(ends for _, ends in spans))
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


def _promise(assignment: Assignment) -> tuple[datetime, datetime]:
    starts_at, ends_at = assignment.published_starts_at, assignment.published_ends_at
    assert starts_at and ends_at  # noqa: S101, PT018  (both or neither, by a check constraint)
    return starts_at, ends_at


def _share(at: datetime) -> float:
    """How much of the day has passed by the wall clock, in percent."""
    return (at.hour * 60 + at.minute) / 14.4


def _ago(then: datetime, now: datetime) -> str:
    if now - then < A_MINUTE:
        return "just now"
    return f"{timesince(then, now, depth=1)} ago".replace("\xa0", " ")


def _url(week: date) -> str:
    return f"{reverse('my-schedule')}?week={week:%Y-%m-%d}"
