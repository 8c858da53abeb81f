"""My schedule: what one person was told, by the clock of the branch where they work. Never the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.timesince import timesince

from config.caching import good_until
from roster.selectors.promises import Promise, promises_between, promises_from, promises_of, upcoming_promises
from roster.times import day_bounds, elapsed, in_hours, span_label, week_label, week_of
from staff.models import Person

A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)
# In which unit an age is told: minutes for an hour, hours for a day.
AGES = ((A_MINUTE, AN_HOUR), (AN_HOUR, A_DAY))


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

    @classmethod
    def of(cls, promise: Promise, now: datetime) -> MyShift:
        """The promise by the clock of its branch."""
        zone = ZoneInfo(promise.zone)
        return cls(
            id=promise.id,
            starts=promise.starts_at.astimezone(zone),
            ends=promise.ends_at.astimezone(zone),
            break_minutes=promise.break_minutes,
            role=promise.role,
            place=promise.place,
            note=promise.note,
            with_names=promise.with_names,
            previous=promise.previous,
            told_at=promise.told_at,
            seen_at=now,
        )

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
    """The person's week in which `day` lies. Two queries, none where a copy is kept; one more without a branch."""
    calendar = calendar_of(person)
    first = calendar.week_of(day)
    begins = calendar.begins(first)
    shifts = my_shifts(promises_between(person, first=begins - A_DAY, last=begins + 8 * A_DAY), now=now)
    good_until(true_until(shifts, now))
    return _week(calendar, first, shifts, now)


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a person's home shows of their shifts: the present week, the next shift, how many lie ahead."""

    week: MySchedule
    next_shift: MyShift | None
    ahead: int


def agenda(person: Person, *, now: datetime) -> Agenda:
    """The person's present week and what comes after it. Two queries, none where a copy is kept; one more without a
    branch."""
    calendar = calendar_of(person)
    first = calendar.week_of(calendar.today(now))
    begins = calendar.begins(first)
    kept = promises_from(person, first=begins - A_DAY, near=begins + 8 * A_DAY)
    ahead = [promise for promise in (*kept.near, *kept.following) if promise.ends_at > now]
    later = sum(ends_at > now for ends_at in kept.later)
    next_shift = MyShift.of(ahead[0], now) if ahead else None
    shifts = my_shifts(kept.near, now=now)
    good_until(true_until([*shifts, next_shift] if next_shift else shifts, now))
    return Agenda(_week(calendar, first, shifts, now), next_shift, len(ahead) + later)


def upcoming(person: Person, *, now: datetime, limit: int) -> list[MyShift]:
    """The person's next promised shifts, the one that is running first. Two queries."""
    return my_shifts(promises_of(upcoming_promises(person, now=now)[:limit]), now=now)


def my_shifts(promises: Iterable[Promise], *, now: datetime) -> list[MyShift]:
    """Promises as the person reads them now, in the order given."""
    return [MyShift.of(promise, now) for promise in promises]


def true_until(shifts: Iterable[MyShift], now: datetime) -> datetime | None:
    """When the first of them reads differently by the clock alone: it ends, or its change is a minute, hour or day
    older."""
    moments = (moment for shift in shifts for moment in (shift.ends, _older_at(shift, now)))
    return min((moment for moment in moments if moment > now), default=None)


def _older_at(shift: MyShift, now: datetime) -> datetime:
    """The moment at which "changed 2 hours ago" becomes 3; without a change its end."""
    if not shift.changed:
        return shift.ends
    age = now - shift.told_at
    unit = next((unit for unit, until in AGES if age < until), A_DAY)
    return shift.told_at + (age // unit + 1) * unit


def _week(calendar: Calendar, first: date, shifts: Iterable[MyShift], now: datetime) -> MySchedule:
    """The seven days from `first` with their shifts; what lies on other days is left out."""
    by_day: dict[date, list[MyShift]] = defaultdict(list)
    for shift in shifts:
        by_day[shift.date].append(shift)
    today, dates = calendar.today(now), [first + n * A_DAY for n in range(7)]
    days = tuple(Day(each, each == today, tuple(by_day[each])) for each in dates)
    return MySchedule(first, calendar.week_of(today), days)


def _share(at: datetime) -> float:
    """How much of the day has passed by the wall clock, in percent."""
    return (at.hour * 60 + at.minute) / 14.4


def _ago(then: datetime, now: datetime) -> str:
    if now - then < A_MINUTE:
        return "just now"
    return f"{timesince(then, now, depth=1)} ago".replace("\xa0", " ")


def _url(week: date) -> str:
    return f"{reverse('my-schedule')}?week={week:%Y-%m-%d}"
