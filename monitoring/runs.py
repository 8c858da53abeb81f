"""RecordedTask: the base of every task. It is written down before it starts, and only started if it should be."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from celery import Task
from celery.exceptions import Ignore, Reject
from django.db import connection
from django.utils import timezone

T = TypeVar("T")

log = logging.getLogger(__name__)


class RecordedTask(Task):
    """A task with a row for each of its runs; `recorded = False` for one that would only fill the table."""

    recorded = True

    def before_start(self, task_id: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Write the start down. Raises where this very run is known already, or has killed its workers."""
        from monitoring.services import Verdict, job_started

        if not self.recorded:
            return
        delivery = self.request.delivery_info or {}
        verdict = quietly(
            lambda: job_started(
                UUID(task_id),
                self.name,
                at=timezone.now(),
                redelivered=bool(delivery.get("redelivered")),
                retry=bool(self.request.retries),
            )
        )
        if verdict is Verdict.KNOWN:
            raise Ignore
        if verdict is Verdict.POISON:
            raise Reject(reason=verdict.value, requeue=False)


def quietly(record: Callable[[], T]) -> T | None:
    """Write about a run. Without the database there is no row: the task may still do its work, or fail by itself."""
    try:
        return record()
    except Exception:
        log.warning("A job's run could not be recorded.", exc_info=True)
        connection.close_if_unusable_or_obsolete()
        return None
