"""What the worker does for notifications: deliver on a hint, and sweep up what a lost hint left waiting."""

from __future__ import annotations

from config.celery import app
from config.jobs import in_each_organisation
from notifications.delivery import deliver_waiting


@app.task(name="notifications.tasks.deliver_outbox")
def deliver_outbox(organisation_id: int) -> int:
    """Deliver what waits in one organisation; sent as a hint after the fact's commit."""
    return deliver_waiting(organisation_id)


@app.task(name="notifications.tasks.sweep_outbox")
def sweep_outbox() -> int:
    """Deliver what waits in every organisation: hints get lost, rows do not."""
    return in_each_organisation(deliver_waiting)
