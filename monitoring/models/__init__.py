"""What the product remembers about itself: runs of jobs, what was measured, and the alerts that came of it."""

from monitoring.models.alerts import Alert, AlertMessage, AlertRule, Level, Sample, State
from monitoring.models.jobs import Heartbeat, JobRun, ScheduledJob

__all__ = ["Alert", "AlertMessage", "AlertRule", "Heartbeat", "JobRun", "Level", "Sample", "ScheduledJob", "State"]
