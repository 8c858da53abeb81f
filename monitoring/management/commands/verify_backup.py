"""`manage.py verify_backup`: restore a backup on trial, beside the running server, and compare."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.services.state import Fault
from monitoring.backups import runs
from monitoring.backups.progress import Progress


class Command(BaseCommand):
    help = (
        "Really restore a backup into a scratch server and compare rows, constraints, indexes and uploaded files. "
        "Example: manage.py verify_backup 20261126T235900Z"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="which one (default: the newest)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plan = runs.plan()
            name = options["name"] or runs.newest(plan.vault).name
            verdict = runs.verified(plan, name, Progress(), at=timezone.now())
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"Backup {name} is good: restored on trial in {verdict.seconds:.0f} s, everything is there.")
