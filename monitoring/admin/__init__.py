"""The installation in the admin: runs of jobs, alerts and their rules, backups."""

from monitoring.admin import alerts, backups, jobs  # noqa: F401  (register themselves)
