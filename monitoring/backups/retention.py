"""Which backups stay: all of the last day, then 7 daily, 4 weekly, 12 monthly, and always the last that was proved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from monitoring.backups.vault import Entry

DAYS, WEEKS, MONTHS = 7, 4, 12
RECENT = timedelta(days=1)
# Bad ones help to find out why, for as long as one can go back to a moment.
BAD = timedelta(days=DAYS)

RULES: tuple[tuple[int, Callable[[datetime], object]], ...] = (
    (DAYS, lambda at: at.date()),
    (WEEKS, lambda at: at.isocalendar()[:2]),
    (MONTHS, lambda at: (at.year, at.month)),
)


def kept(entries: Iterable[Entry], now: datetime) -> set[str]:
    """The names of the backups that stay; of each day, week and month the newest good one counts."""
    newest_first = sorted(entries, key=lambda entry: entry.name, reverse=True)
    good = [entry for entry in newest_first if entry.good]
    stay = {entry.name for entry in newest_first if now - entry.at < (RECENT if entry.good else BAD)}
    # A backup without a manifest that we believe may be a good one of another key: that is for people to judge.
    stay |= {entry.name for entry in newest_first if entry.manifest is None}
    stay |= {entry.name for entry in [entry for entry in good if entry.verified][:1]}
    for count, period in RULES:
        stay |= set(list(_newest_of_each(good, period))[:count])
    return stay


def daily(entries: Iterable[Entry]) -> list[Entry]:
    """The good backups between which one can go back to any moment, the newest first."""
    good = sorted((entry for entry in entries if entry.good), key=lambda entry: entry.name, reverse=True)
    days = set(list(_newest_of_each(good, RULES[0][1]))[:DAYS])
    oldest = min(days, default="")
    return [entry for entry in good if entry.name >= oldest]


def _newest_of_each(good: list[Entry], period: Callable[[datetime], object]) -> Iterable[str]:
    newest: dict[object, str] = {}
    for entry in good:
        newest.setdefault(period(entry.at), entry.name)
    return newest.values()
