"""How full each day of a week is: positions, hours, and the drawing of who is needed and who is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from roster.times import hours_label

HEIGHT, STEP = 16, 2
USUAL = (8, 20)  # the hours that are drawn where no shift asks for more


class Slotted(Protocol):
    """A standing shift, as far as coverage cares."""

    @property
    def day(self) -> date: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def person_id(self) -> int | None: ...
    @property
    def hours(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class DayHead:
    """A day's column: how many positions are filled, how many hours are planned and open, and the drawing's paths."""

    day: date
    is_today: bool
    filled: int
    total: int
    hours: str
    open_hours: str
    short: str
    plan: str
    need: str

    @property
    def missing(self) -> int:
        return self.total - self.filled

    @property
    def is_short(self) -> bool:
        return self.filled < self.total


@dataclass(frozen=True, slots=True)
class Coverage:
    """Seven days and their sum; `width` is the drawing's, in its own units, and `hours` what its ends stand for."""

    days: tuple[DayHead, ...]
    hours: str
    open_hours: str
    width: int
    first_hour: int
    last_hour: int

    @property
    def scale(self) -> list[str]:
        """The hours below the drawing, at equal distances from one end to the other."""
        step = 3 if self.last_hour - self.first_hour <= 18 else 6
        return [f"{hour:02}" for hour in range(self.first_hour, self.last_hour + 1, step)]


def coverage(slots: Sequence[Slotted], week: date, today: date) -> Coverage:
    """What the shifts of a week come to, day by day."""
    need, plan = _heads(slots, week), _heads((slot for slot in slots if slot.person_id), week)
    used = [hour for heads in need for hour, count in enumerate(heads) if count]
    first, last = _frame(used)
    drawing = _Drawing(first, last, max([1, *(max(heads) for heads in need)]))
    days = tuple(
        _day([slot for slot in slots if slot.day == day], day, today, drawing.of(need[n], plan[n]))
        for n, day in enumerate(week + timedelta(days=n) for n in range(7))
    )
    filled, unfilled = _split(slots)
    return Coverage(days, _sum(filled), _sum(unfilled), STEP * (last - first), first, last)


def _frame(used: list[int]) -> tuple[int, int]:
    """The hours that are drawn: all that are used, in whole steps of three so that the scale is even."""
    first, last = min([USUAL[0], *used]), max([USUAL[1], *(hour + 1 for hour in used)])
    last = min(24, first + -(-(last - first) // 3) * 3)
    return last - -(-(last - first) // 3) * 3, last


def _day(slots: Sequence[Slotted], day: date, today: date, drawn: tuple[str, str, str]) -> DayHead:
    filled, unfilled = _split(slots)
    short, plan, need = drawn
    return DayHead(day, day == today, len(filled), len(slots), _sum(filled), _sum(unfilled), short, plan, need)


def _split(slots: Sequence[Slotted]) -> tuple[list[Slotted], list[Slotted]]:
    return [slot for slot in slots if slot.person_id], [slot for slot in slots if not slot.person_id]


def _sum(slots: Iterable[Slotted]) -> str:
    return hours_label(sum((slot.hours for slot in slots), Decimal(0)))


def _heads(slots: Iterable[Slotted], week: date) -> list[list[int]]:
    """How many are there at each hour of each day, asked at half past; a night reaches into the next day."""
    heads = [[0] * 24 for _ in range(7)]
    for slot in slots:
        starts, ends = slot.starts_at.astimezone(slot.zone), slot.ends_at.astimezone(slot.zone)
        midnight = datetime.combine(week, datetime.min.time(), tzinfo=slot.zone)
        first, last = _half_hours(starts, midnight), _half_hours(ends, midnight)
        for hour in range(first // 2, (last + 1) // 2):
            if first <= 2 * hour + 1 < last and 0 <= hour < 168:
                heads[hour // 24][hour % 24] += 1
    return heads


def _half_hours(moment: datetime, midnight: datetime) -> int:
    """Half hours by the wall clock since the week began."""
    wall = moment.replace(tzinfo=None) - midnight.replace(tzinfo=None)
    return int(wall // timedelta(minutes=30))


def _short(need: list[int], plan: list[int]) -> str:
    """The worst gap and when: "Short 2, 12–20", or an empty string."""
    gaps = [wanted - there for wanted, there in zip(need, plan, strict=True)]
    worst = max(gaps)
    if worst <= 0:
        return ""
    hours = [hour for hour, gap in enumerate(gaps) if gap]
    return f"Short {worst}, {hours[0]:02}–{hours[-1] + 1:02}"


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The frame that all seven days share, so that they can be compared."""

    first: int
    last: int
    peak: int

    def of(self, need: list[int], plan: list[int]) -> tuple[str, str, str]:
        """The gap in words, the area of who is there and the line of who is needed."""
        area = f"M0 {HEIGHT}{self._steps(plan)}V{HEIGHT}z" if any(plan) else ""
        line = f"M0 {HEIGHT}{self._steps(need)}" if any(need) else ""
        return _short(need, plan), area, line

    def _steps(self, heads: list[int]) -> str:
        """The outline as SVG steps, equal neighbours in one; always with a point, whatever the locale."""
        parts = []
        for count, same in groupby(heads[self.first : self.last]):
            height = HEIGHT - count * min(2.2, (HEIGHT - 1) / self.peak)
            parts.append(f"V{height:.1f}h{STEP * len(list(same))}")
        return "".join(parts)
