"""Celery's signals to the ends of job runs. They observe: whatever happens here, the task itself goes on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import signals, states
from django.utils import timezone

from monitoring import services
from monitoring.runs import quietly


def connect() -> None:
    """Record the end of every run from now on; connecting twice changes nothing."""
    for signal, receiver in (
        (signals.task_failure, failed),
        (signals.task_retry, retried),
        (signals.task_revoked, revoked),
        (signals.task_postrun, ended),
    ):
        signal.connect(receiver, dispatch_uid=f"job_run.{receiver.__name__}", weak=False)


def failed(task_id: str, exception: BaseException, **_signal: Any) -> None:
    """The task raised, ran into its time limit, or its process died."""
    _end(task_id, f"{type(exception).__name__}: {exception}")


def retried(request: Any, reason: Any, **_signal: Any) -> None:
    """This run is over; the retry is another, under the same id."""
    _end(request.id, f"Will be retried: {reason}")


def revoked(request: Any, terminated: bool = False, **_signal: Any) -> None:
    """Ended by an operator while it ran. A tick that expired before it started has no row, and gets none."""
    if terminated:
        _end(request.id, "Ended by an operator.")


def ended(task_id: str, task: Any, state: str | None = None, retval: Any = None, **_signal: Any) -> None:
    """Comes after every run, the failed ones too: whatever has not been said yet was a success."""
    # A message that came twice is ignored: the run that it names is another's to end.
    if not task.recorded or state == states.IGNORED:
        return
    if state == states.SUCCESS:
        _end(task_id, answer="" if retval is None else str(retval))
    else:
        _end(task_id, f"Ended as {state or 'unknown'}.")


def _end(task_id: str, error: str = "", answer: str = "") -> None:
    quietly(lambda: services.job_ended(UUID(task_id), at=timezone.now(), error=error, answer=answer))
