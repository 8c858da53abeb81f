"""The web server's application without limits: tests that ask a thousand times in a minute are about something else."""

from config.wsgi import application  # isort: skip  # it names the settings that everything else reads
from config.limits import LIMITS

__all__ = ["application"]

LIMITS.clear()
