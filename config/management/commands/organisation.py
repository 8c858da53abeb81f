"""`manage.py organisation`: found an organisation, list them, change its plan, lock it out and let it in again."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import date
from getpass import getpass
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from config import tenancy
from config.commands import ExampleCommand
from config.errors import Refused
from staff.models import Organisation, SecondStep
from staff.plans import WIDEST, Plan
from staff.services.founding import (
    FoundingDetails,
    ask_second_step,
    organisation_named,
    resume_organisation,
    set_first_password,
    suspend_organisation,
)
from staff.services.operating import found_whole
from staff.services.plans import PlanChange, change_plan

EXAMPLE = """\
examples:
  manage.py organisation create "Corner Shops" --slug corner --prefix CNR --currency GBP \\
      --timezone Europe/London --hr-email hr@corner.example
  manage.py organisation list
  manage.py organisation plan corner trial --until 2026-12-31
  manage.py organisation plan corner business --from 2027-01-01
  manage.py organisation second-step corner everybody
  manage.py organisation suspend corner
  manage.py organisation resume corner
"""
COLUMNS = "{:<16} {:<28} {:<6} {:<8} {:<18} {:<24} {}"


class Command(ExampleCommand):
    help = "Found, list, suspend and resume organisations; runs as the owner of the database."
    examples = EXAMPLE

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="create | list | plan | second-step | suspend | resume"
        )
        create = verbs.add_parser("create", help="found an organisation and its first person, of Human Resource")
        create.add_argument("name")
        create.add_argument("--slug", required=True, help="its short name in commands: corner")
        create.add_argument("--prefix", required=True, help="begins its employee numbers: CNR")
        create.add_argument("--currency", default="NGN", help="three letters (default NGN)")
        create.add_argument("--timezone", default="Africa/Lagos", help="default Africa/Lagos")
        create.add_argument("--hr-email", required=True, help="address of the first person, who brings in the others")
        create.add_argument("--ask-password", action="store_true", help="ask for a password of the first person now")
        create.add_argument("--plan", choices=Plan.values, default=WIDEST.value, help=f"default {WIDEST.value}")
        verbs.add_parser("list", help="show all organisations")
        plan = verbs.add_parser("plan", help="move an organisation to another plan, now or from a day on")
        plan.add_argument("slug")
        plan.add_argument("plan", choices=Plan.values)
        plan.add_argument("--until", type=date.fromisoformat, metavar="DATE", help="its last day, as 2026-12-31")
        plan.add_argument("--from", type=date.fromisoformat, dest="begins_on", metavar="DATE", help="default today")
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
        asks = options["ask_password"]
        person = found_whole(details, plan=Plan(options["plan"]), now=timezone.now(), invite=not asks)
        if asks:
            with tenancy.organisation(person.organisation_id):
                set_first_password(person, _asked_password(person.email))
        begins = "may sign in" if asks else "begins, by the link that they are sent"
        self.stdout.write(f"{name} is founded. {person.email} {begins}.")

    def list(self, **options: Any) -> None:
        self.stdout.write(COLUMNS.format("slug", "name", "prefix", "currency", "time zone", "plan", "state"))
        for row in Organisation.objects.order_by("slug"):
            state = f"suspended since {row.suspended_at:%d %b %Y}" if row.suspended_at else "active"
            shown = (row.slug, row.name, row.prefix, row.currency, row.timezone, _plan_of(row), state)
            self.stdout.write(COLUMNS.format(*shown))

    def plan(self, slug: str, plan: str, until: date | None, begins_on: date | None, **options: Any) -> None:
        row = change_plan(organisation_named(slug).pk, PlanChange(Plan(plan), until=until, begins_on=begins_on))
        self.stdout.write(f"{row}: {_plan_of(row)}.")

    def second_step(self, slug: str, of: str, **options: Any) -> None:
        step = SecondStep(of)
        row = ask_second_step(organisation_named(slug), step)
        self.stdout.write(f"{row}: two-step sign-in for {step.label[0].lower()}{step.label[1:]}.")

    def suspend(self, slug: str, **options: Any) -> None:
        organisation = suspend_organisation(organisation_named(slug), now=timezone.now())
        self.stdout.write(f"{organisation} is suspended: nobody of it can sign in.")

    def resume(self, slug: str, **options: Any) -> None:
        self.stdout.write(f"{resume_organisation(organisation_named(slug))} may sign in again.")


def _asked_password(email: str) -> str:
    """Typed unseen, or the first line of the input where nobody sits at it: never an argument, which others can see."""
    if sys.stdin.isatty():
        return getpass(f"Password of {email}: ")
    return sys.stdin.readline().rstrip("\n")


def _plan_of(row: Organisation) -> str:
    """ "Business", "Trial until 31 Dec 2026", "Business, Starter from 1 Jan 2027" """
    said = f"{Plan(row.plan).label} until {row.plan_until:%-d %b %Y}" if row.plan_until else Plan(row.plan).label
    return f"{said}, {Plan(row.next_plan).label} from {row.next_plan_on:%-d %b %Y}" if row.next_plan_on else said


def _lines(refused: Refused) -> str:
    """Every fault on a line of its own, named as on the command line."""
    if not refused.fields:
        return refused.sentence
    return "\n".join(f"{field.replace('_', '-')}: {sentence}" for field, sentence in refused.fields.items())
