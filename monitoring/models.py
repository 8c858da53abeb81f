"""What the product remembers about itself: a row for every run of a job."""

from __future__ import annotations

from django.db import models


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

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["name", "-started_at"], name="job_run_by_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.outcome}"
