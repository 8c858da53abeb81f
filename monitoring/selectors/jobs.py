"""What operators see of the jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.celery import SCHEDULE
from config.timetable import timetable
from monitoring.models import JobRun, ScheduledJob

NEVER = "never"
LATE, FAILED = "late", "failed"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One entry of SCHEDULE: what it is for, how it went last, when it comes next.

    `trouble` is late, failed or empty; `next_at` is None while the job is disabled.
    """

    name: str
    task: str
    queue: str
    purpose: str
    when: str
    is_enabled: bool
    started_at: datetime | None
    outcome: str
    seconds: float | None
    error: str
    next_at: datetime | None
    trouble: str

    @property
    def sentence(self) -> str:
        """What is wrong, or an empty string."""
        if self.trouble == LATE:
            since = f"since {self.started_at:%Y-%m-%d %H:%M:%S} UTC" if self.started_at else "yet"
            return f"{self.name} is late: it has not begun {since}."
        return f"{self.name} failed: {self.error}" if self.trouble == FAILED else ""


def job_statuses(now: datetime) -> list[JobStatus]:
    """Every job of SCHEDULE with its last run, in the table's order. Two queries."""
    runs = {run.name: run for run in JobRun.objects.latest_of_each(job.task for job in SCHEDULE.values())}
    kept = {job.name: job for job in ScheduledJob.objects.all()}
    return [_status(name, kept.get(name), runs.get(SCHEDULE[name].task), now) for name in SCHEDULE]


def late_or_failed(now: datetime) -> list[JobStatus]:
    """The enabled jobs that did not begin in time, or whose last run failed."""
    return [status for status in job_statuses(now) if status.trouble]


def _status(name: str, kept: ScheduledJob | None, run: JobRun | None, now: datetime) -> JobStatus:
    job = SCHEDULE[name]
    duration = run.duration if run else None
    when = (kept.when if kept else "") or job.when
    is_enabled = kept.is_enabled if kept else True
    return JobStatus(
        name=name,
        task=job.task,
        queue=job.queue,
        purpose=job.purpose,
        when=when,
        is_enabled=is_enabled,
        started_at=run.started_at if run else None,
        outcome=run.outcome if run else NEVER,
        seconds=round(duration.total_seconds(), 3) if duration is not None else None,
        error=run.error if run else "",
        next_at=timetable(when).following(now) if is_enabled else None,
        trouble=_trouble(name, kept, run, when, now) if is_enabled else "",
    )


def _trouble(name: str, kept: ScheduledJob | None, run: JobRun | None, when: str, now: datetime) -> str:
    # Without a row no beat has seen the job yet, and nobody waits for it: the beat's own silence is another alarm.
    due = timetable(when).latest(now - timedelta(seconds=SCHEDULE[name].late))
    if kept and due > kept.counts_from and (run is None or run.started_at < due):
        return LATE
    return FAILED if run and run.outcome == JobRun.Outcome.FAILED else ""
