"""What the product remembers about itself: a row for every run of a job."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.db import models


class JobRunQuerySet(models.QuerySet["JobRun"]):
    """Job runs, as adjectives."""

    def running(self) -> Self:
        return self.filter(outcome=JobRun.Outcome.RUNNING)

    def latest_of_each(self) -> Self:
        """The last run of every job."""
        return self.order_by("name", "-started_at", "-id").distinct("name")


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


class BackupQuerySet(models.QuerySet["Backup"]):
    """Backups, as adjectives."""

    def running(self) -> Self:
        return self.filter(outcome=Backup.Outcome.RUNNING)

    def done(self) -> Self:
        """Whole, and nothing found against them."""
        return self.filter(outcome=Backup.Outcome.DONE)


class Backup(models.Model):
    """One backup. The folder that holds it is the truth; this row is what pages and alerts read of it."""

    class Outcome(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Good"
        FAILED = "failed", "Bad"
        REMOVED = "removed", "Removed by retention"

    name = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=10, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField("bytes", default=0)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.RUNNING)
    verified_at = models.DateTimeField("restored on trial", null=True, blank=True)
    location = models.CharField(max_length=255, blank=True)
    error = models.CharField(max_length=500, blank=True)

    objects = BackupQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.name} {self.outcome}"
