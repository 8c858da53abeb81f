"""What an operator does with other organisations: entering one by name, and nothing without it.

Row-level security stays as it is: an operator's request enters the organisation that it changes, like a command. What
is written there says who it was in words, for their own row belongs to another organisation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from config import origin, tenancy
from config.errors import Forbidden, Refused
from staff.models import Organisation, Person
from staff.plans import WIDEST, Plan
from staff.services.founding import FoundingDetails, found_organisation, invite_first
from staff.services.plans import PlanChange, change_plan

LONGEST_NAME = 60  # of who acted, in the audit log


def require_operator(by: Person) -> None:
    """Raise Forbidden for whoever does not run the installation."""
    if not by.is_operator:
        raise Forbidden("Organisations are for whoever runs this installation.")


@contextmanager
def entered(organisation_id: int, *, by: Person) -> Iterator[Organisation]:
    """Work inside another organisation, as its operator; its audit log names them.

    Raises Forbidden for everybody else, Organisation.DoesNotExist.
    """
    require_operator(by)
    with as_operator(by), tenancy.organisation(organisation_id):
        yield Organisation.objects.get(pk=organisation_id)


@contextmanager
def as_operator(by: Person) -> Iterator[None]:
    """What is written in the organisations entered within the block was done by the operator of this name."""
    name = f"operator {by}"[:LONGEST_NAME]
    with origin.of(replace(origin.current(), person=None, name=name)):
        yield


def found_as_operator(details: FoundingDetails, *, plan: Plan, by: Person, now: datetime) -> int:
    """Found an organisation with all that it begins with, write to its first person, and return its id.

    Raises Forbidden, and what `found_organisation` raises.
    """
    require_operator(by)
    with as_operator(by):
        return found_whole(details, plan=plan, now=now).organisation_id


def found_whole(details: FoundingDetails, *, plan: Plan = WIDEST, now: datetime, invite: bool = True) -> Person:
    """Found an organisation with a plan and every app's defaults, and write to its first person, who is returned."""
    person = found_organisation(details, now=now)
    with tenancy.organisation(person.organisation_id):
        for name in settings.WHEN_AN_ORGANISATION_IS_FOUNDED:
            begin: Callable[[], object] = import_string(name)
            begin()
        if plan != WIDEST:
            change_plan(person.organisation_id, PlanChange(plan))
        if invite:
            invite_first(person)
    return person


def refuse_own(organisation: Organisation, *, by: Person, sentence: str) -> None:
    """Raise Refused for the operator's own organisation."""
    if organisation.pk == by.organisation_id:
        raise Refused(sentence)
