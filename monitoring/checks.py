"""CHECKS: what must be well for the product to work, with one cure for each fault. Health pages and `doctor` read it.

Each look has a bounded time: PostgreSQL may hang for 2 s, a Valkey for half a second, and nothing behind a database
that does not answer is asked at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import psycopg
from django.db import Error as DatabaseFault
from django.utils import timezone

from monitoring.looks import Seen, Site, State, machine, product, servers

SECOND = 1000  # milliseconds


class Reader(StrEnum):
    """Who asks: a load balancer, whoever watches, the doctor. Each sees what the one before does, and more."""

    READINESS = "readiness"
    STATUS = "status"
    DOCTOR = "doctor"


@dataclass(frozen=True, slots=True)
class Check:
    """One look, the first reader that it is for, and what to do when it is not well."""

    name: str
    look: Callable[[Site], Seen]
    cure: str
    reader: Reader = Reader.STATUS
    needs_database: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has seen; `cure` is empty where all is well."""

    name: str
    state: State
    sentence: str
    cure: str
    milliseconds: int


CHECKS: tuple[Check, ...] = (
    Check(
        "database",
        servers.database,
        "Start PostgreSQL (`python -m config.services up`) or correct DATABASE_URL.",
        Reader.READINESS,
    ),
    Check("migrations", servers.migrations, "Run `manage.py migrate`.", Reader.READINESS, needs_database=True),
    Check(
        "cache",
        servers.cache,
        "Start the cache (`python -m config.services up`) or correct REDIS_URL; pages work without it, only slower.",
        Reader.READINESS,
    ),
    Check(
        "role",
        servers.role,
        "Let DATABASE_URL name a role that is no superuser, has no BYPASSRLS and owns no table.",
        needs_database=True,
    ),
    Check("clock", servers.clock, "Set both machines' clocks by NTP.", needs_database=True),
    Check(
        "broker",
        servers.broker,
        "Start the broker (`python -m config.services up`) or correct BROKER_URL; nothing is lost meanwhile.",
    ),
    Check("beat", product.beat, "Start the beat (`beat` in the Procfile).", needs_database=True),
    Check("workers", product.workers, "Start the workers (`worker` and `slow` in the Procfile).", needs_database=True),
    Check("jobs", product.jobs, "See `manage.py jobs`, mend the reason, and `run_job NAME`.", needs_database=True),
    Check(
        "outbox",
        product.outbox,
        "Read the reasons with `manage.py outbox --dead`, mend them, and `outbox --replay`.",
        needs_database=True,
    ),
    Check(
        "erasures",
        product.erasures,
        "Run `manage.py run_job backup_copy`, and see that BACKUP_TO and BACKUP_COPY_TO can be written.",
        Reader.DOCTOR,
        needs_database=True,
    ),
    Check("folders", machine.folders, "Give the user of the web server the folder, or free some space."),
    Check("settings", machine.settings_of_a_deployment, "Set the variables as in .env.example.", Reader.DOCTOR),
    Check("packages", machine.packages, "Run `make setup`.", Reader.DOCTOR),
)


def look(reader: Reader, now: datetime | None = None) -> list[Finding]:
    """Go through the checks that this reader is shown; takes 3.5 s at most, whatever hangs."""
    readers = list(Reader)
    shown = readers[: readers.index(reader) + 1]
    with Site(now or timezone.now()) as site:
        return [_finding(check, site) for check in CHECKS if check.reader in shown]


def worst(findings: Iterable[Finding]) -> State:
    """How all of it stands: as bad as its worst part."""
    states = {finding.state for finding in findings}
    return next((state for state in (State.CRITICAL, State.DEGRADED) if state in states), State.HEALTHY)


def _finding(check: Check, site: Site) -> Finding:
    began = time.monotonic()
    seen = _seen(check, site)
    milliseconds = round((time.monotonic() - began) * SECOND)
    return Finding(check.name, seen.state, seen.sentence, "" if seen.is_well else check.cure, milliseconds)


def _seen(check: Check, site: Site) -> Seen:
    if not check.needs_database:
        return check.look(site)
    if site.database is None:
        return Seen(State.DEGRADED, "Not known while the database does not answer.")
    try:
        return check.look(site)
    except (DatabaseFault, psycopg.Error) as fault:
        # Asked nothing more: a table that is locked would cost every check its patience.
        site.give_up()
        return Seen(State.CRITICAL, f"The database does not answer this: {str(fault).splitlines()[0]}.")
