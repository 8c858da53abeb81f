"""Quick entry: what a planner types is read as meant, or refused in one sentence."""

from datetime import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.errors import Invalid
from roster.entry import LONGEST_BREAK, Hours, read_hours

clock_times = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))
pauses = st.integers(0, LONGEST_BREAK)

READ = {
    "9-17": Hours(time(9), time(17)),
    " 9 - 17 ": Hours(time(9), time(17)),
    "9–17": Hours(time(9), time(17)),
    "9 to 17": Hours(time(9), time(17)),
    "0830-1400": Hours(time(8, 30), time(14)),
    "8:30-14": Hours(time(8, 30), time(14)),
    "8.30-14.00": Hours(time(8, 30), time(14)),
    "8h30-14h00": Hours(time(8, 30), time(14)),
    "9-5p": Hours(time(9), time(17)),
    "9-5p 30b": Hours(time(9), time(17), 30),
    "9-5p30b": Hours(time(9), time(17), 30),
    "9am-5PM": Hours(time(9), time(17)),
    "9a - 12p": Hours(time(9), time(12)),
    "9p-12a": Hours(time(21), time(0)),
    "12a-8": Hours(time(0), time(8)),
    "22-6": Hours(time(22), time(6)),
    "22:00-06:00 30b": Hours(time(22), time(6), 30),
    "16-24": Hours(time(16), time(0)),
    "15:00–20:00 1h break": Hours(time(15), time(20), 60),
    "9-17, 45 min": Hours(time(9), time(17), 45),
    "9-17+30": Hours(time(9), time(17), 30),
    "9-17;30m": Hours(time(9), time(17), 30),
    "9-17 30 mins break": Hours(time(9), time(17), 30),
    "9-1730": Hours(time(9), time(17, 30)),
}

REFUSED = [
    *["", " ", "9", "-", "9-", "-17", "17", "nine to five", "9-17-20", "9,17", "9/17", "9-17 30x", "9-17 b"],
    *["25-3", "9-25", "9:60-17", "9:5-17", "24:30-8", "13p-5", "0a-5", "-9-17", "9--17", "1e1-17"],
    *["9-9", "24-0", "0-24", "12-12p", "9-17 181b", "9-17 4h", "9-17 999"],
    *["9-173", "9-17300", "9-1730060", "9-17" + " " * 60 + "30b", "9-17" + " " * 56 + "garbage"],
    *["9-17\x00", "<b>9-17</b>", "９－１７", "9-17; DROP TABLE", "²-5"],
]


@pytest.mark.parametrize("text", READ)
def test_it_is_read_as_meant(text):
    assert read_hours(text) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_anything_else_is_refused_in_one_sentence_for_the_field(text):
    with pytest.raises(Invalid) as refusal:
        read_hours(text)
    assert refusal.value.fields == {"hours": refusal.value.sentence}
    assert refusal.value.sentence.endswith(".")
    assert "\n" not in refusal.value.sentence


@given(clock_times, clock_times, pauses)
def test_hours_written_out_are_read_back(starts, ends, pause):
    hours = Hours(starts, ends, pause)
    if starts == ends:
        with pytest.raises(Invalid, match="has no length"):
            read_hours(str(hours))
    else:
        assert read_hours(str(hours)) == hours


@given(st.text(max_size=200))
@example("9" * 10_000)
@example("9-17" + " " * 10_000)
@example("9 - 17 " * 2_000)
@example("١٠-١٧")
def test_hostile_text_is_read_or_refused_and_never_breaks(text):
    try:
        hours = read_hours(text)
    except Invalid:
        return
    assert hours.starts != hours.ends
    assert 0 <= hours.break_minutes <= LONGEST_BREAK


@given(st.from_regex(r"[0-9:.apmbh,;+ \-–to]{1,30}", fullmatch=True))
def test_whatever_is_read_means_the_same_when_written_out(text):
    try:
        hours = read_hours(text)
    except Invalid:
        return
    assert read_hours(str(hours)) == hours
