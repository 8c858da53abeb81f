"""What the worker does for monitoring."""

from __future__ import annotations

import os
from typing import Any

from django.utils import timezone

from config.celery import app
from monitoring import services
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
