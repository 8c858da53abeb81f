"""Writing down what ran: one row for every run of a task, in the worker, as it happens.

Volume: each job of SCHEDULE writes 1,440 rows a day when it runs every minute, and every hint to the outbox one more;
a row is about 200 bytes. Rows are therefore not kept for ever: retention (production.md section 4) removes those
older than 90 days. Until that job exists nothing else may be recorded here by the thousand.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from monitoring.models import JobRun

log = logging.getLogger(__name__)

# A task is killed at its time limit; one that has not ended a minute after that never will.
LOST_AFTER = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 60)
ERROR, NAME = 500, 80


def job_started(task_id: UUID, name: str, *, at: datetime) -> None:
    """Record that a run begins. A task that is delivered a second time takes over the row of its first delivery."""
    mark_lost(at)
    JobRun.objects.update_or_create(
        task_id=task_id,
        defaults={
            "name": name[:NAME],
            "started_at": at,
            "ended_at": None,
            "outcome": JobRun.Outcome.RUNNING,
            "error": "",
        },
    )


def job_ended(task_id: UUID, *, at: datetime, error: str = "") -> None:
    """Record how a run ended: with an error as failed, else as done. The first word on it stands."""
    outcome = JobRun.Outcome.FAILED if error else JobRun.Outcome.DONE
    JobRun.objects.running().filter(task_id=task_id).update(ended_at=at, outcome=outcome, error=error[:ERROR])


def mark_lost(now: datetime) -> int:
    """Call runs failed that a killed worker can no longer end; returns how many.

    Done at the start of every run and whenever an operator looks, so nothing stays "running" for ever.
    """
    lost = JobRun.objects.running().filter(started_at__lt=now - LOST_AFTER)
    return lost.update(outcome=JobRun.Outcome.FAILED, ended_at=now, error="Lost: its worker was killed.")
