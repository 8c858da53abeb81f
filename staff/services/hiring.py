"""Bringing people in, one or ten thousand: the same checks, one number each, no password until they set one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db import connection

from config import tenancy
from config.caching import touch
from config.errors import Forbidden, Invalid, Refused, refusing
from staff.models import Branch, Department, Gender, LetterKind, Person, Role, SubDepartment
from staff.plans import Plan
from staff.roles import may, may_hire
from staff.services.fitness import faults_of, refuse_faults, salary_faults, tidy
from staff.services.history import record_hires
from staff.services.letters import write_letters
from staff.services.room import refuse_people_beyond

BATCH = 1000
WHERE_UNKNOWN = "HQ"  # stands for the branch in the employee number of somebody without one
EMAIL_CONSTRAINTS = ("staff_signin_pkey", "person_email_once")


@dataclass(frozen=True, slots=True)
class HireDetails:
    """Somebody to be hired. The number, the organisation and the password are not for the caller to choose."""

    first_name: str
    last_name: str
    email: str
    role: Role
    hired_on: date
    branch: Branch | None = None
    department: Department | None = None
    sub_department: SubDepartment | None = None
    phone: str = ""
    personal_phone: str = ""
    address: str = ""
    date_of_birth: date | None = None
    gender: str = Gender.NOT_SAID
    contract_hours: Decimal = Decimal(40)
    salary: Decimal | None = field(default=None, repr=False)


def hire(details: HireDetails, *, by: Person) -> Person:
    """Bring somebody in, give them an employee number and write to them: the letter's link lets them set a password.

    Raises Forbidden for a role or place that `by` may not hire for, Invalid with a sentence per field for data that
    does not fit together, Refused for an e-mail address that is already somebody's, PlanFull beyond the plan's room.
    """
    _refuse_outsiders(by)
    person = _draft(details)
    refuse_faults({**faults_of(person), **salary_faults(details.salary)})
    if not may_hire(by, person.role, person):
        raise Forbidden(_beyond(person))
    with refusing(dict.fromkeys(EMAIL_CONSTRAINTS, taken(person.email))):
        _enrol([person])
        person.save(force_insert=True)
    _begin_histories([person], [details], by=by)
    write_letters([person], LetterKind.INVITATION)
    return person


def hire_many(rows: Sequence[HireDetails], *, by: Person, invite: bool = True) -> list[Person]:
    """Bring many people in, all or none, with one allocation of numbers and inserts in batches; each is written to,
    unless they are not to `invite`.

    Raises Invalid with fields {"<place in the list>.<field>": sentence}; Refused if an e-mail address was taken
    while this ran.
    """
    people, found = _checked(rows, by=by)
    faults = {f"{place}.{field}": text for place, row in enumerate(found) for field, text in row.items()}
    if faults:
        raise Invalid(f"Rows that are not right: {sum(map(bool, found))}.", fields=faults)
    sentence = "One of the e-mail addresses already belongs to somebody."
    with refusing(dict.fromkeys(EMAIL_CONSTRAINTS, sentence)):
        _enrol(people)
        Person.objects.bulk_create(tenancy.owned_in_bulk(people), batch_size=BATCH)
    _begin_histories(people, rows, by=by)
    if invite:
        write_letters(people, LetterKind.INVITATION)
    touch("staff.Person", pk=())  # nobody has copies of their own yet, but others' copies count them
    return people


def check_hires(rows: Sequence[HireDetails], *, by: Person) -> list[dict[str, str]]:
    """What is wrong with each row, in the rows' order, as {field: sentence}; writes nothing, in one query.

    A row that `by` may not hire has its fault under "role".
    """
    return _checked(rows, by=by)[1]


def _checked(rows: Sequence[HireDetails], *, by: Person) -> tuple[list[Person], list[dict[str, str]]]:
    _refuse_outsiders(by)
    people = [_draft(details) for details in rows]
    used = taken_emails(person.email for person in people)
    times = Counter(person.email for person in people)
    found = []
    for person, details in zip(people, rows, strict=True):
        faults = {**faults_of(person), **salary_faults(details.salary)}
        if person.email in used:
            faults.setdefault("email", taken(person.email))
        elif times[person.email] > 1:
            faults.setdefault("email", f"{person.email} stands in more than one row.")
        if not faults and not may_hire(by, person.role, person):
            faults["role"] = _beyond(person)
        found.append(faults)
    return people, found


def _begin_histories(people: Sequence[Person], rows: Sequence[HireDetails], *, by: Person) -> None:
    known = {place: details.salary for place, details in enumerate(rows) if details.salary is not None}
    record_hires(people, known, by=by)


def taken(email: str) -> str:
    """The sentence for an e-mail address that is in use, in whatever organisation."""
    return f"{email} already belongs to somebody."


def _refuse_outsiders(by: Person) -> None:
    if not may(by, "hire"):
        raise Forbidden("Your role does not hire people.")


def _draft(details: HireDetails) -> Person:
    person = Person(
        first_name=details.first_name,
        last_name=details.last_name,
        email=details.email,
        phone=details.phone,
        personal_phone=details.personal_phone,
        address=details.address,
        role=details.role,
        branch=details.branch,
        department=details.department,
        sub_department=details.sub_department,
        hired_on=details.hired_on,
        date_of_birth=details.date_of_birth,
        gender=details.gender,
        contract_hours=details.contract_hours,
    )
    tidy(person)
    return person


def _beyond(person: Person) -> str:
    place = f" at {person.branch}" if person.branch else ""
    return f"Your role does not hire a {person.role}{place}."


def _enrol(people: Sequence[Person]) -> None:
    """Give everybody an employee number, and a password that nothing matches.

    One atomic UPDATE takes as many numbers as there are people: two hirings at once never share one.
    """
    if not people:
        return
    with connection.cursor() as cursor:
        # By name, although row-level security shows the application no other: the owner's commands see them all.
        cursor.execute(
            "UPDATE staff_organisation SET last_employee_number = last_employee_number + %s WHERE id = %s "
            "RETURNING prefix, last_employee_number, plan",
            [len(people), tenancy.current()],
        )
        row = cursor.fetchone()
    if row is None:
        raise Refused("There is no organisation to hire into.")
    prefix, last, plan = row
    # The row is ours until we commit: whoever hires at the same time counts after us.
    refuse_people_beyond(Plan(plan), len(people))
    for number, person in enumerate(people, last - len(people) + 1):
        code = person.branch.code if person.branch else WHERE_UNKNOWN
        person.employee_number = f"{prefix}-{code}-{number:05}"
        person.password = make_password(None)


def taken_emails(emails: Iterable[str]) -> set[str]:
    """Those of the addresses that sign somebody in already, anywhere in the installation."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT wanted FROM unnest(%s::text[]) AS wanted, find_signin(wanted)",
            [sorted({email for email in emails if "\x00" not in email})],
        )
        return {email for (email,) in cursor.fetchall()}
