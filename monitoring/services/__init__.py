"""What changes here: runs of jobs, their schedule, signs of life."""

from monitoring.services.alive import ask_every_queue, heard_of
from monitoring.services.retention import apply_retention
from monitoring.services.runs import Verdict, job_ended, job_started, mark_lost
from monitoring.services.schedule import change_schedule, keep_schedule, send_due, send_now
from monitoring.services.upkeep import keep_up

__all__ = [
    "Verdict",
    "apply_retention",
    "ask_every_queue",
    "change_schedule",
    "heard_of",
    "job_ended",
    "job_started",
    "keep_schedule",
    "keep_up",
    "mark_lost",
    "send_due",
    "send_now",
]
