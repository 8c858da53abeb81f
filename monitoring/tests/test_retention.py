"""Which backups stay, as a table of days; and which WAL they need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitoring.backups.manifest import Manifest, Verdict
from monitoring.backups.retention import kept
from monitoring.backups.vault import Entry, name_of
from monitoring.backups.verifying import segments

NIGHT = datetime(2026, 11, 26, 23, 59, tzinfo=UTC)


def backup(at: datetime, *, fault: str = "", verified: bool = False) -> Entry:
    manifest = Manifest(name_of(at), "physical", at, at, "acemall", 180006, "1", None, {}, [])
    verdict = Verdict(at, fault, 1.0) if verified or fault else None
    return Entry(Path(name_of(at)), manifest, verdict, fault)


def days_kept(entries: list[Entry], now: datetime = NIGHT) -> list[str]:
    stay = kept(entries, now)
    return [f"{entry.at:%Y-%m-%d}" for entry in entries if entry.name in stay]


def test_of_two_years_of_nights_seven_days_four_weeks_and_twelve_months_stay() -> None:
    nights = [backup(NIGHT - timedelta(days=day)) for day in range(730)]
    assert days_kept(nights) == [
        *("2026-11-26", "2026-11-25", "2026-11-24", "2026-11-23", "2026-11-22", "2026-11-21", "2026-11-20"),
        *("2026-11-15", "2026-11-08"),
        *("2026-10-31", "2026-09-30", "2026-08-31", "2026-07-31", "2026-06-30", "2026-05-31", "2026-04-30"),
        *("2026-03-31", "2026-02-28", "2026-01-31", "2025-12-31"),
    ]


def test_everything_of_the_last_day_stays() -> None:
    hours = [backup(NIGHT - timedelta(hours=hour)) for hour in range(30)]
    assert len(kept(hours, NIGHT)) == 24 + 1


@pytest.mark.parametrize(("age", "stays"), [(6, True), (8, False)])
def test_a_bad_one_stays_a_week_and_takes_no_good_ones_place(age: int, stays: bool) -> None:
    bad = backup(NIGHT - timedelta(days=age), fault="It was cut.")
    good = [backup(NIGHT - timedelta(days=day, hours=1)) for day in range(10)]
    stay = kept([bad, *good], NIGHT)
    assert (bad.name in stay) is stays
    assert {entry.name for entry in good[:7]} <= stay


def test_the_last_that_was_restored_on_trial_is_never_removed() -> None:
    proved = backup(NIGHT - timedelta(days=800), verified=True)
    older = backup(NIGHT - timedelta(days=900), verified=True)
    bad = [backup(NIGHT - timedelta(days=day), fault="It was cut.") for day in range(20)]
    good = [backup(NIGHT - timedelta(days=day)) for day in range(30, 730)]
    stay = kept([proved, older, *bad, *good], NIGHT)
    assert proved.name in stay
    assert older.name not in stay


def test_what_cannot_be_read_is_for_people_to_judge() -> None:
    """With another BACKUP_KEY every backup looks like this; one night must not remove them all."""
    unread = Entry(Path(name_of(NIGHT - timedelta(days=300))), None, None, "signed with another BACKUP_KEY")
    assert unread.name in kept([unread, backup(NIGHT)], NIGHT)


def test_segments_are_counted_over_the_end_of_a_log() -> None:
    names = list(segments("0000000100000002000000FE", "000000010000000300000001", 16 << 20))
    assert [name[8:] for name in names] == [
        *("00000002000000FE", "00000002000000FF", "0000000300000000", "0000000300000001"),
    ]
