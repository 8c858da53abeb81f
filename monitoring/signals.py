"""Celery's signals to job runs. They observe: whatever happens here, the task itself goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from celery import signals
from django.db import connection
from django.utils import timezone

from monitoring import services

log = logging.getLogger(__name__)


def connect() -> None:
    """Record every run from now on; connecting twice changes nothing."""
    for signal, receiver in (
        (signals.task_prerun, started),
        (signals.task_failure, failed),
        (signals.task_retry, retried),
        (signals.task_revoked, revoked),
        (signals.task_postrun, ended),
    ):
        signal.connect(receiver, dispatch_uid=f"job_run.{receiver.__name__}", weak=False)


def started(task_id: str, task: Any, **_signal: Any) -> None:
    _quietly(lambda: services.job_started(UUID(task_id), task.name, at=timezone.now()))


def failed(task_id: str, exception: BaseException, **_signal: Any) -> None:
    """The task raised, ran into its time limit, or its process died."""
    _quietly(lambda: services.job_ended(UUID(task_id), at=timezone.now(), error=_words(exception)))


def retried(request: Any, reason: Any, **_signal: Any) -> None:
    """This run is over; the retry is another, under the same id."""
    _quietly(lambda: services.job_ended(UUID(request.id), at=timezone.now(), error=f"Will be retried: {reason}"))


def revoked(request: Any, terminated: bool = False, **_signal: Any) -> None:
    """Ended by an operator while it ran. A tick that expired before it started has no row, and gets none."""
    if terminated:
        _quietly(lambda: services.job_ended(UUID(request.id), at=timezone.now(), error="Ended by an operator."))


def ended(task_id: str, state: str | None = None, **_signal: Any) -> None:
    """Comes after every run, the failed ones too: whatever has not been said yet was a success."""
    if state == "SUCCESS":
        _quietly(lambda: services.job_ended(UUID(task_id), at=timezone.now()))
    else:
        _quietly(lambda: services.job_ended(UUID(task_id), at=timezone.now(), error=f"Ended as {state or 'unknown'}."))


def _words(exception: BaseException) -> str:
    return f"{type(exception).__name__}: {exception}"


def _quietly(record: Callable[[], None]) -> None:
    try:
        record()
    except Exception:
        # Without the database there is no row. The task may still do its work, or fail with its own words.
        log.warning("A job's run could not be recorded.", exc_info=True)
        connection.close_if_unusable_or_obsolete()
