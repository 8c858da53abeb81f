"""What the worker does for documents."""

from __future__ import annotations

from config.celery import app
from config.jobs import in_each_organisation
from documents.services import remind_of_expiry as remind


@app.task(name="documents.tasks.remind_of_expiry")
def remind_of_expiry() -> int:
    """Tell people about documents that are about to expire, in every organisation."""
    return in_each_organisation(remind)
