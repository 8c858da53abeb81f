"""What the worker does for the installation itself."""

from __future__ import annotations

from django.utils import timezone

from config.celery import app
from monitoring.services.evaluation import evaluate
from monitoring.services.messages import deliver_messages


@app.task(name="monitoring.tasks.evaluate_alerts")
def evaluate_alerts() -> int:
    """Measure everything and bring the alerts up to date."""
    return evaluate(timezone.now())


@app.task(name="monitoring.tasks.deliver_alerts")
def deliver_alerts() -> int:
    """Send the e-mails and webhook calls that wait; sent as a hint by the evaluation."""
    return deliver_messages()
