"""Worlds for every alert rule: one in which it fires and one just short of it, both made of real things.

A rule without its worlds here fails `test_every_rule_fires.py`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psutil
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from time_machine import travel

from config import tenancy
from config.celery import EVERY_MINUTE, QUEUES, SCHEDULE
from monitoring.backups import selectors as backups
from monitoring.heartbeats import BEAT
from monitoring.models import Alert, AlertMessage, AlertRule, Backup, Level
from monitoring.services import heard_of, job_ended, job_started, keep_schedule
from monitoring.tests.make import rule_of
from monitoring.traffic import record
from notifications.kinds import Kind
from notifications.models import OutboxMessage
from notifications.services import Message, tell
from notifications.tests.broker import valkey
from staff.models import Person

World = Callable[[Any], Any]  # called with the cast; a context manager, or nothing to undo


@dataclass(frozen=True)
class Case:
    """A level of one rule, a world beyond its threshold and one that just keeps within."""

    metric: str
    level: Level
    beyond: World
    within: World

    def __str__(self) -> str:
        return f"{self.metric}-{self.level}"


def requests(number: int, *, failing: int = 0, seconds: float = 0.01, hits: int = 0) -> World:
    """So many requests, the last `failing` of them answered 500, the first `hits` from the cache."""

    def world(cast: Any) -> None:
        for n in range(number):
            status = 500 if n >= number - failing else 200
            record("/api/v1/things", "GET", status, seconds, cache="HIT" if n < hits else "MISS")

    return world


def threshold(metric: str, limit: Callable[[], float], **changes: Any) -> World:
    """Reality stays and the rule moves: what the machine is, no test may change."""

    def world(cast: Any) -> None:
        rule_of(metric, warning=max(limit(), 0), critical=None, **changes)

    return world


def connections(more: int) -> World:
    """The threshold stands at half a connection more than there are; then come `more`."""

    @contextmanager
    def world(cast: Any) -> Iterator[None]:
        with connection.cursor() as cursor, ExitStack() as opened:
            cursor.execute("SELECT sum(numbackends), current_setting('max_connections')::int FROM pg_stat_database")
            used, most = cursor.fetchone()
            rule_of("database_connections", warning=100 * (float(used) + 5.5) / most, critical=None)
            parameters = {**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}
            for _ in range(more):
                opened.enter_context(psycopg.connect(**parameters))
            # Within the test's one transaction PostgreSQL would repeat what it said before.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            yield

    return world


@contextmanager
def dead_cache(cast: Any) -> Iterator[None]:
    """A cache server that has just been killed."""
    with valkey() as (process, url):
        process.kill()
        process.wait()
        before, settings.REDIS_URL = settings.REDIS_URL, url
        try:
            yield
        finally:
            settings.REDIS_URL = before


def waiting(seconds: float) -> World:
    """A message in each organisation, the other one's due `seconds` ago."""

    def world(cast: Any) -> None:
        now = timezone.now()
        for person, age in ((cast.cashier, 1), (cast.other_cashier, seconds)):
            with tenancy.organisation(person.organisation_id):
                tell([Message(person.pk, Kind.GENERAL, "fact", "Waiting")])
                OutboxMessage.objects.update(due_at=now - timedelta(seconds=age))

    return world


def dead_letters(number: int) -> World:
    """So many messages that were given up, spread over the organisations."""

    def world(cast: Any) -> None:
        set_dead_letters(cast.cashier, number - number // 2)
        set_dead_letters(cast.other_cashier, number // 2)

    return world


def set_dead_letters(person: Person, number: int) -> None:
    """Exactly so many dead letters in the person's organisation."""
    now = timezone.now()
    with tenancy.organisation(person.organisation_id):
        OutboxMessage.objects.dead().delete()
        keys = [str(uuid.uuid4()) for _ in range(number)]
        tell(Message(person.pk, Kind.GENERAL, key, "Given up") for key in keys)
        OutboxMessage.objects.filter(key__in=keys).update(dead_at=now)


def failing_jobs(number: int) -> World:
    """The first jobs of SCHEDULE failed at their last run, the others succeeded after a failure."""

    def world(cast: Any) -> None:
        now = timezone.now()
        for place, job in enumerate(SCHEDULE.values()):
            for age, error in ((9, "old trouble"), (5, "no space left" if place < number else "")):
                run, at = uuid.uuid4(), now - timedelta(minutes=age)
                job_started(run, job.task, at=at)
                job_ended(run, at=at + timedelta(seconds=1), error=error)

    return world


def late_jobs(number: int) -> World:
    """The first of the jobs that come every minute began last ten minutes ago, all others just now."""

    def world(cast: Any) -> None:
        now = timezone.now()
        keep_schedule(now - timedelta(hours=1))
        for place, job in enumerate(sorted(SCHEDULE.values(), key=lambda job: job.when != EVERY_MINUTE)):
            at = now - timedelta(minutes=10 if place < number else 0)
            run = uuid.uuid4()
            job_started(run, job.task, at=at)
            job_ended(run, at=at)

    return world


def silence(seconds: float, *, of: str) -> World:
    """Every queue's worker and the beat gave signs of life just now, but one did `seconds` ago."""

    def world(cast: Any) -> None:
        now = timezone.now()
        keep_schedule(now - timedelta(hours=1))
        for name in (BEAT, *QUEUES):
            heard_of(name, by="test", at=now - timedelta(seconds=seconds if name == of else 0))

    return world


def untold(number: int) -> World:
    """So many e-mails about another alert that were given up half an hour ago, and one two hours ago."""

    def world(cast: Any) -> None:
        now = timezone.now()
        rule = AlertRule.objects.get(metric="disk")
        alert = Alert.objects.create(rule=rule, level=Level.WARNING, message="Disk", opened_at=now, closed_at=now)
        for n in range(number + 1):
            at = now - timedelta(minutes=120 if n == number else 30)
            AlertMessage.objects.create(
                alert=alert, event="opened", channel="email", recipient=f"{n}@platform.example", title="Disk",
                body="", created_at=at, due_at=at, dead_at=at,
            )  # fmt: skip

    return world


def nothing(cast: Any) -> None:
    """The world as it is."""


def disk() -> float:
    return float(psutil.disk_usage(str(settings.BASE_DIR)).percent)


def memory() -> float:
    return float(psutil.virtual_memory().percent)


def backed_up(seconds: float) -> World:
    """The last good backup began that long ago; a bad one since then makes nothing good."""

    def world(cast: Any) -> None:
        now = timezone.now()
        good = {"outcome": Backup.Outcome.DONE, "kind": "physical"}
        Backup.objects.create(name="good", started_at=now - timedelta(seconds=seconds), **good)
        Backup.objects.create(name="bad", started_at=now, outcome=Backup.Outcome.FAILED)

    return world


def archive_behind(seconds: float) -> World:
    """What was archived last was archived that long ago; nobody waits in a test, so the probe's clock is ahead."""

    @contextmanager
    def world(cast: Any) -> Iterator[None]:
        backed_up(60)(cast)
        now = timezone.now()
        behind = backups.unarchived_wal(now)
        if behind is None:
            pytest.skip("this PostgreSQL archives nothing (archive_mode is off)")
        with travel(now + timedelta(seconds=seconds - behind), tick=False):
            yield

    return world


W, C = Level.WARNING, Level.CRITICAL
HOUR = 3600
CASES = [
    Case("error_rate", W, requests(100, failing=3), requests(100, failing=2)),
    Case("error_rate", C, requests(100, failing=6), requests(100, failing=5)),
    Case("response_average", W, requests(100, seconds=0.301), requests(100, seconds=0.3)),
    Case("response_average", C, requests(100, seconds=0.501), requests(100, seconds=0.5)),
    Case("cache_hit_rate", W, requests(100, hits=49), requests(100, hits=50)),
    Case("slowest_endpoint", W, requests(10, seconds=1.001), requests(10, seconds=1)),
    Case("availability", W, requests(100, failing=2), requests(100, failing=1)),
    Case("availability", C, requests(100, failing=3), requests(100, failing=2)),
    # Percentiles are read from a histogram, at most 2.5 % off.
    Case("response_p95", W, requests(100, seconds=0.52), requests(100, seconds=0.48)),
    Case("response_p95", C, requests(100, seconds=1.04), requests(100, seconds=0.97)),
    Case("burn_1h", C, requests(1000, failing=15), requests(1000, failing=14)),
    Case("burn_6h", C, requests(1000, failing=7), requests(1000, failing=6)),
    Case("burn_3d", W, requests(1000, failing=2), requests(1000, failing=1)),
    Case("database_connections", W, connections(12), connections(0)),
    Case("memory", W, threshold("memory", lambda: memory() - 20), threshold("memory", lambda: memory() + 20)),
    Case("disk", W, threshold("disk", lambda: disk() - 1), threshold("disk", lambda: disk() + 1)),
    Case("cpu", W, threshold("cpu", lambda: 0, direction="from"), threshold("cpu", lambda: 100)),
    Case("redis_down", C, dead_cache, nothing),
    Case("outbox_oldest", W, waiting(62), waiting(50)),
    Case("outbox_oldest", C, waiting(302), waiting(290)),
    Case("dead_letters", W, dead_letters(1), dead_letters(0)),
    Case("dead_letters", C, dead_letters(10), dead_letters(9)),
    Case("jobs_failing", W, failing_jobs(1), failing_jobs(0)),
    Case("jobs_failing", C, failing_jobs(3), failing_jobs(2)),
    Case("jobs_late", W, late_jobs(1), late_jobs(0)),
    Case("jobs_late", C, late_jobs(3), late_jobs(2)),
    Case("beat_silent", W, silence(182, of=BEAT), silence(170, of=BEAT)),
    Case("beat_silent", C, silence(602, of=BEAT), silence(590, of=BEAT)),
    Case("worker_silent", W, silence(62, of="solver"), silence(50, of="solver")),
    Case("worker_silent", C, silence(302, of="mail"), silence(290, of="mail")),
    Case("backup_age", W, backed_up(24 * HOUR + 5), backed_up(24 * HOUR - 5)),
    Case("backup_age", C, backed_up(36 * HOUR + 5), backed_up(36 * HOUR - 5)),
    Case("unarchived_wal", W, archive_behind(601), archive_behind(590)),
    Case("unarchived_wal", C, archive_behind(901), archive_behind(890)),
    Case("alerts_untold", W, untold(1), untold(0)),
    Case("alerts_untold", C, untold(5), untold(4)),
]


def made(world: World, cast: Any) -> Any:
    """The world as a context."""
    return world(cast) or nullcontext()
