"""Who is alive: how long ago each queue's worker consumed a task, and how long the beat has been silent."""

from __future__ import annotations

from datetime import datetime

from config.celery import QUEUES
from monitoring.models import Heartbeat

BEAT = "beat"


def ages(now: datetime) -> dict[str, float | None]:
    """Seconds since a task of each queue was last consumed; None where none ever was."""
    heard = _heard(now)
    return {queue: heard.get(queue) for queue in QUEUES}


def beat_silence(now: datetime) -> float | None:
    """Seconds since the beat last looked at the schedule; None where it never did."""
    return _heard(now).get(BEAT)


def _heard(now: datetime) -> dict[str, float]:
    # Never negative: another machine's clock may be a moment ahead.
    return {beat.name: max((now - beat.at).total_seconds(), 0.0) for beat in Heartbeat.objects.all()}
