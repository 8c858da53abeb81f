"""What pages and alerts read of the backups: rows, never the folder, which the web server may not even reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from monitoring.models import Backup
from monitoring.selectors import job_statuses

SHOWN = 30

UNARCHIVED = """
SELECT CASE WHEN current_setting('archive_mode') <> 'off'
    THEN greatest(last_archived_time, pg_postmaster_start_time()) END FROM pg_stat_archiver
"""


@dataclass(frozen=True, slots=True)
class BackupPoint:
    """One backup in a chart; bytes and seconds are None where it has not ended."""

    name: str
    at: datetime
    size: int
    seconds: float | None
    outcome: str
    verified: bool
    error: str


@dataclass(frozen=True, slots=True)
class BackupsPanel:
    """The backups at a glance: the last good one, the last that was restored on trial, all sizes over time."""

    last_good: datetime | None
    last_verified: datetime | None
    next_at: datetime | None
    history: tuple[BackupPoint, ...]


def backup_age(now: datetime) -> float | None:
    """Seconds since the newest good backup began; None when there is none, which is worse than any age."""
    newest = Backup.objects.done().order_by("-started_at").first()
    return (now - newest.started_at).total_seconds() if newest else None


def unarchived_wal(now: datetime) -> float | None:
    """Seconds for which writes may have waited for the archive: what a lost disk would cost now.

    None when there is no archive: before the first backup, or on a server that archives nothing. A server without any
    writes counts as waiting since its last segment, but the jobs alone write every minute.
    """
    if not Backup.objects.done().filter(kind="physical").exists():
        return None
    with connection.cursor() as cursor:
        cursor.execute(UNARCHIVED)
        (since,) = cursor.fetchone()
    return max((now - since).total_seconds(), 0.0) if since else None


def backups_panel(now: datetime) -> BackupsPanel:
    """Everything that the panel of the monitoring pages shows, in two queries."""
    rows = list(Backup.objects.order_by("-started_at")[:SHOWN])
    good = [row for row in rows if row.outcome in (Backup.Outcome.DONE, Backup.Outcome.REMOVED)]
    return BackupsPanel(
        last_good=max((row.started_at for row in good), default=None),
        last_verified=max((row.verified_at for row in good if row.verified_at), default=None),
        next_at=next(job.next_at for job in job_statuses(now) if job.name == "backup"),
        history=tuple(_point(row) for row in reversed(rows)),
    )


def _point(row: Backup) -> BackupPoint:
    seconds = (row.ended_at - row.started_at).total_seconds() if row.ended_at else None
    return BackupPoint(row.name, row.started_at, row.size, seconds, row.outcome, bool(row.verified_at), row.error)
