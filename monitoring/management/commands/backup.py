"""`manage.py backup`: a full backup now, and every write since then kept in the WAL archive."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.services.state import Fault
from monitoring.backups import runs
from monitoring.backups.progress import Progress


class Command(BaseCommand):
    help = (
        "Back up the database and the uploaded files, compressed and encrypted with BACKUP_KEY, while people work. "
        "Example: manage.py backup --verify"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--verify", action="store_true", help="restore it on trial right away, as every night")

    def handle(self, *args: Any, **options: Any) -> None:
        progress, now = Progress(), timezone.now()
        try:
            plan = runs.plan()
            manifest = runs.back_up(plan, progress, at=now)
            seconds = (manifest.ended_at - manifest.started_at).total_seconds()
            self.stdout.write(f"Backup {manifest.name} is made: {manifest.size / 1e6:,.1f} MB in {seconds:.0f} s.")
            if options["verify"]:
                verdict = runs.verified(plan, manifest.name, progress, at=timezone.now())
                self.stdout.write(f"It was restored on trial in {verdict.seconds:.0f} s: everything is there.")
            if plan.second:
                _, size = runs.copy(plan, progress, at=timezone.now())
                self.stdout.write(f"{size / 1e6:,.1f} MB were copied to {plan.second.folder}.")
        except Fault as fault:
            raise CommandError(str(fault)) from fault
