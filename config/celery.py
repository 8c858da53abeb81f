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
    "backup": Job("monitoring.tasks.back_up", crontab(hour=23, minute=59), "Full backup, then a trial restore of it"),
    "backup_report": Job("monitoring.tasks.report_backups", crontab(hour=8, minute=0), "Tell operators of the backups"),
    "backup_copy": Job("monitoring.tasks.copy_backups", crontab(minute="*/5"), "New uploads and WAL to the backups"),
}

app = Celery("acemall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # A tick that waited longer than a minute is stale: the next one does its work.
    name: {"task": job.task, "schedule": job.when, "options": {"expires": 55}}
    for name, job in SCHEDULE.items()
}
