"""Who stands open: people who must have a second step and have none, and people who have access and never come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Window

from config import keyset
from staff.models import Organisation, Person, SecondFactor, SecondStep
from staff.models.people import PersonQuerySet
from staff.roles import Category, holding
from staff.selectors.people import BY_NAME

UNPROTECTED, DORMANT = "unprotected", "dormant"
AWAY = timedelta(days=90)
FEW = 5  # people that the page of risks names


@dataclass(frozen=True, slots=True)
class Exposed:
    """How many, and the first of them by name."""

    count: int
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A choice of the organisation for the second step: how many it asks, and how many of them have none."""

    value: str
    label: str
    asked: int
    without: int
    is_chosen: bool


def exposed(which: str, *, organisation: Organisation, now: datetime) -> PersonQuerySet:
    """The people who can sign in and are UNPROTECTED or DORMANT."""
    people = Person.objects.active().with_places()
    if which == DORMANT:
        never = Q(last_login=None, hired_on__lt=(now - AWAY).date())
        return people.filter(Q(last_login__lt=now - AWAY) | never)
    return people.filter(asked_by(SecondStep(organisation.second_step)), ~_has_one())


def first_exposed(which: str, *, organisation: Organisation, now: datetime) -> Exposed:
    """How many they are, and a few of them, in one query."""
    found = exposed(which, organisation=organisation, now=now).annotate(total=Window(Count("pk")))
    people = tuple(found.order_by(*BY_NAME)[:FEW])
    return Exposed(people[0].total if people else 0, people)


def exposed_page(which: str, *, organisation: Organisation, now: datetime, after: str) -> keyset.Page[Person]:
    """All of them, by name. Raises Invalid for a cursor that is not ours."""
    return keyset.page(exposed(which, organisation=organisation, now=now), order=BY_NAME, after=after)


def asked_by(rule: SecondStep) -> Q:
    """`must_be_protected` as the condition on people, under one rule of the organisation."""
    if rule == SecondStep.MANAGERS:
        return Q(role__category=Category.SENIOR_ADMIN) | holding("enter_admin", "role__")
    return Q() if rule == SecondStep.EVERYBODY else Q(pk__in=[])


def with_protection(people: QuerySet[Person]) -> QuerySet[Any]:
    """The people, each with whether signing in as them asks for a second step: `has_second_step`."""
    return people.annotate(has_second_step=_has_one())


def rules(organisation: Organisation) -> tuple[Rule, ...]:
    """What each choice would ask of whom, in one query."""
    wanted = {}
    for rule in (SecondStep.MANAGERS, SecondStep.EVERYBODY):
        wanted[f"{rule}_asked"] = Count("pk", filter=asked_by(rule))
        wanted[f"{rule}_without"] = Count("pk", filter=asked_by(rule) & Q(has_second_step=False))
    found = with_protection(Person.objects.active()).aggregate(**wanted)
    return tuple(
        Rule(
            value=rule,
            label=str(rule.label),
            asked=found.get(f"{rule}_asked", 0),
            without=found.get(f"{rule}_without", 0),
            is_chosen=rule == organisation.second_step,
        )
        for rule in SecondStep
    )


def _has_one() -> Exists:
    return Exists(SecondFactor.objects.in_use().filter(person=OuterRef("pk")))
