"""Signs of life: of each queue, by a task that was consumed from it, and of the beat itself."""

from __future__ import annotations

from datetime import datetime

from config.celery import QUEUES, app
from monitoring.models import Heartbeat

# A sign that waited as long as the next one comes says nothing any more.
EVERY, EXPIRES = 30, 25


def heard_of(name: str, *, by: str, at: datetime) -> None:
    """Note that a queue's worker, or the beat, is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at, "by": by[:120]})


def ask_every_queue() -> None:
    """Send each queue a task that answers with a sign of life. Raises where the broker does not take it."""
    for queue in QUEUES:
        app.send_task("monitoring.tasks.heartbeat", (queue,), queue=queue, expires=EXPIRES, retry=False)
