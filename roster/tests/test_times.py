"""Local hours and UTC: any zone, any day, over midnight and over clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.errors import Invalid
from roster.times import (
    counted_hours,
    day_bounds,
    elapsed,
    hours_label,
    in_hours,
    place,
    span,
    span_label,
    week_label,
    week_of,
)

LAGOS, LONDON, NEW_YORK = ZoneInfo("Africa/Lagos"), ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
LORD_HOWE, KATHMANDU = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")
# Beirut and Santiago change at midnight: there a day itself begins at one o'clock.
ZONES = [LAGOS, LONDON, NEW_YORK, LORD_HOWE, KATHMANDU, ZoneInfo("Asia/Beirut"), ZoneInfo("America/Santiago")]

# The nights on which the clocks change, in 2026: forward, and back.
FORWARD = {LONDON: date(2026, 3, 29), NEW_YORK: date(2026, 3, 8), LORD_HOWE: date(2026, 10, 4)}
BACK = {LONDON: date(2026, 10, 25), NEW_YORK: date(2026, 11, 1), LORD_HOWE: date(2026, 4, 5)}

zones = st.sampled_from(ZONES)
changes = st.sampled_from([*FORWARD.values(), *BACK.values()])
days = st.one_of(st.dates(date(2000, 1, 1), date(2050, 12, 31)), changes, changes.map(lambda day: day - timedelta(1)))
clock_times = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))


def placed(day, at, zone):
    """The instant, or None where the clocks skip it."""
    try:
        return place(day, at, zone)
    except Invalid:
        return None


@given(days, clock_times, zones)
def test_a_placed_time_reads_back_as_it_was_written(day, at, zone):
    instant = placed(day, at, zone)
    assume(instant is not None)
    assert instant.tzinfo is UTC
    local = instant.astimezone(zone)
    assert (local.date(), local.time().replace(fold=0)) == (day, at)


@given(days, clock_times, zones)
def test_only_a_time_that_no_clock_shows_is_refused(day, at, zone):
    shown = {
        (datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)).astimezone(zone)
        for minute in range(-15 * 60, 39 * 60)
    }
    exists = datetime.combine(day, at) in {each.replace(tzinfo=None, fold=0) for each in shown}
    assert (placed(day, at, zone) is not None) == exists


@given(days, clock_times, zones)
def test_of_two_times_that_look_alike_the_first_is_meant(day, at, zone):
    instant = placed(day, at.replace(fold=1), zone)
    assume(instant is not None)
    wall = datetime.combine(day, at)
    before = [instant - timedelta(minutes=minutes) for minutes in (30, 60, 120)]
    assert all(each.astimezone(zone).replace(tzinfo=None) != wall for each in before)


@given(days, clock_times, clock_times, zones)
def test_a_span_lasts_as_long_as_a_stopwatch_says(day, starts, ends, zone):
    try:
        first, last = span(day, starts, ends, zone)
    except Invalid:
        return
    wall = datetime.combine(day + timedelta(days=ends <= starts), ends) - datetime.combine(day, starts)
    shift = first.astimezone(zone).utcoffset() - last.astimezone(zone).utcoffset()
    assert elapsed(first, last) == wall + shift
    assert elapsed(first.astimezone(zone), last.astimezone(zone)) == last - first


@given(days, clock_times, clock_times, zones)
def test_an_end_at_or_before_the_start_is_on_the_next_day(day, starts, ends, zone):
    try:
        first, last = span(day, starts, ends, zone)
    except Invalid:
        return
    nights = 1 if ends <= starts else 0
    assert first.astimezone(zone).date() == day
    assert last.astimezone(zone).date() == day + timedelta(days=nights)
    assert span_label(first, last, zone) == f"{starts:%H:%M}–{ends:%H:%M}" + (" +1" if nights else "")


@given(days, zones)
def test_a_day_ends_where_the_next_one_begins(day, zone):
    begins, ends = day_bounds(day, zone)
    assert ends == day_bounds(day + timedelta(days=1), zone)[0]
    assert timedelta(hours=23) <= ends - begins <= timedelta(hours=25)
    assert begins.astimezone(zone).date() == day
    assert (begins - timedelta(minutes=1)).astimezone(zone).date() == day - timedelta(days=1)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(0, 6))
def test_a_week_begins_on_its_own_day_and_holds_the_date(day, week_start):
    first = week_of(day, week_start)
    assert first.weekday() == week_start
    assert first <= day < first + timedelta(days=7)
    assert week_of(first, week_start) == first


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 28), LONDON, 7),
        (date(2026, 10, 24), LONDON, 9),
        (date(2026, 3, 7), NEW_YORK, 7),
        (date(2026, 10, 31), NEW_YORK, 9),
        (date(2026, 10, 3), LORD_HOWE, 7.5),
        (date(2026, 4, 4), LORD_HOWE, 8.5),
        (date(2026, 3, 28), LAGOS, 8),
        (date(2026, 3, 28), KATHMANDU, 8),
    ],
)
def test_a_night_shift_counts_the_hours_that_really_pass(day, zone, hours):
    first, last = span(day, time(22), time(6), zone)
    assert counted_hours(first, last, 0) == Decimal(str(hours))
    assert span_label(first, last, zone) == "22:00–06:00 +1"


@pytest.mark.parametrize(
    ("zone", "at"), [(LONDON, time(1, 30)), (NEW_YORK, time(2, 30)), (LORD_HOWE, time(2, 15))], ids=str
)
def test_a_time_that_the_clocks_skip_is_refused_in_a_sentence(zone, at):
    with pytest.raises(Invalid, match=r"does not exist on Sunday \d+ \w+: the clocks go forward in that hour\."):
        place(FORWARD[zone], at, zone)


@pytest.mark.parametrize(
    ("zone", "at", "utc"),
    [
        (LONDON, time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (NEW_YORK, time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (LORD_HOWE, time(1, 45), datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
    ],
    ids=str,
)
def test_in_the_hour_that_comes_twice_the_first_is_meant(zone, at, utc):
    assert place(BACK[zone], at, zone) == utc
    # Hours read from a stored shift carry the second one's mark; planned again, they mean the first as well.
    assert place(BACK[zone], at.replace(fold=1), zone) == utc


def test_a_break_never_makes_hours_negative():
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert counted_hours(noon, noon + timedelta(minutes=20), 30) == 0
    assert counted_hours(noon, noon + timedelta(hours=9), 45) == Decimal("8.25")


@pytest.mark.parametrize(("hours", "label"), [("8.00", "8 h"), ("31.50", "31.5 h"), ("0.00", "0 h"), ("40", "40 h")])
def test_hours_are_worded_without_idle_zeros(hours, label):
    assert hours_label(Decimal(hours)) == label


def test_a_third_of_an_hour_is_rounded_to_the_hundredth():
    assert in_hours(timedelta(minutes=20)) == Decimal("0.33")


@pytest.mark.parametrize(
    ("first", "label"),
    [(date(2026, 11, 23), "23–29 November"), (date(2026, 11, 30), "30 November – 6 December")],
)
def test_a_week_is_named_by_its_days(first, label):
    assert week_label(first) == label
