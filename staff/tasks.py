"""What the worker does for people."""

from __future__ import annotations

from config.celery import app
from config.jobs import in_each_organisation
from staff.services import apply_due


@app.task(name="staff.tasks.apply_career_changes")
def apply_career_changes() -> int:
    """Let planned changes of careers come about whose day has begun, in every organisation."""
    return in_each_organisation(apply_due)
