"""Quick entry: what a planner types into a cell, read as hours and a break.

"9-17", "9-5p 30b", "0830-1400", "22-6" (over midnight), "15:00–20:00 1h break". Everything else is refused with
one sentence that shows a right one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from config.errors import Invalid

EXAMPLES = "write it like 9-17, 22-6, or 9-17 30b with a 30 min break"
LONGEST_BREAK = 180

CLOCK = r"(\d{1,2})(?:[:.h]?(\d{2}))?\s*(am?|pm?)?"
# The break stands apart: "9-173" is a slip of the finger, not three minutes.
BREAK = r"(?:\s*[,;+]\s*|\s+|(?<=[apm]))(\d{1,3})\s*(b|m|min|mins|h)?\s*(?:break|b)?"
ENTRY = re.compile(rf"^\s*{CLOCK}\s*(?:-|–|—|to)\s*{CLOCK}(?:{BREAK})?\s*$", re.IGNORECASE)
LONGEST_ENTRY = 60


@dataclass(frozen=True, slots=True)
class Hours:
    """Local hours of a day and the unpaid break in minutes; an end at or before the start is the next day's."""

    starts: time
    ends: time
    break_minutes: int = 0

    def __str__(self) -> str:
        pause = f" {self.break_minutes}b" if self.break_minutes else ""
        return f"{self.starts:%H:%M}-{self.ends:%H:%M}{pause}"


def read_hours(text: str) -> Hours:
    """The hours that a planner meant. Raises Invalid, worded for the field "hours", for anything else."""
    found = ENTRY.match(text) if len(text) <= LONGEST_ENTRY else None
    if not found:
        raise _unreadable(f"“{text[:30]}” is not hours; {EXAMPLES}.")
    hour, minute, half, last_hour, last_minute, last_half, pause, unit = found.groups()
    starts = _clock(hour, minute, half)
    ends = _clock(last_hour, last_minute, last_half)
    if starts == ends:
        raise _unreadable(f"A shift from {starts:%H:%M} to {ends:%H:%M} has no length; {EXAMPLES}.")
    minutes = int(pause or 0) * (60 if (unit or "").lower() == "h" else 1)
    if minutes > LONGEST_BREAK:
        raise _unreadable(f"A break of {minutes} minutes is too long; {LONGEST_BREAK} minutes is the most.")
    return Hours(starts, ends, minutes)


def _clock(hour: str, minute: str | None, half: str | None) -> time:
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:
            raise _unreadable(f"“{hour}{half}” is not a time of day; {EXAMPLES}.")
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    if hours == 24 and minutes == 0:
        hours = 0
    if hours > 23 or minutes > 59:
        raise _unreadable(f"{hour}:{minute or '00'} is not a time of day; {EXAMPLES}.")
    return time(hours, minutes)


def _unreadable(sentence: str) -> Invalid:
    return Invalid(sentence, fields={"hours": sentence})
