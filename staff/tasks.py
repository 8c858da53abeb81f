"""What the worker does for people: letters, on a hint or without one, and changes of careers when their day comes."""

from __future__ import annotations

from django.utils import timezone

from config.celery import app
from config.jobs import in_each_organisation
from staff.services import apply_due, letters


@app.task(name="staff.tasks.send_letters")
def send_letters(organisation_id: int) -> int:
    """Send what waits in one organisation; sent as a hint after the fact's commit."""
    return letters.send_waiting(organisation_id)


@app.task(name="staff.tasks.sweep_letters")
def sweep_letters() -> int:
    """Send what a lost hint left waiting, and what a mail server refused before."""
    return sum(letters.send_waiting(pk) for pk in letters.organisations_that_wait(timezone.now()))


@app.task(name="staff.tasks.apply_career_changes")
def apply_career_changes() -> int:
    """Let planned changes of careers come about whose day has begun, in every organisation."""
    return in_each_organisation(apply_due)
