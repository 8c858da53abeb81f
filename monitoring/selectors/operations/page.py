"""operations(): everything that the health page shows, read part by part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config import caching
from monitoring import heartbeats
from monitoring.backups.selectors import backups_panel
from monitoring.figures import release
from monitoring.selectors.jobs import job_statuses
from monitoring.selectors.operations import counts, work
from monitoring.selectors.operations.charts import Chart
from monitoring.selectors.operations.moments import Moments
from monitoring.selectors.operations.parts import Part, bounded_connections, read
from monitoring.selectors.operations.rules import Rules, rules_now
from monitoring.selectors.operations.tiles import Seen, Tile, tiles
from notifications.selectors import outbox_backlog
from staff.models import Person


@dataclass(frozen=True, slots=True)
class Operations:
    """How the installation stands now. Each part says by itself when it is not known."""

    now: str
    time: str
    version: str
    tiles: tuple[Tile, ...]
    rules: Part[Rules]
    charts: Part[tuple[Chart, ...]]
    copies: Part[work.Copies]
    jobs: Part[tuple[work.JobLine, ...]]
    queues: Part[tuple[work.QueueLine, ...]]
    outbox: Part[work.Outbox]
    backups: Part[work.Backups]


def operations(now: datetime, viewer: Person) -> Operations:
    """The page for one viewer, in their zone. Seven queries, of a second at most each."""
    moments = Moments.of(viewer, now)
    seen = _seen(moments, viewer)
    jobs = seen.jobs.value or []
    depths = read("Queues", work.depths)
    return Operations(
        now=moments.long(),
        time=moments.time(now),
        version=_version(),
        tiles=tiles(seen),
        rules=seen.rules,
        charts=seen.counted.then(lambda found: counts.charts(found, seen.rules.value, moments)),
        copies=seen.copies.then(work.copies),
        jobs=seen.jobs.then(lambda found: work.job_lines(found, moments)),
        queues=seen.signs.then(lambda found: work.queue_lines(found, depths.value)),
        outbox=seen.backlog.then(work.outbox),
        backups=read("Backups", lambda: work.backups(backups_panel(now, jobs), moments)),
    )


def _seen(moments: Moments, viewer: Person) -> Seen:
    now = moments.now
    return Seen(
        # First, because from then on every other question to the database is bounded.
        database=read("Database", bounded_connections),
        rules=read("Alerts", lambda: rules_now(moments, viewer)),
        counted=read("Requests", lambda: counts.counted(viewer)),
        copies=read("Cache", caching.figures),
        jobs=read("Jobs", lambda: job_statuses(now)),
        signs=read("Signs of life", lambda: heartbeats.signs(now)),
        backlog=read("Outbox", lambda: outbox_backlog(now)),
    )


def _version() -> str:
    found = release()
    return f"{found['version']} ({found['commit'][:7]})" if found["commit"] else found["version"]
