"""`manage.py backups`: what there is to go back to."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.services.state import Fault
from monitoring.backups import nights, runs
from monitoring.backups.vault import Entry

COLUMNS = "{:<17} {:>8} {:>12}  {:<9} {:<17} {}"


class Command(BaseCommand):
    help = (
        "List the backups, the newest first; exit code 1 when the last good one is older than 36 hours or the newest "
        "is bad. Example: manage.py backups --json"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            plan = runs.plan()
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        entries = plan.vault.entries()
        copies = {entry.name for entry in plan.second.entries()} if plan.second else set()
        rows = [row(entry, now, copied=entry.name in copies) for entry in entries]
        if options["json"]:
            self.stdout.write(json.dumps(rows, default=str, indent=2))
        else:
            self.stdout.write(f"{plan.vault.folder}" + (f", copied to {plan.second.folder}" if plan.second else ""))
            self.stdout.write(COLUMNS.format("backup", "age", "size", "state", "restored on trial", ""))
            for values in rows:
                self.stdout.write(_line(values))
        if trouble := nights.trouble(plan.vault, now):
            self.stderr.write(trouble)
            sys.exit(1)


def row(entry: Entry, now: datetime, *, copied: bool) -> dict[str, Any]:
    """One backup as programs read it."""
    manifest, verdict = entry.manifest, entry.verdict
    return {
        "name": entry.name,
        "at": entry.at.isoformat(),
        "age_seconds": round((now - entry.at).total_seconds()),
        "kind": manifest.kind if manifest else None,
        "size": manifest.size if manifest else None,
        "state": "good" if entry.good else "bad",
        "verified_at": verdict.at.isoformat() if verdict and entry.good else None,
        "where": str(entry.folder),
        "copied": copied,
        "error": entry.fault,
    }


def _line(values: dict[str, Any]) -> str:
    size = f"{values['size'] / 1e6:,.1f} MB" if values["size"] is not None else "-"
    age = f"{values['age_seconds'] / 3600:.1f} h"
    trial = values["verified_at"][:16].replace("T", " ") if values["verified_at"] else "-"
    more = values["error"] or ("copied" if values["copied"] else "")
    return COLUMNS.format(values["name"], age, size, values["state"], trial, more).rstrip()
