"""PROBES: every figure that can become an alert: what it is, its unit, how it is measured, and what to do about it.

To add one: a line here, a line in `monitoring/defaults.py`, a migration that calls `add_missing`, and a section of
`docs/runbooks/alerts.md`. A test asks for all four.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import psutil
import redis
from django.conf import settings
from django.db import connection
from django.db.models import Min

from monitoring.backups import selectors as backups
from monitoring.heartbeats import ages, beat_silence
from monitoring.models import AlertMessage, JobRun, ScheduledJob
from monitoring.selectors.jobs import LATE, job_statuses
from monitoring.traffic import Traffic, Unavailable, traffic
from notifications.selectors import outbox_backlog

BUDGET = 0.1  # percent of requests that may fail: the objective is 99.9 %
SHORT = 12  # a burn counts only if it still goes on in the last twelfth of its window
HOUR, THREE_DAYS = 60, 3 * 24 * 60
LEAST_ASKED = 10  # requests of a route, below which it is not judged

CONNECTIONS = """
SELECT 100.0 * sum(numbackends) / current_setting('max_connections')::int FROM pg_stat_database
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured value, how many samples it stands on, and what it concerns where that is not clear."""

    value: float
    samples: int = 1
    detail: str = ""


# Called with the window to look back over, and now. None: it cannot be known at the moment.
Measure = Callable[[timedelta, datetime], Reading | None]


@dataclass(frozen=True, slots=True)
class Probe:
    """One figure: `label` names it, `cure` is the first thing to do, `most` is the largest value it can have.

    `longest` is how many minutes it can look back; 0 where it is a figure of the moment.
    """

    label: str
    unit: str
    measure: Measure
    cure: str
    most: float | None = None
    longest: int = 0


def _of_traffic(read: Callable[[Traffic], Reading]) -> Measure:
    """A figure of the requests within the window that ends now; unknown while Valkey cannot say."""

    def measure(window: timedelta, now: datetime) -> Reading | None:
        try:
            return read(traffic(int(window.total_seconds())))
        except Unavailable:
            return None

    return measure


def _seconds_of(ask: Callable[[datetime], float | None]) -> Measure:
    """An age or a silence of the moment, in seconds; None stays unknown."""

    def measure(window: timedelta, now: datetime) -> Reading | None:
        seconds = ask(now)
        return None if seconds is None else Reading(seconds)

    return measure


def error_rate(seen: Traffic) -> Reading:
    return Reading(seen.error_rate, seen.requests)


def availability(seen: Traffic) -> Reading:
    return Reading(100 - seen.error_rate, seen.requests)


def average(seen: Traffic) -> Reading:
    return Reading(seen.average_ms, seen.requests)


def p95(seen: Traffic) -> Reading:
    return Reading(seen.p95_ms, seen.requests)


def hit_rate(seen: Traffic) -> Reading:
    """Without a look-up there is no rate, and none that could be too low."""
    rate = 100.0 if seen.hit_rate is None else seen.hit_rate
    return Reading(rate, seen.cache_hits + seen.cache_misses + seen.cache_bypasses)


def slowest_endpoint(seen: Traffic) -> Reading:
    """The slowest of the routes that were asked often enough to judge; which one, stands in the detail."""
    judged = [endpoint for endpoint in seen.endpoints if endpoint.requests >= LEAST_ASKED]
    if not judged:
        return Reading(0, 0)
    slowest = max(judged, key=lambda endpoint: endpoint.average_ms)
    return Reading(slowest.average_ms, slowest.requests, slowest.route)


def burn_rate(window: timedelta, now: datetime) -> Reading | None:
    """How many times faster than allowed the error budget is used, over the window and still in its last twelfth."""
    try:
        long, short = (traffic(int(part.total_seconds())) for part in (window, window / SHORT))
    except Unavailable:
        return None
    return Reading(round(min(long.error_rate, short.error_rate) / BUDGET, 3), long.requests)


def database_connections(window: timedelta, now: datetime) -> Reading:
    with connection.cursor() as cursor:
        cursor.execute(CONNECTIONS)
        (share,) = cursor.fetchone()
    return Reading(float(share))


def memory(window: timedelta, now: datetime) -> Reading:
    return Reading(psutil.virtual_memory().percent)


def disk(window: timedelta, now: datetime) -> Reading:
    """The file system that holds the installation; databases elsewhere are for their own machine to watch."""
    return Reading(psutil.disk_usage(str(settings.BASE_DIR)).percent)


def cpu(window: timedelta, now: datetime) -> Reading:
    """All cores together, since this process last asked: about a minute."""
    # psutil compares with the call before, so the first answer of a process would mean nothing.
    return Reading(psutil.cpu_percent(interval=None if next(_looks) else 0.5))


_looks = count()


def redis_down(window: timedelta, now: datetime) -> Reading:
    """How many of cache and broker do not answer within half a second."""
    silent = [name for name, url in SERVERS.items() if not _answers(url())]
    return Reading(len(silent), detail=" and ".join(silent))


SERVERS: dict[str, Callable[[], str]] = {
    "the cache": lambda: settings.REDIS_URL,
    "the broker": lambda: settings.BROKER_URL,
}


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=None)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False  # the very thing that is measured
    finally:
        client.close()


def outbox_oldest(window: timedelta, now: datetime) -> Reading:
    return Reading(outbox_backlog(now).oldest_seconds or 0)


def dead_letters(window: timedelta, now: datetime) -> Reading:
    return Reading(outbox_backlog(now).dead)


def backup_age(window: timedelta, now: datetime) -> Reading:
    """Where no good backup has ever been made, the age of the installation is that of its missing backup."""
    age = backups.backup_age(now)
    if age is not None:
        return Reading(age)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(applied) FROM django_migrations")
        (began,) = cursor.fetchone()
    return Reading((now - began).total_seconds(), detail="no good backup yet")


def unarchived_wal(window: timedelta, now: datetime) -> Reading:
    """Without an archive there is nothing to judge, which is not the same as nothing waiting."""
    seconds = backups.unarchived_wal(now)
    return Reading(0, samples=0) if seconds is None else Reading(seconds)


def jobs_failing(window: timedelta, now: datetime) -> Reading:
    """Jobs of SCHEDULE whose last run failed; they stop counting when they succeed."""
    failed = [job.name for job in job_statuses(now) if job.is_enabled and job.outcome == JobRun.Outcome.FAILED]
    return Reading(len(failed), detail=", ".join(failed))


def jobs_late(window: timedelta, now: datetime) -> Reading:
    """Jobs of SCHEDULE of which no run has begun although their tick is over."""
    late = [job.name for job in job_statuses(now) if job.trouble == LATE]
    return Reading(len(late), detail=", ".join(late))


def worker_silent(window: timedelta, now: datetime) -> Reading | None:
    """Seconds since the most silent queue was consumed; one that never was has been silent since there are jobs."""
    waiting_since = ScheduledJob.objects.aggregate(first=Min("counts_from"))["first"]
    if waiting_since is None:
        return None
    never = (now - waiting_since).total_seconds()
    silent = {queue: never if age is None else age for queue, age in ages(now).items()}
    worst = max(silent, key=lambda queue: silent[queue])
    return Reading(silent[worst], detail=f"queue {worst}")


def alerts_untold(window: timedelta, now: datetime) -> Reading:
    """E-mails and webhook calls about alerts that were given up within the window."""
    return Reading(AlertMessage.objects.filter(dead_at__gt=now - window, dead_at__lte=now).count())


PROBES: dict[str, Probe] = {
    "error_rate": Probe(
        "Error rate", "%", _of_traffic(error_rate),
        "Read the newest errors in the log by their request id; if they began with a deployment, roll it back.",
        most=100, longest=THREE_DAYS,
    ),
    "response_average": Probe(
        "Response time, average", "ms", _of_traffic(average),
        "Look at the slowest endpoints and the database's load; add workers only if the CPU is not the limit.",
        longest=THREE_DAYS,
    ),
    "response_p95": Probe(
        "Response time, p95", "ms", _of_traffic(p95),
        "One request in twenty is slow: look at the slow requests and queries that the log flags.",
        longest=THREE_DAYS,
    ),
    "slowest_endpoint": Probe(
        "Slowest endpoint, average", "ms", _of_traffic(slowest_endpoint),
        "Open the slow requests of this one route in the log and explain their queries.",
        longest=HOUR,
    ),
    "cache_hit_rate": Probe(
        "Cache hit rate", "%", _of_traffic(hit_rate),
        "See `manage.py cache stats`: a cache that was emptied warms up by itself, a full or broken one does not.",
        most=100, longest=THREE_DAYS,
    ),
    "availability": Probe(
        "Availability", "%", _of_traffic(availability),
        "Requests fail for more than a moment: treat it as the error rate, and tell the organisations.",
        most=100, longest=THREE_DAYS,
    ),
    "burn_1h": Probe(
        "Error budget, 1 hour", "×", burn_rate,
        "At this speed the month's error budget is gone in two days: act now, as for the error rate.",
        longest=THREE_DAYS,
    ),
    "burn_6h": Probe(
        "Error budget, 6 hours", "×", burn_rate,
        "At this speed the month's error budget is gone in five days: find the failing route today.",
        longest=THREE_DAYS,
    ),
    "burn_3d": Probe(
        "Error budget, 3 days", "×", burn_rate,
        "Errors that nobody noticed one by one use up the month's budget: plan the repair this week.",
        longest=THREE_DAYS,
    ),
    "database_connections": Probe(
        "Database connections used", "%", database_connections,
        "See who holds them in pg_stat_activity; stop what idles in a transaction, or lower DATABASE_POOL.",
        most=100,
    ),
    "memory": Probe(
        "Memory used", "%", memory,
        "Find the largest processes; restart a worker that has grown, or give the machine more memory.",
        most=100,
    ),
    "disk": Probe(
        "Disk used", "%", disk,
        "Find what grew (logs, backups, WAL, media) and free or add space before PostgreSQL stops writing.",
        most=100,
    ),
    "cpu": Probe(
        "CPU used", "%", cpu,
        "See which process it is; pages come before jobs, so a long report or solver run may be stopped.",
        most=100,
    ),
    "redis_down": Probe(
        "Cache and broker not answering", "", redis_down,
        "Start the server that does not answer; pages go on without the cache, jobs wait without the broker.",
        most=2,
    ),
    "outbox_oldest": Probe(
        "Oldest waiting message", "s", outbox_oldest,
        "Nobody delivers: see that worker and broker run (`manage.py jobs`); what waits is delivered once they do.",
    ),
    "dead_letters": Probe(
        "Messages given up", "", dead_letters,
        "Read the reason with `manage.py outbox --dead`, mend it, then `manage.py outbox --replay`.",
    ),
    "jobs_failing": Probe(
        "Jobs whose last run failed", "", jobs_failing,
        "Read the error with `manage.py jobs`, mend it, and run the job by hand with `manage.py run_job`.",
    ),
    "jobs_late": Probe(
        "Jobs that missed their time", "", jobs_late,
        "See that beat and the worker of the job's queue run; `manage.py run_job` does the missed work at once.",
    ),
    "beat_silent": Probe(
        "Beat silent", "s", _seconds_of(beat_silence),
        "Start beat again: until then no job comes, and missed daily jobs are caught up once it runs.",
    ),
    "worker_silent": Probe(
        "Worker silent", "s", worker_silent,
        "Start the worker that consumes this queue (see Procfile), or look at what keeps it busy in `manage.py jobs`.",
    ),
    "backup_age": Probe(
        "Age of the last good backup", "s", backup_age,
        "Read what stopped it with `manage.py backups`, mend it, then `manage.py backup`.",
    ),
    "unarchived_wal": Probe(
        "Changes that no archive has", "s", unarchived_wal,
        "See that the backups' folder is there and has room (BACKUP_TO); PostgreSQL keeps what it could not store.",
    ),
    "alerts_untold": Probe(
        "Alerts that could not be sent", "", alerts_untold,
        "See EMAIL_URL and ALERT_WEBHOOK_URL: the mail server or the webhook refused five times.",
        longest=THREE_DAYS,
    ),
}  # fmt: skip
