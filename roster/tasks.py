"""What the worker does for rosters."""

from __future__ import annotations

from config.celery import app
from config.jobs import in_each_organisation
from roster.services.reminders import remind_of_shifts as remind


@app.task(name="roster.tasks.remind_of_shifts")
def remind_of_shifts() -> int:
    """Tell people about shifts that start in half an hour, in every organisation."""
    return in_each_organisation(remind)
