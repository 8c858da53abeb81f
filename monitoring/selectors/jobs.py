"""What operators see of the jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config.celery import SCHEDULE
from monitoring.models import JobRun


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One entry of SCHEDULE: what it is for, how it went last, when it comes next."""

    name: str
    task: str
    purpose: str
    started_at: datetime | None
    outcome: str
    seconds: float | None
    error: str
    next_at: datetime


def job_statuses(now: datetime) -> list[JobStatus]:
    """Every job of SCHEDULE with its last run, in the table's order."""
    tasks = [job.task for job in SCHEDULE.values()]
    runs = {run.name: run for run in JobRun.objects.filter(name__in=tasks).latest_of_each()}
    return [_status(name, runs.get(SCHEDULE[name].task), now) for name in SCHEDULE]


def _status(name: str, run: JobRun | None, now: datetime) -> JobStatus:
    job = SCHEDULE[name]
    duration = run.duration if run else None
    since, until_next, _ = job.when.remaining_delta(now)
    return JobStatus(
        name=name,
        task=job.task,
        purpose=job.purpose,
        started_at=run.started_at if run else None,
        outcome=run.outcome if run else "never",
        seconds=round(duration.total_seconds(), 3) if duration is not None else None,
        error=run.error if run else "",
        next_at=since + until_next,
    )
