"""`manage.py gdpr export | erase | again`: a copy of somebody's data, its erasure, and erasures after a restore."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from config import tenancy
from config.commands import ExampleCommand
from config.errors import Refused
from config.services.sealed import Key
from config.services.state import Fault
from monitoring.backups import erasures, ledger, runs
from staff.models import Organisation, Person
from staff.selectors.privacy import fates
from staff.services.erasing import erase_by_operator, refuse_erasing_anybody
from staff.services.exporting import export

EXAMPLE = """\
examples:
  manage.py gdpr export ACE-BOD-00042 --organisation acemall --to copy.zip    only you may read the file
  manage.py gdpr erase ACE-BOD-00042 --organisation acemall --reason "They asked for it"
                                                    says what goes and what stays, and asks; --yes does not ask
  manage.py gdpr again                              apply the ledger of erasures, as `restore` does by itself
"""


class Command(ExampleCommand):
    help = "Make a copy of all that is kept about somebody, or erase it once they have left."
    examples = EXAMPLE

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        copy, gone = verbs.add_parser("export"), verbs.add_parser("erase")
        for each in (copy, gone):
            each.add_argument("employee_number")
            each.add_argument("--organisation", metavar="SLUG", required=True)
        copy.add_argument("--to", metavar="FILE", type=Path, required=True, help="a new file, for your eyes alone")
        gone.add_argument("--reason", required=True, help="kept with the erasure")
        gone.add_argument("--yes", action="store_true", help="do not ask")
        verbs.add_parser("again")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            if verb == "again":
                self._again()
                return
            with tenancy.organisation(_organisation(options["organisation"])):
                person = _person(options["employee_number"])
                if verb == "export":
                    self._export(person, options["to"])
                else:
                    self._erase(person, options["reason"], sure=options["yes"])
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        except Fault as fault:
            raise CommandError(str(fault)) from fault

    def _export(self, person: Person, to: Path) -> None:
        try:
            target = os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except OSError as error:
            raise CommandError(f"{to} cannot be written: {error.strerror}.") from error
        try:
            with target, export(person, by=None).file as copy:
                shutil.copyfileobj(copy, target)
        except BaseException:
            with suppress(OSError):
                to.unlink()
            raise
        self.stdout.write(f"{to}: what is kept about {person.employee_number}. They are told of it.")

    def _erase(self, person: Person, reason: str, *, sure: bool) -> None:
        refuse_erasing_anybody(person)
        if not sure and not self._agreed(person):
            raise CommandError("Nobody was erased.")
        erasure = erase_by_operator(person, reason=reason)
        gone = ", ".join(f"{title.lower()} {count}" for title, count in erasure.counts.items())
        self.stdout.write(f"Erased: {person.employee_number} ({gone}).")

    def _agreed(self, person: Person) -> bool:
        for fate in sorted(fates(), key=lambda fate: not fate.goes):
            self.stdout.write(f"{'goes ' if fate.goes else 'stays'}  {fate.title}: {fate.reason}")
        self.stdout.write(f"There is no way back. Type {person.employee_number} to erase them: ", ending="")
        self.stdout.flush()
        return sys.stdin.readline().strip() == person.employee_number

    def _again(self) -> None:
        plan = runs.plan()
        lines = ledger.lines_of(plan)
        again, strange = erasures.apply(lines, Key(plan.key))
        erasures.reserve(lines)
        for sentence in strange:
            self.stderr.write(sentence)
        self.stdout.write(f"{again} people were erased again.")


def _organisation(slug: str) -> int:
    found = {}
    for pk in tenancy.all_organisations():
        with tenancy.organisation(pk):
            found[Organisation.objects.get(pk=pk).slug] = pk
    if slug not in found:
        raise CommandError(f"There is no organisation {slug}; there are: {', '.join(sorted(found)) or 'none'}.")
    return found[slug]


def _person(number: str) -> Person:
    people = Person.objects.with_places().select_related("organisation")
    person = people.filter(employee_number=number.upper()).first()
    if person is None:
        raise CommandError(f"Nobody there has the employee number {number}.")
    return person
