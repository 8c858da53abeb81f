"""Founding an organisation: its row, its first roles, and the person of Human Resource who takes it from there.

`manage.py organisation` runs these as the owner of the schema, an operator's page as the application: each enters the
organisation that it writes, a new one too, so row-level security holds for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from config import tenancy
from config.caching import touch
from config.errors import Invalid, Refused, refusing
from staff.models import Department, LetterKind, Organisation, Person, Role, SecondStep, SecurityKind, SubDepartment
from staff.roles import Category, Duty, Reach
from staff.services.alarms import sound_from_outside
from staff.services.fitness import faults_of, refuse_faults, tidy
from staff.services.hiring import EMAIL_CONSTRAINTS, WHERE_UNKNOWN, taken
from staff.services.history import record_hires
from staff.services.letters import write_letter

CURRENCY = re.compile(r"^[A-Z]{3}$")
HUMAN_RESOURCE = "Human Resource"
NEXT_ID = "SELECT nextval(pg_get_serial_sequence('staff_organisation', 'id'))"


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role to be made; departments by name."""

    name: str
    category: Category = Category.GENERAL
    reach: Reach = Reach.SELF
    duty: Duty = Duty.LINE
    department: str = ""
    sub_department: str = ""


def _top(name: str, duty: Duty) -> RoleRow:
    return RoleRow(name, Category.SENIOR_ADMIN, Reach.ORGANISATION, duty)


TOP_ROLES = (
    _top("Chief Executive Officer", Duty.EXECUTIVE),
    _top("Chief Operating Officer", Duty.EXECUTIVE),
    _top(HUMAN_RESOURCE, Duty.PEOPLE),
    _top("Auditor", Duty.AUDIT),
)
LINE_ROLES = (
    RoleRow("Group Head", Category.ADMIN, Reach.DEPARTMENT),
    RoleRow("Branch Manager", Category.ADMIN, Reach.BRANCH),
    RoleRow("Operations Manager", Category.ADMIN, Reach.BRANCH),
    RoleRow("Floor Manager", Category.ADMIN, Reach.TEAM),
    RoleRow("Supervisor", Category.ADMIN, Reach.TEAM),
    RoleRow("Cashier"),
    RoleRow("Security"),
    RoleRow("Cleaner"),
)


@dataclass(frozen=True, slots=True)
class FoundingDetails:
    """A new organisation: what it is called, how it counts money and days, and who begins."""

    name: str
    slug: str
    prefix: str
    currency: str
    timezone: str
    hr_email: str
    hr_first_name: str = "Human"
    hr_last_name: str = "Resource"
    second_step: SecondStep = SecondStep.MANAGERS


def found_organisation(
    details: FoundingDetails, roles: Iterable[RoleRow] = (*TOP_ROLES, *LINE_ROLES), *, now: datetime
) -> Person:
    """Make the organisation, its roles, and its first person, who is returned; they cannot sign in without a password.

    Raises Invalid with a sentence per field, Refused for a slug, a prefix or an e-mail address that is in use.
    """
    organisation = _fit_organisation(details)
    with tenancy.organisation(organisation.pk):
        with refusing(_in_use(details)):
            organisation.save(force_insert=True)
        add_roles(roles)
        return _first_person(details, now)


def set_first_password(person: Person, password: str) -> None:
    """Give the first person a password. Raises Invalid for one that is too short or too common."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    person.set_password(password)
    person.save(update_fields=["password", "token_version"])


def invite_first(person: Person) -> None:
    """Send the first person the link by which they choose their password."""
    write_letter(person, LetterKind.INVITATION)


def ask_second_step(organisation: Organisation, of: SecondStep) -> Organisation:
    """For whom signing in takes two steps from the next sign-in on. Whoever reads the audit log there hears of it;
    without effect where it is so already."""
    if organisation.second_step == of:
        return organisation
    organisation.second_step = of
    with tenancy.organisation(organisation.pk):
        organisation.save(update_fields=["second_step"])
        touch("staff.Organisation")
        sound_from_outside(SecurityKind.SECOND_STEP_RULE, now=timezone.now())
    return organisation


def add_roles(rows: Iterable[RoleRow]) -> None:
    """Make many roles at once in the entered organisation; their departments must be there."""
    departments = {department.name: department for department in Department.objects.all()}
    parts = {(part.department_id, part.name): part for part in SubDepartment.objects.all()}
    Role.objects.bulk_create(_role(row, departments.get(row.department), parts) for row in rows)
    touch("staff.Role")


def suspend_organisation(organisation: Organisation, *, now: datetime) -> Organisation:
    """Lock everybody of an organisation out and stop its jobs; its rows stay. Without effect the second time."""
    return _set_suspended(organisation, now)


def resume_organisation(organisation: Organisation) -> Organisation:
    """Let an organisation in again."""
    return _set_suspended(organisation, None)


def _set_suspended(organisation: Organisation, at: datetime | None) -> Organisation:
    if at is None or organisation.suspended_at is None:
        organisation.suspended_at = at
        with tenancy.organisation(organisation.pk):
            organisation.save(update_fields=["suspended_at"])
            touch("staff.Organisation")
    return organisation


def organisation_named(slug: str) -> Organisation:
    """The organisation by its short name, for commands: the owner sees them all. Raises Refused where there is none."""
    organisation = Organisation.objects.filter(slug=slug).first()
    if organisation is None:
        raise Refused(f"There is no organisation {slug}; `manage.py organisation list` shows them all.")
    return organisation


def _fit_organisation(details: FoundingDetails) -> Organisation:
    organisation = Organisation(
        pk=_next_id(),
        name=details.name.strip(),
        slug=details.slug,
        prefix=details.prefix,
        currency=details.currency,
        timezone=details.timezone,
        second_step=details.second_step,
    )
    faults = {}
    try:
        organisation.clean_fields()
    except ValidationError as error:
        faults = {field: " ".join(messages) for field, messages in error.message_dict.items()}
    if not CURRENCY.match(details.currency):
        faults["currency"] = f"“{details.currency}” is not a currency; write three capital letters like NGN or GBP."
    refuse_faults(faults)
    return organisation


def _next_id() -> int:
    """Known before the row is there: a row can be written only by whoever has entered its organisation."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_ID)
        return int(cursor.fetchone()[0])


def _in_use(details: FoundingDetails) -> dict[str, str]:
    return {
        "staff_organisation_slug_key": f"There is already an organisation {details.slug}.",
        "organisation_prefix_once": f"The prefix {details.prefix} belongs to another organisation.",
    }


def _role(row: RoleRow, department: Department | None, parts: dict[tuple[int, str], SubDepartment]) -> Role:
    return Role(
        name=row.name,
        category=row.category,
        reach=row.reach,
        duty=row.duty,
        department=department,
        sub_department=parts[department.pk, row.sub_department] if department and row.sub_department else None,
    )


def _first_person(details: FoundingDetails, now: datetime) -> Person:
    person = Person(
        first_name=details.hr_first_name,
        last_name=details.hr_last_name,
        email=details.hr_email,
        role=Role.objects.get(duty=Duty.PEOPLE),
        hired_on=now.date(),
        employee_number=f"{details.prefix}-{WHERE_UNKNOWN}-00001",
        password=make_password(None),
    )
    tidy(person)
    refuse_faults(faults_of(person))
    with refusing(dict.fromkeys(EMAIL_CONSTRAINTS, taken(person.email))):
        person.save(force_insert=True)
    record_hires([person], {}, by=None)
    # By name: the owner of the schema, who founds, sees the rows of all organisations.
    Organisation.objects.filter(pk=person.organisation_id).update(last_employee_number=1)
    return person
