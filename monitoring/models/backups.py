"""Backups: a row for each."""

from __future__ import annotations

from typing import Self

from django.db import models


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
