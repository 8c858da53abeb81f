"""What the worker does for monitoring."""

from __future__ import annotations

import os
from typing import Any

from django.utils import timezone

from config.celery import app
from monitoring import services
from monitoring.backups import nights
from monitoring.services.evaluation import evaluate
from monitoring.services.messages import deliver_messages


@app.task(name="monitoring.tasks.heartbeat", bind=True, recorded=False)
def heartbeat(self: Any, queue: str) -> None:
    """Say that somebody consumes this queue. Leaves no job run: it would be a row every five seconds."""
    services.heard_of(queue, by=f"{self.request.hostname} ({os.getpid()})", at=timezone.now())


@app.task(name="monitoring.tasks.evaluate_alerts")
def evaluate_alerts() -> int:
    """Measure everything and bring the alerts up to date."""
    return evaluate(timezone.now())


@app.task(name="monitoring.tasks.deliver_alerts")
def deliver_alerts() -> int:
    """Send the e-mails and webhook calls that wait; sent as a hint by the evaluation."""
    return deliver_messages()


@app.task(name="monitoring.tasks.keep_up")
def keep_up() -> str:
    """The nightly upkeep."""
    return services.keep_up(timezone.now())


@app.task(name="monitoring.tasks.apply_retention")
def apply_retention() -> str:
    """The monthly farewell to what is old enough."""
    return services.apply_retention(timezone.now())


# Acknowledged at once: Redis would hand a run of more than ten minutes to a second worker while the first is at it.
# A run that is killed is not repeated; the age of the last good backup tells.
@app.task(name="monitoring.tasks.back_up", acks_late=False)
def back_up() -> str:
    """A full backup, then a trial restore of it; a failure reaches the operators at once."""
    return nights.back_up(now=timezone.now())


@app.task(name="monitoring.tasks.copy_backups", acks_late=False)
def copy_backups() -> str:
    """New uploads into the backups, and what is new there to the second place."""
    return nights.copy(now=timezone.now())


@app.task(name="monitoring.tasks.report_backups")
def report_backups() -> str:
    """Tell the operators in the morning what there is to go back to."""
    return nights.report(now=timezone.now())
