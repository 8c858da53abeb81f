"""`manage.py import_staff FILE`: bring people in from a spreadsheet, after a rehearsal."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from config import tenancy
from config.commands import ExampleCommand
from config.errors import Refused
from staff.importing import Report, import_people
from staff.importing.rows import OPTIONAL, REQUIRED
from staff.management.entering import in_whose_name, organisation_named

EXAMPLE = f"""\
columns: {", ".join(REQUIRED)}
may follow: {", ".join(OPTIONAL)}
days like 2024-01-31 or 31/01/2024; a branch by name or code

examples:
  manage.py import_staff people.csv                  a rehearsal: says what would happen
  manage.py import_staff people.xlsx --commit        all of them, or nobody
  manage.py import_staff people.csv --organisation acemall --commit --partial
"""


class Command(ExampleCommand):
    help = "Hire people from a CSV or XLSX file. Nothing is written without --commit; the same file may come twice."
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
        for line in (*report.notes, *report.faults, *report.differences):
            self.stdout.write(str(line))

    def _conclude(self, report: Report, *, commit: bool, partial: bool) -> None:
        if report.faults and not partial:
            raise CommandError(
                f"{_rows(report.bad_rows)} of {report.rows:,} not right: nobody was brought in. "
                "Correct the file, or take the others with --partial."
            )
        there = f"; here already: {report.there:,}" if report.there else ""
        bad = f"; left out: {_rows(report.bad_rows)}" if report.faults else ""
        if commit:
            self.stdout.write(f"People brought in: {report.written:,}{there}{bad}.")
        else:
            self.stdout.write(f"People to bring in: {report.new:,}{there}{bad}. Write them with --commit.")


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
