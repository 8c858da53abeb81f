"""The Celery app, and its tables: QUEUES, SCHEDULE with every periodic job, HINTS with every other task."""

from __future__ import annotations

import os
from dataclasses import dataclass

from celery import Celery
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Which work waits behind which. The Procfile's `worker` consumes the first three, `slow` the others, so that nothing
# that takes minutes stands before something that takes milliseconds.
QUEUES: dict[str, str] = {
    "default": "short work of the product itself: reminders, alerts",
    "mail": "telling people: in-app, e-mail and the other channels",
    "webhooks": "telling other programs",
    "reports": "files that somebody waits for",
    "solver": "rosters that the machine proposes",
    "maintenance": "nightly upkeep, retention, backups",
}


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic task: its dotted name, when its ticks are (config/timetable.py), and what it is for.

    A run is ended after `limit` seconds. It is called late when no run has begun `late` seconds after its tick.
    """

    task: str
    when: str
    purpose: str
    queue: str = "default"
    limit: int = 60
    late: int = 180


@dataclass(frozen=True, slots=True)
class Hint:
    """A task that code sends when there is something to do; ended after `limit` seconds."""

    queue: str
    limit: int = 60


EVERY_MINUTE = "* * * * *"
HOUR = 3600

SCHEDULE: dict[str, Job] = {
    "outbox_sweep": Job(
        "notifications.tasks.sweep_outbox", EVERY_MINUTE, "Deliver what a lost hint left waiting", "mail", limit=300
    ),
    "letters": Job("staff.tasks.sweep_letters", EVERY_MINUTE, "Send letters about access that still wait", "mail", 300),
    "shift_reminders": Job("roster.tasks.remind_of_shifts", EVERY_MINUTE, "Tell people 30 minutes before a shift"),
    "career_changes": Job(
        "staff.tasks.apply_career_changes",
        "5 * * * *",
        "Let planned promotions, transfers and leavings come about on their day",
        limit=300,
        late=HOUR,
    ),
    "plan_downgrades": Job(
        "staff.tasks.begin_next_plans",
        "0 3 * * *",
        "Let planned changes of plans come about; warn 3 days ahead",
        late=HOUR,
    ),
    "plan_expiry": Job(
        "staff.tasks.end_plans",
        "0 4 * * *",
        "Let trials and other plans whose last day is over fall to the smallest; warn 3 days ahead",
        late=HOUR,
    ),
    "visits": Job(
        "staff.tasks.end_visits", "*/5 * * * *", "Write down that operators’ visits are over", late=HOUR // 2
    ),
    "evaluate_alerts": Job("monitoring.tasks.evaluate_alerts", EVERY_MINUTE, "Open, escalate and close alerts"),
    "document_reminders": Job(
        "documents.tasks.remind_of_expiry",
        "0 6 * * *",
        "Tell people of documents that expire in 60, 30, 7 and 1 days",
        limit=300,
        late=HOUR,
    ),
    "upkeep": Job(
        "monitoring.tasks.keep_up",
        "0 2 * * *",
        "Remove what expired, count the database's rows again, tidy the cache",
        "maintenance",
        limit=HOUR // 2,
        late=HOUR,
    ),
    "retention": Job(
        "monitoring.tasks.apply_retention",
        "30 2 1 * *",
        "Delete what is older than its days",
        "maintenance",
        limit=HOUR,
        late=2 * HOUR,
    ),
    "audit_check": Job(
        "staff.tasks.verify_audit",
        "30 3 * * *",
        "Walk the audit log’s chain, and say where it is broken",
        "maintenance",
        limit=HOUR,
        late=HOUR,
    ),
    "backup": Job(
        "monitoring.tasks.back_up",
        "59 23 * * *",
        "Full backup, then a trial restore of it",
        "maintenance",
        limit=4 * HOUR,
        late=HOUR,
    ),
    "backup_report": Job(
        "monitoring.tasks.report_backups", "0 8 * * *", "Tell operators of the backups", "maintenance", late=HOUR
    ),
    "backup_copy": Job(
        "monitoring.tasks.copy_backups",
        "*/5 * * * *",
        "New uploads and WAL to the backups",
        "maintenance",
        limit=4 * HOUR,
        late=HOUR // 2,
    ),
}

HINTS: dict[str, Hint] = {
    "notifications.tasks.deliver_outbox": Hint("mail", limit=300),
    "staff.tasks.send_letters": Hint("mail", limit=300),
    "monitoring.tasks.heartbeat": Hint("default", limit=10),
    "monitoring.tasks.deliver_alerts": Hint("mail", limit=300),
}

# What every task is bound by: where it waits, and how long it may take.
BOUNDS: dict[str, Hint] = {**HINTS, **{job.task: Hint(job.queue, job.limit) for job in SCHEDULE.values()}}

# Named, not imported: the class writes runs down, and only the monitoring app knows how.
app = Celery("acemall", task_cls="monitoring.runs:RecordedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# The nameless exchange: a broker that lost its data would have lost the bindings of a named one, and drop what comes.
app.conf.task_queues = [Queue(name, Exchange(""), routing_key=name) for name in QUEUES]
app.conf.task_default_queue = "default"
app.conf.task_routes = {task: {"queue": bound.queue} for task, bound in BOUNDS.items()}
app.conf.task_annotations = {
    # The soft limit raises in the task, so that it can end its transaction and say why.
    task: {"soft_time_limit": bound.limit, "time_limit": bound.limit + 15}
    for task, bound in BOUNDS.items()
}


def limit_of(task: str) -> int:
    """After how many seconds a run of this task is ended for good."""
    return int(app.conf.task_annotations.get(task, {}).get("time_limit", app.conf.task_time_limit))
