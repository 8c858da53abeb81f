"""Who is alive: how long ago each queue's worker consumed a task, and how long the beat has been silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config.celery import QUEUES
from monitoring.models import Heartbeat

BEAT = "beat"


@dataclass(frozen=True, slots=True)
class Signs:
    """Seconds since the last sign of life of the beat and of each queue; None where there never was one."""

    beat: float | None
    queues: dict[str, float | None]


def signs(now: datetime) -> Signs:
    """Everybody's last sign of life. One query."""
    # Never negative: another machine's clock may be a moment ahead.
    heard = {sign.name: max((now - sign.at).total_seconds(), 0.0) for sign in Heartbeat.objects.all()}
    return Signs(heard.get(BEAT), {queue: heard.get(queue) for queue in QUEUES})


def ages(now: datetime) -> dict[str, float | None]:
    """Seconds since a task of each queue was last consumed; None where none ever was."""
    return signs(now).queues


def beat_silence(now: datetime) -> float | None:
    """Seconds since the beat last looked at the schedule; None where it never did."""
    return signs(now).beat
