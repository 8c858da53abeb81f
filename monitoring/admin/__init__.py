"""The installation in the admin: runs of jobs, alerts and their rules."""

from monitoring.admin import alerts, jobs  # noqa: F401  (register themselves)
