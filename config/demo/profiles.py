"""The demo's profiles: schools and earlier work of everybody, and hirings that somebody left half done."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from config.demo import bulk
from staff.models import Education, Experience, Person
from staff.roles import Category
from staff.services import drafts

ADDED = "person_id begun_on ended_on added_by_id added_at"
TOWNS = ("Ibadan", "Oyo", "Ilorin", "Osogbo", "Abeokuta", "Ife", "Akure", "Ijebu-Ode")
FIELDS = ("Business Administration", "Accounting", "Economics", "Marketing", "Hospitality")
SHOPS = ("Mokola Stores", "Unity Supermarket", "Dugbe Market Hall", "Golden Basket", "Palm Court Hotel")
WHY = ("The shop closed", "Moved with the family", "A better position here", "The contract ended")


def fill(hr: Person, now: datetime) -> None:
    """Write what everybody of the entered organisation learned and did before; `hr` has added it."""
    people = list(Person.objects.select_related("role").order_by("pk"))
    bulk.insert(
        Education,
        ["institution", "qualification", "field", *ADDED.split()],
        [row for person in people for row in _education(person, hr, now)],
    )
    bulk.insert(
        Experience,
        ["employer", "position", "why_left", *ADDED.split()],
        [row for person in people for row in _experience(person, hr, now)],
    )


def begin_hirings(hr: Person, manager: Person, now: datetime) -> None:
    """One of Human Resource that waits for its papers, one of a manager that has only begun."""
    cashier = Person.objects.filter(branch=manager.branch_id, department=manager.department_id, role__name="Cashier")
    here = {name: str(getattr(manager, f"{name}_id") or "") for name in ("role", "branch", "department")}
    first_day = (now.date() + timedelta(days=7)).isoformat()
    basics = {**here, "role": str(cashier[0].role_id), "contract_hours": "40", "hired_on": first_day}
    known = {**basics, "first_name": "Adaeze", "last_name": "Okonkwo", "email": "adaeze.okonkwo@mail.example"}
    school = {"institution": "Ibadan Grammar School", "qualification": "WAEC", "begun_on": "2012-09-01"}
    full = {"basics": known, "education": [school], "experience": [], "salary": {"salary": "95000"}}
    drafts.keep_steps(drafts.begin(by=hr), full, by=hr, step="next_of_kin")
    half = {"basics": {**basics, "first_name": "Tunde", "last_name": "Bakare"}}
    drafts.keep_steps(drafts.begin(by=manager), half, by=manager)


def _education(person: Person, hr: Person, now: datetime) -> list[tuple[object, ...]]:
    dice = Random(f"school {person.employee_number}")
    begun = date(_born(person).year + 11, 9, 1)
    left = date(begun.year + 6, 7, 31)
    school = f"{dice.choice(TOWNS)} {dice.choice(('Grammar School', 'High School', 'City College'))}"
    rows: list[tuple[object, ...]] = [(school, "WAEC", "", person.pk, begun, left, hr.pk, now)]
    if person.role.category != Category.GENERAL:
        place, days = f"{dice.choice(TOWNS)} Polytechnic", (date(left.year, 10, 1), date(left.year + 2, 6, 30))
        rows.append((place, "National Diploma", dice.choice(FIELDS), person.pk, *days, hr.pk, now))
    return rows


def _experience(person: Person, hr: Person, now: datetime) -> list[tuple[object, ...]]:
    dice = Random(f"work {person.employee_number}")
    begun, ended = _born(person) + timedelta(days=365 * 19), person.hired_on - timedelta(days=dice.randint(20, 200))
    if begun >= ended or dice.randrange(4) == 0:
        return []
    begun = max(begun, ended - timedelta(days=dice.randint(300, 900)))
    return [(dice.choice(SHOPS), "Sales assistant", dice.choice(WHY), person.pk, begun, ended, hr.pk, now)]


def _born(person: Person) -> date:
    return person.date_of_birth or date(person.hired_on.year - 30, 1, 1)
