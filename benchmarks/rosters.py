"""Rosters in the database: publishing a large week, and what row-level security costs a reader."""

from __future__ import annotations

from datetime import time
from functools import partial
from statistics import median
from typing import Any

from django.db import connection

from benchmarks import stage
from benchmarks.report import Figure, in_the_middle
from config import tenancy, testing
from config.testing import ACE
from roster.services import publish
from roster.times import place

# A copy of the table with its indexes and without its policy.
PLAIN = """
    SET app.organisation = '{organisation}';
    CREATE TABLE plain_shift (LIKE roster_shift INCLUDING ALL);
    INSERT INTO plain_shift OVERRIDING SYSTEM VALUE SELECT * FROM roster_shift;
    GRANT SELECT ON plain_shift TO PUBLIC;
"""
BRANCH_WEEK = "SELECT count(*), max(ends_at) FROM {} WHERE {}branch_id = %s AND starts_at >= %s AND starts_at < %s"


def publishing() -> tuple[Figure]:
    """Publish 1,000 shifts of 150 people for the first time: rules, promises, messages, and the commit."""
    seconds = []
    with stage.database():
        with tenancy.organisation(ACE):
            crew = stage.crew(SuperMarket=150)
        for week in (1, 2, 3):
            with tenancy.organisation(ACE):
                rosters = stage.draft(crew, stage.monday_in(week), days=7, at_most=1000)
            stage.analyse()
            seconds.append(stage.seconds_of(partial(_publish, rosters, crew)))
    return (in_the_middle(seconds),)


def isolation() -> tuple[Figure]:
    """A branch's week out of 20,000 shifts, under row-level security and from a table without it."""
    with stage.database():
        with tenancy.organisation(ACE):
            crew = stage.crew(SuperMarket=200)
            for week in range(20):
                stage.draft(crew, stage.monday_in(week))
        with testing.as_owner(connection.settings_dict["NAME"]) as owner:
            owner.execute(PLAIN.format(organisation=ACE))
        stage.analyse()
        # Instants, not days: comparing with a day is no leakproof operator, so row-level security would bar the index.
        start = place(stage.monday_in(10), time(0), crew.branch.zone)
        what = [crew.branch.pk, start, start + stage.WEEK]
        own = f"organisation_id = {ACE} AND "
        pair = BRANCH_WEEK.format("roster_shift", ""), BRANCH_WEEK.format("plain_shift", own)
        with tenancy.organisation(ACE), connection.cursor() as cursor:
            runs = [[stage.seconds_of(partial(_fetch, cursor, sql, what)) for sql in pair] for _ in range(200)]
    with_it, without = (median(column) for column in zip(*runs, strict=True))
    return (Figure(with_it / without, f"medians of 200: {with_it * 1e3:.2f} ms with, {without * 1e3:.2f} ms without"),)


def _fetch(cursor: Any, sql: str, what: list[object]) -> None:
    cursor.execute(sql, what)
    cursor.fetchall()


def _publish(rosters: list[stage.Roster], crew: stage.Crew) -> None:
    with tenancy.organisation(ACE):
        published = publish(rosters, by=crew.manager, reason="For the benchmark")
    if published.total != 1000:
        raise RuntimeError(f"{published.total} shifts were published, not 1,000.")
