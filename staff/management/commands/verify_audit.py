"""`manage.py verify_audit`: whether the audit log is what was written."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.db import connection

from config import tenancy
from config.commands import ExampleCommand
from staff.auditing.chain import Verdict, verify
from staff.models import Organisation

EXAMPLE = """\
examples:
  manage.py verify_audit                                    every organisation, suspended ones too
  manage.py verify_audit --organisation acemall
  manage.py verify_audit --organisation acemall --noted 8123:5f0c2ab91e44d07a
                                                            and against the head of an earlier run, kept elsewhere
"""


class Command(ExampleCommand):
    help = "Walk the audit log's chain and name the first row that was edited, removed, inserted or moved."
    examples = EXAMPLE

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="only this one")
        parser.add_argument("--noted", type=_noted, metavar="LINK:HASH", help="what an earlier run ended with")

    def handle(self, *args: Any, organisation: str | None, noted: tuple[int, str] | None, **options: Any) -> None:
        if noted and not organisation:
            raise CommandError("Say with --organisation whose chain was noted.")
        looked, broken = 0, 0
        for pk in tenancy.all_organisations():
            with tenancy.organisation(pk), connection.cursor() as cursor:
                slug = Organisation.objects.values_list("slug", flat=True).get(pk=pk)
                if organisation in (None, slug):
                    verdict = verify(cursor, pk, noted=noted, say=partial(self._progress, slug))
                    looked, broken = looked + 1, broken + (not verdict.holds)
                    self.stdout.write(_line(slug, verdict))
        if not looked:
            raise CommandError(f"There is no organisation {organisation}." if organisation else "No organisation.")
        if broken:
            raise CommandError(f"The audit log of {broken} of {looked} organisations does not hold.")

    def _progress(self, slug: str, done: int, links: int) -> None:
        if links > done or sys.stderr.isatty():
            self.stderr.write(f"{slug}: {done:,} of {links:,} links")


def _line(slug: str, verdict: Verdict) -> str:
    if not verdict.holds:
        return f"{slug}: {verdict.fault}"
    erased = f" ({verdict.erased:,} with personal values erased by an erasure)" if verdict.erased else ""
    return f"{slug}: holds, {verdict.entries:,} entries in {verdict.links:,} links{erased}, head {verdict.head}"


def _noted(text: str) -> tuple[int, str]:
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{8,64})", text)
    if not found:
        raise ArgumentTypeError("write a head as verify_audit prints it, like 8123:5f0c2ab91e44d07a")
    return int(found[1]), found[2]
