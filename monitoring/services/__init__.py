"""The only writers of what the product remembers about itself."""

from monitoring.services.runs import LOST_AFTER, job_ended, job_started, mark_lost

__all__ = ["LOST_AFTER", "job_ended", "job_started", "mark_lost"]
