"""`manage.py export_staff`: all people of an organisation as a file that `import_staff` takes back."""

from __future__ import annotations

import os
import shutil
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError

from config import tenancy
from config.commands import ExampleCommand
from config.errors import Refused
from config.spreadsheets import CSV, XLSX
from staff.exporting import Export, export_people
from staff.management.entering import in_whose_name, organisation_named
from staff.models import Person

EXAMPLE = """\
examples:
  manage.py export_staff --organisation acemall > people.csv
  manage.py export_staff --format xlsx --to people.xlsx      readable for you alone
  manage.py export_staff --to paid.csv --salaries            every person gets a line in the access log
"""


class Command(ExampleCommand):
    help = "Write all people to a CSV or XLSX file, safe to open in a spreadsheet. Each export stands in the audit log."
    examples = EXAMPLE

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="needed where there are several")
        parser.add_argument("--format", choices=[CSV, XLSX], default=CSV)
        parser.add_argument("--to", metavar="FILE", type=Path, help="where to; a CSV file without it is printed")
        parser.add_argument("--salaries", action="store_true", help="with what each is paid")
        parser.add_argument("--by", metavar="E-MAIL", help="in whose name (default: the first of Human Resource)")

    def handle(self, *args: Any, **options: Any) -> None:
        form, to = options["format"], options["to"]
        if form == XLSX and to is None:
            raise CommandError("Say where the XLSX file goes with --to FILE.")
        try:
            with tenancy.organisation(organisation_named(options["organisation"])):
                by = in_whose_name(options["by"])
                people = Person.objects.all()
                made = export_people(people, by=by, asked={}, form=form, salaries=options["salaries"])
                # Before the commit: what could not be written down is not in the log either.
                self._hand_over(made, to)
        except Refused as refused:
            raise CommandError(refused.sentence) from refused

    def _hand_over(self, made: Export, to: Path | None) -> None:
        if to is None:
            self.stdout.write(made.file.read().decode("utf-8-sig"), ending="")
            return
        try:
            _keep(made.file, to)
        except OSError as error:
            raise CommandError(f"{to} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"People written to {to}: {made.rows:,}.")


def _keep(file: IO[bytes], to: Path) -> None:
    """Whole or not at all, and readable for its owner alone: mkstemp makes files of mode 0600."""
    handle, draft = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.")
    try:
        with os.fdopen(handle, "wb") as target:
            shutil.copyfileobj(file, target)
        Path(draft).replace(to)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
