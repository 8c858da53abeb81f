"""The Celery app, and SCHEDULE: every periodic job in one table."""

from __future__ import annotations

import os
from dataclasses import dataclass

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic task: its dotted name, when beat sends it (UTC), and what it is for."""

    task: str
    when: crontab
    purpose: str


EVERY_MINUTE = crontab()

SCHEDULE: dict[str, Job] = {
    "outbox_sweep": Job("notifications.tasks.sweep_outbox", EVERY_MINUTE, "Deliver what a lost hint left waiting"),
    "shift_reminders": Job("roster.tasks.remind_of_shifts", EVERY_MINUTE, "Tell people 30 minutes before a shift"),
    "evaluate_alerts": Job("monitoring.tasks.evaluate_alerts", EVERY_MINUTE, "Open, escalate and close alerts"),
}

app = Celery("acemall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # A tick that waited longer than a minute is stale: the next one does its work.
    name: {"task": job.task, "schedule": job.when, "options": {"expires": 55}}
    for name, job in SCHEDULE.items()
}
