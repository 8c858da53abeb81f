"""The runs of jobs, when they come, and who is alive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from config.celery import BOUNDS, limit_of


class JobRunQuerySet(models.QuerySet["JobRun"]):
    """Job runs, as adjectives."""

    def running(self) -> Self:
        return self.filter(outcome=JobRun.Outcome.RUNNING)

    def ended_before(self, moment: datetime) -> Self:
        return self.filter(ended_at__lt=moment)

    def lost(self, now: datetime) -> Self:
        """Still called running, though its limit has passed: the worker that ran it is gone."""
        within: dict[int, list[str]] = {}
        for task in BOUNDS:
            within.setdefault(limit_of(task), []).append(task)
        overdue = Q(started_at__lt=now - _given_up(settings.CELERY_TASK_TIME_LIMIT)) & ~Q(name__in=BOUNDS)
        for limit, tasks in within.items():
            overdue |= Q(started_at__lt=now - _given_up(limit), name__in=tasks)
        return self.running().filter(overdue)

    def latest_of_each(self, names: Iterable[str]) -> Self:
        """The last run of each of these tasks: one look into the index for each, however many runs are kept."""
        last = [self.filter(name=name).order_by("-started_at", "-id")[:1] for name in names]
        return self.none().union(*last, all=True)


def _given_up(limit: int) -> timedelta:
    """A task is killed at its limit of so many seconds; one that has not ended a minute after that never will."""
    return timedelta(seconds=limit + 60)


class JobRun(models.Model):
    """One run of a task: when, how it ended, and why if it failed. Belongs to the installation, not to a tenant."""

    class Outcome(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    task_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.RUNNING)
    error = models.CharField(max_length=500, blank=True)
    # What the task returned, as far as it fits: how many it told, deleted, sent.
    answer = models.CharField(max_length=300, blank=True, db_default="")
    # How often its message came; more than once where a worker died with it.
    deliveries = models.PositiveSmallIntegerField(default=1, db_default=1)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["name", "-started_at"], name="job_run_by_name"),
            # A handful of rows, looked through at every start for runs that were killed.
            models.Index(fields=["started_at"], name="job_run_running", condition=models.Q(outcome="running")),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.outcome}"

    @property
    def duration(self) -> timedelta | None:
        """How long it took, or None while it runs."""
        return self.ended_at - self.started_at if self.ended_at else None


class ScheduledJob(models.Model):
    """How the installation runs one job of SCHEDULE: whether, when, and up to which tick it has been sent.

    A tick is claimed by moving `last_tick` forward, so that it is sent once however many beats there are.
    """

    name = models.CharField(max_length=80, primary_key=True)
    is_enabled = models.BooleanField("enabled", default=True)
    when = models.CharField(
        max_length=60,
        blank=True,
        help_text="Minute, hour, day, month and weekday in UTC, such as 30 2 1 * *, or every 10 s. Empty: the default,",
    )
    last_tick = models.DateTimeField(editable=False)
    # Nobody waits for a tick before the job was known, enabled or moved to another time.
    counts_from = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """The last sign of life of a queue's worker, by a task that it consumed, or of the beat."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
    # host and process, for whoever looks for it
    by = models.CharField(max_length=120)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
