"""`manage.py jobs`: every periodic job, how it went last, when it comes next, and whether it is in trouble."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from monitoring.selectors import JobStatus, job_statuses
from monitoring.services import mark_lost


class Command(BaseCommand):
    help = (
        "List the periodic jobs with their last run and next tick (UTC); exit code 1 when one is late or has failed. "
        "Example: manage.py jobs --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        mark_lost(now)
        statuses = job_statuses(now)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(status) for status in statuses], default=str, indent=2))
        else:
            for status in statuses:
                self.stdout.write(_line(status))
        sentences = [status.sentence for status in statuses if status.trouble]
        if sentences:
            self.stderr.write("\n".join(sentences))
            sys.exit(1)


def _line(status: JobStatus) -> str:
    last = f"{status.started_at:%Y-%m-%d %H:%M:%S}" if status.started_at else "-"
    took = f"{status.seconds:.1f} s" if status.seconds is not None else "-"
    coming = f"next {status.next_at:%Y-%m-%d %H:%M:%S}" if status.next_at else "disabled"
    word = status.trouble if status.trouble else status.outcome
    return (
        f"{status.name:<18} {word:<8} last {last:<19} took {took:>7}  {coming}\n"
        f"{'':<18} {status.purpose} ({status.when}, queue {status.queue})"
    )
