"""What operators see of the installation."""

from monitoring.selectors.jobs import JobStatus, job_statuses, late_or_failed

__all__ = ["JobStatus", "job_statuses", "late_or_failed"]
