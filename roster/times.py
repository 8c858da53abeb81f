"""Local time and UTC: the only place where a shift's hours are read, placed on the clock and worded.

A shift belongs to the branch's day on which it starts. Durations are really elapsed hours, so a night shift on a
clock-change night counts 7 or 9 hours, never 8. In the hour that happens twice the first one is meant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from config.errors import Invalid
from config.ranges import FIRST_DAY, LAST_DAY

QUARTER = Decimal("0.01")


def read_day(text: str) -> date:
    """A date written as YYYY-MM-DD. Raises Invalid for anything else, and for years that no roster reaches."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Invalid(f"“{text[:30]}” is not a date; write it like 2026-11-23.")
    return day


def place(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time on a local day.

    Raises Invalid for a time that a clock change skips.
    """
    local = datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid(f"{at:%H:%M} does not exist on {day:%A %-d %B}: the clocks go forward in that hour.")
    return instant


def span(day: date, starts: time, ends: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The UTC start and end of local hours on a day; an end at or before the start is on the next day.

    Raises Invalid where a clock change skips one of the two.
    """
    last_day = day if ends > starts else day + timedelta(days=1)
    return place(day, starts, zone), place(last_day, ends, zone)


def elapsed(starts_at: datetime, ends_at: datetime) -> timedelta:
    """The time that really passes, whatever the wall clock does meanwhile."""
    return ends_at.astimezone(UTC) - starts_at.astimezone(UTC)


def in_hours(length: timedelta) -> Decimal:
    """A length in decimal hours, to the hundredth."""
    return (Decimal(length // timedelta(seconds=1)) / 3600).quantize(QUARTER)


def counted_hours(starts_at: datetime, ends_at: datetime, break_minutes: int) -> Decimal:
    """The hours that count for a person: elapsed, less the unpaid break, never below zero."""
    return max(in_hours(elapsed(starts_at, ends_at) - timedelta(minutes=break_minutes)), Decimal(0))


def span_label(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """The hours as people read them at that branch: "08:30–20:00", over midnight "22:00–06:00 +1"."""
    first, last = starts_at.astimezone(zone), ends_at.astimezone(zone)
    days = (last.date() - first.date()).days
    return f"{first:%H:%M}–{last:%H:%M}" + (f" +{days}" if days else "")


def hours_label(hours: Decimal) -> str:
    """Hours without idle zeros: "8 h", "31.5 h"."""
    return f"{hours.normalize():f} h" if hours else "0 h"


def week_of(day: date, week_start: int = 0) -> date:
    """The first day of the week that a day lies in; `week_start` 0 is Monday."""
    return day - timedelta(days=(day.weekday() - week_start) % 7)


def week_label(first: date) -> str:
    """A week as a heading: "23–29 November", "30 November – 6 December"."""
    last = first + timedelta(days=6)
    if first.month == last.month:
        return f"{first.day}–{last.day} {last:%B}"
    return f"{first.day} {first:%B} – {last.day} {last:%B}"


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The UTC instants at which a local day begins and ends, 23 to 25 hours apart."""
    begins, ends = (datetime.combine(d, time(), tzinfo=zone).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    return begins, ends
