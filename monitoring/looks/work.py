"""How the product's own work stands: signs of life, jobs in trouble, what waits to be told. Read once for all looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from monitoring import heartbeats
from monitoring.selectors import JobStatus, late_or_failed
from notifications.selectors import Backlog, outbox_backlog


@dataclass(frozen=True, slots=True)
class Work:
    """The rows behind the looks at the product."""

    beat_silence: float | None
    queues: dict[str, float | None]
    troubled: tuple[JobStatus, ...]
    backlog: Backlog


def work_at(now: datetime, *, within: int) -> Work:
    """Raises Django's database errors, also where an answer takes more than so many milliseconds."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(within)])
        signs = heartbeats.signs(now)
        return Work(signs.beat, signs.queues, tuple(late_or_failed(now)), outbox_backlog(now))
