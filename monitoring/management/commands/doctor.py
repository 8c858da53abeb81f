"""`manage.py doctor`: every server, setting, job and queue, with one cure for each fault."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from monitoring.checks import Finding, Reader, State, look, worst


class Command(BaseCommand):
    help = (
        "Look at every dependency, setting, job and queue; exit code 1 when something is not well. "
        "Example: manage.py doctor --json"
    )
    # It says itself what Django's checks have found.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = look(Reader.DOCTOR)
        state = worst(findings)
        if options["json"]:
            shown = {"status": state, "checks": [asdict(finding) for finding in findings]}
            self.stdout.write(json.dumps(shown, indent=2))
        else:
            for finding in findings:
                self.stdout.write(_lines(finding))
            self.stdout.write(f"This installation is {state}.")
        if state is not State.HEALTHY:
            sys.exit(1)


def _lines(finding: Finding) -> str:
    line = f"{finding.state:<9} {finding.name:<11} {finding.sentence}"
    return f"{line}\n{'':<21} → {finding.cure}" if finding.cure else line
