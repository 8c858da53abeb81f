"""`manage.py restore --to <time|latest>`: bring the embedded server back to a moment."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.caching import Unavailable, clear
from config.services.state import Fault
from monitoring.backups import runs
from monitoring.backups.progress import Progress
from monitoring.backups.restoring import Restored


class Command(BaseCommand):
    help = (
        "Bring the database and the uploaded files back to a moment. The data that is replaced is kept aside. "
        'Example: manage.py restore --to "2026-11-26 14:05"'
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, help="“latest”, or a time; UTC unless it says otherwise")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            to = _moment(options["to"], now)
            if not options["yes"] and not self._agreed(to):
                raise CommandError("Nothing was restored.")
            restored = runs.restore(runs.plan(), to, Progress(), at=now)
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(_report(restored, to))
        try:
            clear()  # what was copied after that moment never happened
        except Unavailable:
            self.stderr.write(
                "The cache server does not answer, and its copies are of what is no more: run `manage.py cache clear` "
                "when it does, before anybody works."
            )

    def _agreed(self, to: datetime | None) -> bool:
        when = f"{to:%Y-%m-%d %H:%M:%S} UTC" if to else "its last write"
        self.stdout.write(
            f"The database goes back to {when}; nobody can work until it is there, and what was written after that "
            "moment is only in the data that is kept aside. Type yes to go on: ",
            ending="",
        )
        self.stdout.flush()
        return sys.stdin.readline().strip().lower() == "yes"


def _moment(text: str, now: datetime) -> datetime | None:
    if text == "latest":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Fault(f"“{text}” is no time; write 2026-11-26 14:05, or latest.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > now:
        raise Fault(f"{moment:%Y-%m-%d %H:%M:%S} UTC lies in the future; it is {now:%H:%M:%S} UTC.")
    return moment.astimezone(UTC)


def _report(restored: Restored, to: datetime | None) -> str:
    last, stopped = restored.last_write, restored.stopped_at
    lines = [f"Restored from backup {restored.backup}, and {restored.uploads} uploaded files with it."]
    lines.append(
        f"The last write that came back is of {last:%Y-%m-%d %H:%M:%S} UTC." if last else "No later write came back."
    )
    if to is None and last:
        lines.append(f"RPO: at most {(stopped - last).total_seconds():.0f} s of writes are missing.")
    lines.append(f"RTO: {restored.seconds:.0f} s from the start of this command until the server answered.")
    if restored.aside:
        lines.append(
            f"The replaced data is kept as {restored.aside}; docs/runbooks/backups.md says how to go back to it."
        )
    lines.append("Take a fresh backup when all is well: manage.py backup")
    return "\n".join(lines)
