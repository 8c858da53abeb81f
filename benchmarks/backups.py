"""A gigabyte backed up, restored on trial, and brought back after its disk is lost; with a server of its own."""

from __future__ import annotations

import os
import shutil
import signal
import time
from datetime import datetime

from benchmarks import stage
from benchmarks.report import Figure, shown
from config.services import processes
from monitoring.backups import restoring
from monitoring.tests.house import House, house, moment, quiet

GIGABYTE = 1_000_000_000
# Rows like those of a roster: numbers, times, and a little text that does not repeat.
TABLE = (
    "CREATE TABLE shift AS SELECT n AS id, n % 1400 AS person, n % 14 AS branch, now() + n * interval '1 minute' AS "
    "starts, now() + n * interval '1 minute' + interval '8 hours' AS ends, md5(n::text) AS note "
    "FROM generate_series(1, {}) n"
)
INDEXES = ("ALTER TABLE shift ADD PRIMARY KEY (id)", "CREATE INDEX ON shift (person, starts)")
BATCH = 1_000_000
# Longer than a segment stays open, so that losing the disk costs what it would cost at any other time.
WRITES_FOR = 75.0


def backups() -> tuple[Figure, ...]:
    """Seconds of the backup and of the trial restore; then what is lost with the disk, and until it is back."""
    with house() as at_home:
        size = _fill(at_home)
        before = time.process_time()
        made = stage.seconds_of(at_home.back_up)
        work = time.process_time() - before
        entry = at_home.vault.entries()[0]
        verdict = at_home.verify(entry)
        if verdict.fault:
            raise RuntimeError(verdict.fault)
        sealed = (
            f"{size / 1e9:.2f} GB become {entry.believed().size / 1e6:,.0f} MB; {shown(work, 's')} of CPU to seal them"
        )
        lost, back = _lose_the_disk(at_home)
    return Figure(made, sealed), Figure(verdict.seconds, "rows, constraints, every index"), lost, back


def _fill(at_home: House) -> int:
    at_home.ask(TABLE.format(BATCH))
    for statement in INDEXES:
        at_home.ask(statement)
    copies = (
        "SELECT id + max, person, branch, starts, ends, md5(note) FROM shift, (SELECT max(id) FROM shift) AS last (max)"
    )
    while (size := _size(at_home)) < GIGABYTE:
        at_home.ask(f"INSERT INTO shift {copies} WHERE shift.id <= {BATCH}")
    return size


def _size(at_home: House) -> int:
    return int(at_home.ask("SELECT pg_database_size(current_database())")[0][0])


def _lose_the_disk(at_home: House) -> tuple[Figure, Figure]:
    at_home.ask("CREATE TABLE written (at timestamptz)")
    until = time.monotonic() + WRITES_FOR
    with at_home.connect() as connection:
        while time.monotonic() < until:
            connection.execute("INSERT INTO written VALUES (clock_timestamp())")
            time.sleep(0.1)
    server, lost_at = at_home.plan.source.server, moment()
    for pid in processes.marked(server.marker):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(server.data)
    with at_home.vault.locked("a measure"):
        restored = restoring.restore(at_home.plan, restoring.choose(at_home.vault, None), None, quiet(), at=moment())
    last: datetime = at_home.ask("SELECT max(at) FROM written")[0][0]
    return Figure((lost_at - last).total_seconds(), "a killed server, its disk gone"), Figure(restored.seconds)
