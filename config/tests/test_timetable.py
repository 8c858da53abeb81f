"""A timetable knows the tick before and the tick after any moment, and refuses what is none in one sentence."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.celery import SCHEDULE
from config.timetable import timetable

NOON = datetime(2026, 11, 26, 12, 0, 30, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("text", "latest", "following"),
    [
        ("* * * * *", "2026-11-26 12:00:00", "2026-11-26 12:01:00"),
        ("every 10 s", "2026-11-26 12:00:30", "2026-11-26 12:00:40"),
        ("0 2 * * *", "2026-11-26 02:00:00", "2026-11-27 02:00:00"),
        ("59 23 * * *", "2026-11-25 23:59:00", "2026-11-26 23:59:00"),
        ("30 2 1 * *", "2026-11-01 02:30:00", "2026-12-01 02:30:00"),
        ("*/15 8-9 * * *", "2026-11-26 09:45:00", "2026-11-27 08:00:00"),
        ("0 6 * * 0", "2026-11-22 06:00:00", "2026-11-29 06:00:00"),
        ("0 6 * * mon-fri", "2026-11-26 06:00:00", "2026-11-27 06:00:00"),
        ("0 0 29 2 mon", "2016-02-29 00:00:00", "2044-02-29 00:00:00"),
        ("0 0 29 2 *", "2024-02-29 00:00:00", "2028-02-29 00:00:00"),
    ],
)
def test_the_ticks_on_both_sides_of_a_moment(text, latest, following):
    found = timetable(text)
    assert found.latest(NOON) == datetime.fromisoformat(latest).replace(tzinfo=UTC)
    assert found.following(NOON) == datetime.fromisoformat(following).replace(tzinfo=UTC)


def test_a_tick_belongs_to_its_own_moment():
    two = datetime(2026, 11, 26, 2, tzinfo=UTC)
    assert timetable("0 2 * * *").latest(two) == two
    assert timetable("0 2 * * *").following(two) == two + timedelta(days=1)


def test_a_moment_may_be_told_in_any_zone():
    lagos = timezone(timedelta(hours=1))
    assert timetable("0 2 * * *").latest(NOON.astimezone(lagos)) == datetime(2026, 11, 26, 2, tzinfo=UTC)


@given(st.integers(0, 20 * 366 * 24 * 3600))
def test_no_tick_is_left_out(seconds):
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    for text in ("* * * * *", "every 7 s", "30 2 1 * *", "*/20 1,13 * * sat"):
        found = timetable(text)
        assert found.latest(moment) <= moment < found.following(moment)
        assert found.latest(found.following(moment)) == found.following(moment)
        assert found.following(found.latest(moment)) == found.following(moment)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tea time", "“tea time” is not a time"),
        ("61 * * * *", "“61 * * * *” is not a time"),
        ("* * * *", "“* * * *” is not a time"),
        ("* * * * * *", "“* * * * * *” is not a time"),
        ("*/0 * * * *", "“*/0 * * * *” is not a time"),
        ("0 0 31 2 *", "“0 0 31 2 *” is not a time"),
        ("every 1 s", "every 5 to 3600 seconds, not every 1."),
        ("", "“” is not a time"),
    ],
)
def test_what_is_no_time_is_refused(text, sentence):
    with pytest.raises(ValueError, match=".") as refused:
        timetable(text)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_job_of_the_schedule_has_a_time():
    assert all(timetable(job.when) for job in SCHEDULE.values())
