"""`manage.py demo`: the demo organisations, their people and eleven weeks of rosters."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import UTC, date, datetime
from datetime import time as clock
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from config import demo
from config.commands import ExampleCommand
from config.errors import Refused

EXAMPLE = """\
examples:
  manage.py demo                      load it, or add the weeks that are missing since
  manage.py demo --once               do nothing if it is there
  manage.py demo --today 2026-01-14   as if today were that day
"""


class Command(ExampleCommand):
    help = "Load the demo: Ace Mall with about 1,400 invented people, Other Mart, and the installation's operator."
    examples = EXAMPLE

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do nothing when the demo is there")
        parser.add_argument("--today", type=date.fromisoformat, help="the day around which the weeks are made")

    def handle(self, *args: Any, once: bool, today: date | None, **options: Any) -> None:
        now = datetime.combine(today, clock(12), UTC) if today else timezone.now()
        began = time.monotonic()
        try:
            if once and demo.is_loaded():
                self.stdout.write("The demo is loaded.")
                return
            demo.load(now, say=self.stdout.write)
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        seconds = time.monotonic() - began
        self.stdout.write(f"The demo is ready after {seconds:.0f} s. Password of its logins: {demo.PASSWORD}")
