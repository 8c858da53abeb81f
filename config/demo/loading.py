"""Loading the demo: everything or nothing, in one transaction, and what is missing of it on any later day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from django.db import transaction

from config import tenancy
from config.caching import touch_everything
from config.demo import (
    bulk,
    careers,
    chain,
    consents,
    inbox,
    names,
    papers,
    people,
    profiles,
    reviews,
    rosters,
    security,
)
from config.errors import Refused
from reviews.defaults import add_defaults as add_criteria
from roster.defaults import add_defaults
from staff.models import Branch, Department, Organisation, Person, Role, SecondStep
from staff.roles import Category, Duty, Reach
from staff.services import hire_many
from staff.services.founding import TOP_ROLES, FoundingDetails, RoleRow, add_roles, found_organisation
from staff.services.history import correct_hiring

Say = Callable[[str], None]

# Nobody needs a second step there: the demo's logins are for trying.
ACE, OTHER, PLATFORM = (
    FoundingDetails(*details, second_step=SecondStep.NOBODY)
    for details in (
        ("Ace Mall", "acemall", "ACE", "NGN", "Africa/Lagos", "hr@acemall.example", "Halima", "Bankole"),
        ("Other Mart", "othermart", "OTM", "GBP", "Europe/London", "hr@othermart.example", "Nadia", "Prescott"),
        ("Platform", "platform", "PLT", "NGN", "Africa/Lagos", "operator@platform.example", "Uche", "Operator"),
    )
)
SLUGS = [details.slug for details in (ACE, OTHER, PLATFORM)]
OTHER_BRANCHES = {"Camden": "CAM", "Hackney": "HAC"}


def is_loaded() -> bool:
    """Whether the demo is there. Raises Refused for an organisation of the same name that the demo did not make."""
    found = set(Organisation.objects.filter(slug__in=SLUGS).values_list("slug", flat=True))
    if found and len(found) < len(SLUGS):
        raise Refused(f"There is already an organisation {min(found)}, and it is not the demo's: nothing was loaded.")
    return bool(found)


def load(now: datetime, say: Say = print) -> None:
    """Make the demo as of `now`; where it is there already, add only the weeks that are missing."""
    with transaction.atomic():
        if not is_loaded():
            password = people.one_password()
            _found(ACE, TOP_ROLES, _fill_ace, now, password, say)
            _found(OTHER, TOP_ROLES, _fill_other, now, password, say)
            _found(PLATFORM, TOP_ROLES[2:3], _fill_platform, now, password, say)
        for slug in (ACE.slug, OTHER.slug):
            with tenancy.organisation(Organisation.objects.get(slug=slug).pk):
                _fill_weeks(slug, now, say)
        touch_everything()


def _found(
    details: FoundingDetails,
    roles: tuple[RoleRow, ...],
    fill: Callable[..., Any],
    now: datetime,
    password: str,
    say: Say,
) -> None:
    hr = found_organisation(details, roles, now=now)
    with tenancy.organisation(hr.organisation_id):
        hr.password, hr.hired_on = password, people.HIRED_FROM
        hr.save(update_fields=["password", "hired_on"])
        correct_hiring(hr)
        add_defaults()
        add_criteria()
        fill(hr, now, password)
        bulk.analyse(Person)
        papers.fill(hr, now)
        profiles.fill(hr, now)
        asked = [f"{login}@{details.slug}.example" for login in ("cashier", "floor.manager")]
        logins = list(Person.objects.filter(email__in=asked))
        papers.ask(hr, logins, now)
        consents.fill({person.pk for person in logins}, now)
        say(f"{details.name}: {Person.objects.count()} people.")


def _fill_ace(hr: Person, now: datetime, password: str) -> None:
    people.found_places()
    add_roles(chain.ROLES)
    hired = people.hire_chain(hr, now.date())
    people.give_logins(hired, chain.LOGINS, "acemall.example", password)
    boss = Person.objects.select_related("role").get(pk=hr.pk)
    careers.fill(boss, now)
    profiles.begin_hirings(boss, Person.objects.select_related("role").get(email="floor.manager@acemall.example"), now)
    security.fill("acemall.example", now)


def _fill_other(hr: Person, now: datetime, password: str) -> None:
    department = Department.objects.create(name="SuperMarket")
    add_roles([RoleRow("Floor Manager", Category.ADMIN, Reach.TEAM), RoleRow("Cashier"), RoleRow("Shelf Stacker")])
    roles = {role.name: role for role in Role.objects.all()}
    dice = Random(1066)
    drawn = names.invented(dice, names.FIRST_BRITISH, names.LAST_BRITISH)
    inventor = people.Inventor(now.date(), "othermart.example", dice, drawn, "+44 7700 9")
    for name, code in OTHER_BRANCHES.items():
        branch = Branch.objects.create(name=name, code=code, timezone="Europe/London")
        for role, count in {"Floor Manager": 1, "Cashier": 8, "Shelf Stacker": 6}.items():
            for _ in range(count):
                inventor.add(roles[role], branch=branch, department=department)
    logins = {"cashier": ("Cashier", "Camden", "SuperMarket")}
    people.give_logins(hire_many(inventor.made, by=hr, invite=False), logins, "othermart.example", password)


def _fill_platform(operator: Person, now: datetime, password: str) -> None:
    """The operator leads their own small organisation, and runs the installation beside it."""
    Role.objects.update(name="Operator", duty=Duty.EXECUTIVE)
    Person.objects.update(is_operator=True)


def _fill_weeks(slug: str, now: datetime, say: Say) -> None:
    weeks, shifts = rosters.fill(now)
    written = reviews.fill(now)
    logins = Person.objects.filter(email__in=[f"{login}@{slug}.example" for login in ("hr", *chain.LOGINS)])
    messages = inbox.fill(list(logins), now)
    say(f"{slug}: {weeks} rosters with {shifts} shifts, {written} reviews, {messages} notifications.")
