"""What the worker does for backups, at night and between."""

from __future__ import annotations

from django.utils import timezone

from config.celery import app
from monitoring.backups import nights

# Acknowledged at once: Redis would hand a run of more than ten minutes to a second worker while the first is at it.
# A run that is killed is not repeated; the age of the last good backup tells.
HOURS = {"acks_late": False, "soft_time_limit": 4 * 3600, "time_limit": 4 * 3600 + 60}


@app.task(name="monitoring.tasks.back_up", **HOURS)
def back_up() -> str:
    """A full backup, then a trial restore of it; a failure reaches the operators at once."""
    return nights.back_up(now=timezone.now())


@app.task(name="monitoring.tasks.copy_backups", **HOURS)
def copy_backups() -> str:
    """New uploads into the backups, and what is new there to the second place."""
    return nights.copy(now=timezone.now())


@app.task(name="monitoring.tasks.report_backups")
def report_backups() -> str:
    """Tell the operators in the morning what there is to go back to."""
    return nights.report(now=timezone.now())
