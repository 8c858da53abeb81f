"""`manage.py check_alerts`: measure everything now, bring the alerts up to date, and say how each figure stands."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from monitoring.models import Level, State
from monitoring.selectors.alerts import RuleLine, rule_lines
from monitoring.services.evaluation import evaluate


class Command(BaseCommand):
    help = (
        "Measure every figure now, open and close alerts as the minute's job would, and print a line for each. "
        "Exit code 1 when an alert is critical. Example: manage.py check_alerts --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        evaluate(now)
        lines = rule_lines(now)
        if options["json"]:
            self.stdout.write(json.dumps([_entry(line) for line in lines], default=str, indent=2))
        else:
            for line in lines:
                self.stdout.write(_text(line))
        critical = [line.label for line in lines if line.alert and line.alert.level == Level.CRITICAL]
        if critical:
            raise CommandError(f"Critical: {', '.join(critical)}.")


def _text(line: RuleLine) -> str:
    since = f"  alert ({line.alert.level}) since {line.alert.opened_at:%Y-%m-%d %H:%M}" if line.alert else ""
    detail = f"  {line.detail}" if line.detail else ""
    text = f"{line.metric:<22} {line.state:<8} {line.shown:>12}  alert {line.when}{since}{detail}"
    needs_work = line.state in (State.WARNING, State.CRITICAL) or line.alert
    return f"{text}\n{'':<22} {line.cure}" if needs_work else text


def _entry(line: RuleLine) -> dict[str, Any]:
    alert = line.alert
    return {
        "metric": line.metric,
        "state": line.state,
        "value": line.value,
        "unit": line.unit,
        "samples": line.samples,
        "detail": line.detail,
        "warning": line.warning,
        "critical": line.critical,
        "alert": alert and {"level": alert.level, "message": alert.message, "since": alert.opened_at},
        "cure": line.cure,
    }
