"""Writing down what ran: one row for every run of a task, in the worker, as it happens.

Volume: each job of SCHEDULE writes 1,440 rows a day when it runs every minute, and every hint to the outbox one more;
a row is about 200 bytes. Retention (production.md section 4) removes those older than 90 days.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

from monitoring.models import JobRun

ERROR, ANSWER, NAME = 500, 300, 80
# A task that killed its worker so often is the fault itself; a fourth worker would die of it too.
DELIVERIES = 3


class Verdict(Enum):
    """What is to be done with a message that has come."""

    RUN = "run it"
    KNOWN = "this very run is at work or over: its message came twice"
    POISON = "given up: its worker died with it every time"


def job_started(task_id: UUID, name: str, *, at: datetime, redelivered: bool = False, retry: bool = False) -> Verdict:
    """Record that a run begins, or say that it must not.

    A message that is delivered again because its worker died takes over the row of its first delivery, three times at
    most. A retry takes it over too. The same message sent twice, as by two beats, is run once.
    """
    mark_lost(at)
    start = {"started_at": at, "ended_at": None, "outcome": JobRun.Outcome.RUNNING, "error": "", "answer": ""}
    run, is_new = JobRun.objects.get_or_create(task_id=task_id, defaults={"name": name[:NAME], **start})
    if is_new:
        return Verdict.RUN
    if run.outcome == JobRun.Outcome.DONE or not (redelivered or retry):
        return Verdict.KNOWN
    again = JobRun.objects.filter(pk=run.pk)
    if redelivered and run.deliveries >= DELIVERIES:
        error = f"Given up: its worker died with it {run.deliveries} times."
        again.update(outcome=JobRun.Outcome.FAILED, ended_at=at, error=error)
        return Verdict.POISON
    again.update(**start, deliveries=run.deliveries + redelivered)
    return Verdict.RUN


def job_ended(task_id: UUID, *, at: datetime, error: str = "", answer: str = "") -> None:
    """Record how a run ended: with an error as failed, else as done. The first word on it stands."""
    outcome = JobRun.Outcome.FAILED if error else JobRun.Outcome.DONE
    run = JobRun.objects.running().filter(task_id=task_id)
    run.update(ended_at=at, outcome=outcome, error=error[:ERROR], answer=answer[:ANSWER])


def mark_lost(now: datetime) -> int:
    """Call runs failed that a killed worker can no longer end; returns how many.

    Done at the start of every run and whenever an operator looks, so nothing stays "running" for ever.
    """
    lost = JobRun.objects.lost(now)
    return lost.update(outcome=JobRun.Outcome.FAILED, ended_at=now, error="Lost: its worker was killed.")
