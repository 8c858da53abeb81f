"""`manage.py import_staff FILE`: bring people in and change them from a spreadsheet, after a rehearsal."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from config import tenancy
from config.commands import ExampleCommand
from config.errors import Refused
from staff.importing import Outcome, Report, import_people
from staff.importing.rows import CLEAR, NUMBER, OPTIONAL, REQUIRED
from staff.management.entering import in_whose_name, organisation_named

EXAMPLE = f"""\
somebody new needs: {", ".join(REQUIRED)}
may follow: {", ".join(OPTIONAL)}
a row with an {NUMBER}, or with an e-mail address that is known, changes that person:
an empty cell leaves what is there, {CLEAR} takes it away
days like 2024-01-31 or 31/01/2024; a branch by name or code

examples:
  manage.py import_staff people.csv                  a rehearsal: says what would happen
  manage.py import_staff people.xlsx --commit        all of them, or nobody
  manage.py import_staff people.csv --organisation acemall --commit --partial
"""


class Command(ExampleCommand):
    help = "Hire and change people from a CSV or XLSX file. Nothing is written without --commit; it may come twice."
    examples = EXAMPLE

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organisation", metavar="SLUG", help="needed where there are several")
        parser.add_argument("--commit", action="store_true", help="write; without it this is a rehearsal")
        parser.add_argument("--partial", action="store_true", help="take the good rows and leave the bad ones")
        parser.add_argument("--by", metavar="E-MAIL", help="in whose name (default: the first of Human Resource)")

    def handle(self, *args: Any, **options: Any) -> None:
        commit, partial = options["commit"], options["partial"]
        try:
            with tenancy.organisation(organisation_named(options["organisation"])):
                by = in_whose_name(options["by"])
                report = import_people(options["file"], by=by, commit=commit, partial=partial, say=self.stdout.write)
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        self._print(report)
        self._conclude(report, commit=commit, partial=partial)

    def _print(self, report: Report) -> None:
        changes = (row for row in report.rows if row.outcome == Outcome.CHANGES)
        for line in (*report.notes, *report.faults, *changes):
            self.stdout.write(str(line))

    def _conclude(self, report: Report, *, commit: bool, partial: bool) -> None:
        if report.bad and not partial:
            raise CommandError(
                f"{_rows(report.bad)} of {len(report.rows):,} not right: nobody was brought in or changed. "
                "Correct the file, or take the others with --partial."
            )
        same = f"; unchanged: {report.unchanged:,}" if report.unchanged else ""
        bad = f"; left out: {_rows(report.bad)}" if report.bad else ""
        new, changes = (report.hired, report.changed) if commit else (report.new, report.changes)
        if commit:
            self.stdout.write(f"People brought in: {new:,}; changed: {changes:,}{same}{bad}.")
        else:
            self.stdout.write(f"People to bring in: {new:,}; to change: {changes:,}{same}{bad}. Write with --commit.")


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
