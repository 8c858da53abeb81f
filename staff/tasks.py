"""What the worker does for people's access: send letters on a hint, and sweep up what a lost hint left waiting."""

from __future__ import annotations

from django.utils import timezone

from config.celery import app
from staff.services import letters


@app.task(name="staff.tasks.send_letters")
def send_letters(organisation_id: int) -> int:
    """Send what waits in one organisation; sent as a hint after the fact's commit."""
    return letters.send_waiting(organisation_id)


@app.task(name="staff.tasks.sweep_letters")
def sweep_letters() -> int:
    """Send what a lost hint left waiting, and what a mail server refused before."""
    return sum(letters.send_waiting(pk) for pk in letters.organisations_that_wait(timezone.now()))
