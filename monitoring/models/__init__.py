"""What the product remembers about itself: runs of jobs, what was measured, the alerts that came of it, and backups."""

from monitoring.models.alerts import Alert, AlertMessage, AlertRule, Level, Sample, State
from monitoring.models.backups import Backup
from monitoring.models.jobs import Heartbeat, JobRun, ScheduledJob

__all__ = [
    "Alert",
    "AlertMessage",
    "AlertRule",
    "Backup",
    "Heartbeat",
    "JobRun",
    "Level",
    "Sample",
    "ScheduledJob",
    "State",
]
