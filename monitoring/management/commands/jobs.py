"""`manage.py jobs`: every periodic job, how it went last and when it comes next."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from monitoring.selectors import JobStatus, job_statuses
from monitoring.services import mark_lost


class Command(BaseCommand):
    help = "List the periodic jobs with their last run and next tick (UTC). Example: manage.py jobs --json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        mark_lost(now)
        statuses = job_statuses(now)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(status) for status in statuses], default=str, indent=2))
            return
        for status in statuses:
            self.stdout.write(_line(status))


def _line(status: JobStatus) -> str:
    last = f"{status.started_at:%Y-%m-%d %H:%M:%S}" if status.started_at else "-"
    took = f"{status.seconds:.1f} s" if status.seconds is not None else "-"
    line = f"{status.name:<18} {status.outcome:<8} last {last:<19} took {took:>7}  next {status.next_at:%H:%M:%S}"
    return f"{line}  {status.error}".rstrip() + f"\n{'':<18} {status.purpose}"
