"""`manage.py organisation`: found an organisation, list them, lock one out and let it in again."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from config import tenancy
from config.commands import ExampleCommand
from config.errors import Refused
from reviews.defaults import add_defaults as add_criteria
from roster.defaults import add_defaults
from staff.models import Organisation, SecondStep
from staff.services.founding import (
    FoundingDetails,
    ask_second_step,
    found_organisation,
    invite_first,
    resume_organisation,
    set_first_password,
    suspend_organisation,
)
from staff.services.requests import add_required_defaults

EXAMPLE = """\
examples:
  manage.py organisation create "Corner Shops" --slug corner --prefix CNR --currency GBP \\
      --timezone Europe/London --hr-email hr@corner.example
  manage.py organisation list
  manage.py organisation second-step corner everybody
  manage.py organisation suspend corner
  manage.py organisation resume corner
"""
COLUMNS = "{:<16} {:<28} {:<6} {:<8} {:<18} {}"


class Command(ExampleCommand):
    help = "Found, list, suspend and resume organisations; runs as the owner of the database."
    examples = EXAMPLE

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="create | list | second-step | suspend | resume"
        )
        create = verbs.add_parser("create", help="found an organisation and its first person, of Human Resource")
        create.add_argument("name")
        create.add_argument("--slug", required=True, help="its short name in commands: corner")
        create.add_argument("--prefix", required=True, help="begins its employee numbers: CNR")
        create.add_argument("--currency", default="NGN", help="three letters (default NGN)")
        create.add_argument("--timezone", default="Africa/Lagos", help="default Africa/Lagos")
        create.add_argument("--hr-email", required=True, help="address of the first person, who brings in the others")
        create.add_argument("--ask-password", action="store_true", help="ask for a password of the first person now")
        verbs.add_parser("list", help="show all organisations")
        second_step = verbs.add_parser("second-step", help="for whom signing in takes an authenticator's code too")
        second_step.add_argument("slug")
        second_step.add_argument("of", choices=SecondStep.values)
        verbs.add_parser("suspend", help="lock everybody of an organisation out; nothing is deleted").add_argument(
            "slug"
        )
        verbs.add_parser("resume", help="let an organisation in again").add_argument("slug")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            with transaction.atomic():
                getattr(self, verb.replace("-", "_"))(**options)
        except Refused as refused:
            raise CommandError(_lines(refused)) from refused

    def create(self, name: str, slug: str, prefix: str, currency: str, **options: Any) -> None:
        details = FoundingDetails(name, slug, prefix, currency, options["timezone"], options["hr_email"])
        person = found_organisation(details, now=timezone.now())
        with tenancy.organisation(person.organisation_id):
            add_defaults()
            add_criteria()
            add_required_defaults()
            if options["ask_password"]:
                set_first_password(person, _asked_password(person.email))
            else:
                invite_first(person)
        begins = "may sign in" if options["ask_password"] else "begins, by the link that they are sent"
        self.stdout.write(f"{name} is founded. {person.email} {begins}.")

    def list(self, **options: Any) -> None:
        self.stdout.write(COLUMNS.format("slug", "name", "prefix", "currency", "time zone", "state"))
        for row in Organisation.objects.order_by("slug"):
            state = f"suspended since {row.suspended_at:%d %b %Y}" if row.suspended_at else "active"
            self.stdout.write(COLUMNS.format(row.slug, row.name, row.prefix, row.currency, row.timezone, state))

    def second_step(self, slug: str, of: str, **options: Any) -> None:
        step = SecondStep(of)
        self.stdout.write(
            f"{ask_second_step(slug, step)}: two-step sign-in for {step.label[0].lower()}{step.label[1:]}."
        )

    def suspend(self, slug: str, **options: Any) -> None:
        organisation = suspend_organisation(slug, now=timezone.now())
        self.stdout.write(f"{organisation} is suspended: nobody of it can sign in.")

    def resume(self, slug: str, **options: Any) -> None:
        self.stdout.write(f"{resume_organisation(slug)} may sign in again.")


def _asked_password(email: str) -> str:
    """Typed unseen, or the first line of the input where nobody sits at it: never an argument, which others can see."""
    if sys.stdin.isatty():
        return getpass(f"Password of {email}: ")
    return sys.stdin.readline().rstrip("\n")


def _lines(refused: Refused) -> str:
    """Every fault on a line of its own, named as on the command line."""
    if not refused.fields:
        return refused.sentence
    return "\n".join(f"{field.replace('_', '-')}: {sentence}" for field, sentence in refused.fields.items())
