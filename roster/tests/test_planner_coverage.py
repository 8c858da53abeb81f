"""The drawing above each day: who is needed, who is there, by the branch's own clock."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from roster.entry import read_hours
from roster.selectors.coverage import coverage
from roster.times import counted_hours, span

MONDAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Slot:
    day: date
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    person_id: int | None

    @property
    def hours(self) -> Decimal:
        return counted_hours(self.starts_at, self.ends_at, 0)


def slot(hours: str, day: int = 0, person: int | None = 1, zone: str = "Africa/Lagos") -> Slot:
    typed, when = read_hours(hours), MONDAY + timedelta(days=day)
    return Slot(when, *span(when, typed.starts, typed.ends, ZoneInfo(zone)), ZoneInfo(zone), person)


def week(*slots: Slot):
    return coverage(slots, MONDAY, MONDAY)


def test_a_day_counts_positions_and_hours_apart_for_filled_and_open():
    day = week(slot("9-17"), slot("9-17"), slot("12-16", person=None)).days[0]
    assert (day.filled, day.total, day.missing) == (2, 3, 1)
    assert (day.hours, day.open_hours) == ("16 h", "4 h")


@pytest.mark.parametrize(
    ("slots", "short"),
    [
        ([slot("9-17")], ""),
        ([slot("9-17"), slot("15-20", person=None)], "Short 1, 15–20"),
        ([slot("15-20", person=None), slot("16-18", person=None)], "Short 2, 15–20"),
    ],
)
def test_the_gap_is_said_in_words(slots, short):
    assert week(*slots).days[0].short == short


def test_a_night_reaches_into_the_next_day():
    drawn = week(slot("22-6"))
    assert drawn.first_hour == 0
    assert drawn.last_hour == 24
    assert drawn.days[0].plan
    assert drawn.days[1].plan
    assert not drawn.days[2].plan
    assert [day.total for day in drawn.days] == [1, 0, 0, 0, 0, 0, 0]


def test_the_last_night_of_the_week_ends_outside_the_drawing():
    assert week(slot("22-6", day=6)).days[6].total == 1


def test_the_drawing_is_by_the_branchs_clock():
    assert week(slot("7-15", zone="Africa/Lagos")).first_hour == week(slot("7-15", zone="Asia/Tokyo")).first_hour


def test_all_days_share_one_frame_and_an_even_scale():
    drawn = week(slot("7-14"), slot("16-23", day=3))
    hours = [int(hour) for hour in drawn.scale]
    assert hours[0] <= 7
    assert hours[-1] >= 23
    assert len({after - before for before, after in pairwise(hours)}) == 1


def test_an_empty_week_draws_nothing():
    drawn = week()
    assert drawn.hours == "0 h"
    assert all(not day.plan and not day.need and not day.is_short for day in drawn.days)
