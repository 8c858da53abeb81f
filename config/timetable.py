"""When a job's ticks are: `minute hour day month weekday` as in a crontab, in UTC, or `every 10 s`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol

from celery.schedules import ParseException, crontab

STEADY = re.compile(r"^every (\d{1,4}) s$")
SHORTEST, LONGEST = 5, 3600
# A 29 February falls on a given weekday every 40 years at the least.
FAR = 366 * 41


class Timetable(Protocol):
    """Says when its ticks are; both answers are in UTC."""

    def latest(self, now: datetime) -> datetime:
        """The last tick at or before `now`."""

    def following(self, now: datetime) -> datetime:
        """The first tick after `now`."""


@dataclass(frozen=True, slots=True)
class Steady:
    """Every so many seconds, counted from midnight of the first day of the clock."""

    seconds: int

    def latest(self, now: datetime) -> datetime:
        return datetime.fromtimestamp(now.timestamp() // self.seconds * self.seconds, UTC)

    def following(self, now: datetime) -> datetime:
        return self.latest(now) + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Calendar:
    """At these times of the days that are right by month, day of the month and weekday (0 is Sunday), all three."""

    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def latest(self, now: datetime) -> datetime:
        return next(tick for tick in self._ticks(now, -1) if tick <= now)

    def following(self, now: datetime) -> datetime:
        return next(tick for tick in self._ticks(now, 1) if tick > now)

    def _ticks(self, now: datetime, step: int) -> Iterator[datetime]:
        today = now.astimezone(UTC).date()
        for distance in range(FAR):
            day = today + timedelta(days=step * distance)
            if self._is_right(day):
                for moment in self.times[::step]:
                    yield datetime.combine(day, moment, UTC)

    def _is_right(self, day: date) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays


@lru_cache(maxsize=256)
def timetable(text: str) -> Timetable:
    """Read a timetable. Raises ValueError with one sentence for what is none, such as a 31 February."""
    if steady := STEADY.match(text):
        seconds = int(steady[1])
        if not SHORTEST <= seconds <= LONGEST:
            raise ValueError(f"A job may come every {SHORTEST} to {LONGEST} seconds, not every {seconds}.")
        return Steady(seconds)
    return _calendar(text)


def _calendar(text: str) -> Calendar:
    fields = text.split()
    try:
        minute, hour, day, month, weekday = fields
        spec = crontab(minute=minute, hour=hour, day_of_month=day, month_of_year=month, day_of_week=weekday)
    except (ParseException, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"“{text}” is not a time: write minute, hour, day, month and weekday (UTC), such as 30 2 1 * *, "
            "or every 10 s."
        ) from error
    times = tuple(time(hour, minute) for hour in sorted(spec.hour) for minute in sorted(spec.minute))
    return Calendar(times, frozenset(spec.day_of_month), frozenset(spec.month_of_year), frozenset(spec.day_of_week))
