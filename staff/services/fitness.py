"""Whether a person's data makes sense and fits together: {field: one sentence}, before anything is written."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from config.errors import Invalid, Refused
from staff.models import Gender, Person
from staff.roles import Reach

LONGEST = {"first_name": 60, "last_name": 60, "email": 254, "address": 300}
NAMES = {"first_name": "first name", "last_name": "last name"}
PHONE = re.compile(r"^\+?[0-9][0-9 ().-]{5,18}$")
# NUL and its kind: PostgreSQL cannot store the first, and no screen can show the others.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
ERASED = "They were erased, which nothing undoes; hire them anew."
LINES = re.compile(r"\r?\n")  # an address has several
FIRST_HIRING = date(1950, 1, 1)
HOURS_OF_A_WEEK = Decimal(168)
MOST_PAY = Decimal(10) ** 12

# What a role's reach needs to mean anything. Somebody without it could be neither rostered nor reached.
NEEDED = {
    Reach.ORGANISATION: (),
    Reach.DEPARTMENT: ("department",),
    Reach.BRANCH: ("branch",),
    Reach.TEAM: ("branch", "department"),
    Reach.SELF: ("branch", "department"),
}


def tidy(person: Person) -> None:
    """Trim the texts and lower the e-mail, in place, so that two spellings are one person."""
    for name in ("first_name", "last_name", "phone", "personal_phone", "address"):
        setattr(person, name, " ".join(word for word in getattr(person, name).strip().split(" ") if word))
    # A browser's line ends and a spreadsheet's are one, so that a file that comes back finds nothing new.
    person.address = LINES.sub("\n", person.address)
    person.email = person.email.strip().lower()


def faults_of(person: Person) -> dict[str, str]:
    """Everything that is wrong with a person as they would be saved; reads no rows but the person's own places."""
    return {**_text_faults(person), **_date_faults(person), **_place_faults(person)}


def new_faults(before: dict[str, str], after: dict[str, str], changed: Collection[str]) -> dict[str, str]:
    """The faults that a change brings in: what was wrong already (a branch closed since, a role that moved) must not
    keep anybody from a new number."""
    return {name: text for name, text in after.items() if name in changed or before.get(name) != text}


def salary_faults(salary: Decimal | None) -> dict[str, str]:
    """What is wrong with an amount. The sentence never repeats it."""
    if salary is None or (salary.is_finite() and 0 < salary < MOST_PAY and salary == round(salary, 2)):
        return {}
    return {"salary": "A salary is more than nothing, below a thousand billion, with two places at most."}


def fit_text(text: str, name: str, longest: int) -> str:
    """A text of one line, with single spaces. Raises Invalid for what is too long or cannot be shown."""
    text = " ".join(text.split())
    if UNPRINTABLE.search(text):
        raise Invalid("This contains a character that cannot be shown.", fields={name: "Write it without that."})
    if len(text) > longest:
        sentence = f"Write {longest} characters at most."
        raise Invalid(sentence, fields={name: sentence})
    return text


def refuse_faults(faults: dict[str, str]) -> None:
    """Raise Invalid if there are faults: a single one speaks for itself, several are counted."""
    if len(faults) == 1:
        raise Invalid(next(iter(faults.values())), fields=faults)
    if faults:
        raise Invalid(f"{len(faults)} things are not right.", fields=faults)


def refuse_erased(person: Person) -> None:
    """Raise Refused for somebody who was erased: what is added about them now, no erasure would find again."""
    if person.is_erased:
        raise Refused(ERASED)


def _text_faults(person: Person) -> dict[str, str]:
    faults = {}
    for field, name in NAMES.items():
        value = getattr(person, field)
        if not value:
            faults[field] = f"Write the {name}."
        elif UNPRINTABLE.search(value):
            faults[field] = f"The {name} contains a character that cannot be shown."
        elif len(value) > LONGEST[field]:
            faults[field] = f"The {name} has at most {LONGEST[field]} characters."
    if not _is_email(person.email):
        faults["email"] = "Write an e-mail address, like ada.obi@example.com."
    for field in ("phone", "personal_phone"):
        if (number := getattr(person, field)) and not PHONE.match(number):
            faults[field] = "Write the phone number in digits, like +234 803 555 0100."
    if fault := _address_fault(person.address):
        faults["address"] = fault
    if person.gender not in Gender.values:
        faults["gender"] = "Write female, male, other or not said."
    return faults


def _address_fault(address: str) -> str:
    if UNPRINTABLE.search(LINES.sub(" ", address)):
        return "The address contains a character that cannot be shown."
    if len(address) > LONGEST["address"]:
        return f"The address has at most {LONGEST['address']} characters."
    return ""


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST["email"] and not UNPRINTABLE.search(text)


def _date_faults(person: Person) -> dict[str, str]:
    faults, today = {}, timezone.now().date()
    if not FIRST_HIRING <= person.hired_on <= today + timedelta(days=366):
        faults["hired_on"] = f"The day of hiring lies between {FIRST_HIRING.year} and a year from today."
    elif person.left_on and person.left_on < person.hired_on:
        faults["left_on"] = "The last working day cannot be before the day of hiring."
    born = person.date_of_birth
    if born and not FIRST_HIRING.replace(year=1900) < born < min(person.hired_on, today):
        faults["date_of_birth"] = "The birth date lies after 1900 and before the day of hiring."
    if not 0 <= person.contract_hours <= HOURS_OF_A_WEEK:
        faults["contract_hours"] = "Contract hours are between 0 and 168 a week."
    return faults


def _place_faults(person: Person) -> dict[str, str]:
    role = person.role
    faults = {
        place: f"The role {role} needs a {place}."
        for place in NEEDED[Reach(role.reach)]
        if getattr(person, f"{place}_id") is None
    }
    if person.branch and not person.branch.is_active:
        faults["branch"] = f"{person.branch} is closed."
    if role.department_id and person.department_id not in (None, role.department_id):
        faults["department"] = f"The role {role} belongs to {role.department}."
    elif role.department_id and person.department_id is None:
        faults["department"] = f"The role {role} needs the department {role.department}."
    return {**faults, **_sub_department_faults(person)}


def _sub_department_faults(person: Person) -> dict[str, str]:
    role, part = person.role, person.sub_department
    if part and part.department_id != person.department_id:
        return {"sub_department": f"{part} belongs to another department."}
    if role.sub_department_id and role.sub_department_id != person.sub_department_id:
        return {"sub_department": f"The role {role} belongs to {role.sub_department}."}
    return {}
