"""Inventing the people of the demo organisations, and giving the logins to those who have one."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.contrib.auth.hashers import make_password

from config.demo import chain, names
from staff.models import Branch, Department, Gender, Person, Role, SubDepartment
from staff.services import HireDetails, hire_many

HIRED_FROM = date(2014, 3, 1)
STREETS = ("Ring Road", "Market Street", "Awolowo Road", "Palm Avenue", "School Lane", "Station Road")
GENDERS = {Gender.FEMALE: 50, Gender.MALE: 43, Gender.OTHER: 1, Gender.NOT_SAID: 6}
PAY = {"general": 85, "admin": 180, "senior_admin": 450}  # thousands a month, at the least


@dataclass
class Inventor:
    """Makes people up in one organisation, always the same ones: everything is drawn from one seeded dice."""

    today: date
    domain: str
    dice: Random
    names: Iterator[tuple[str, str]]
    phone: str
    made: list[HireDetails] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    # Dice of their own: what people are paid and say of themselves must not change who they are.
    pay: Random = field(default_factory=lambda: Random(1960))
    said: Random = field(default_factory=lambda: Random(1961))

    def add(self, role: Role, *, name: tuple[str, str] | None = None, hours: int = 40, **place: object) -> None:
        """Invent one person with this role at this place; `name` only for those who are known by name."""
        first, last = name or next(self.names)
        born = self._born(minor=(first, last) == chain.MINOR)
        self.made.append(
            HireDetails(
                first_name=first,
                last_name=last,
                email=self._email(first, last),
                role=role,
                hired_on=self._hired_on(born),
                date_of_birth=born,
                gender=self.said.choices(list(GENDERS), list(GENDERS.values()))[0],
                phone=f"{self.phone}{len(self.made) + 1:05}",
                personal_phone=f"+234 700 9{len(self.made) + 1:06}",
                address=f"{len(self.made) % 90 + 1} {STREETS[len(self.made) % len(STREETS)]}",
                contract_hours=Decimal(hours),
                salary=self._salary(role, hours),
                **place,  # type: ignore[arg-type]  # branch, department, sub_department
            )
        )

    def _email(self, first: str, last: str) -> str:
        return f"{first}.{last}.{len(self.made) + 1}@{self.domain}".lower()

    def _salary(self, role: Role, hours: int) -> Decimal:
        """A month's pay in full thousands, by category and hours."""
        return Decimal(PAY[role.category] + self.pay.randrange(40)) * 1000 * hours / 40

    def _born(self, *, minor: bool) -> date:
        return self.today - timedelta(days=365 * 17 + 60 if minor else self.dice.randrange(365 * 20, 365 * 54))

    def _hired_on(self, born: date) -> date:
        """Old enough to work, and long enough ago that every past roster of the demo finds them employed."""
        first, last = max(HIRED_FROM, born + timedelta(days=365 * 18 + 30)), self.today - timedelta(days=100)
        return first + timedelta(days=self.dice.randrange((last - first).days)) if first < last else last


def found_places() -> None:
    """The chain's departments, sub-departments and branches."""
    departments = Department.objects.bulk_create(
        Department(name=name, position=position) for position, name in enumerate(chain.DEPARTMENTS)
    )
    SubDepartment.objects.bulk_create(
        SubDepartment(department=department, name=part)
        for department in departments
        for part in chain.DEPARTMENTS[department.name]
    )
    Branch.objects.bulk_create(Branch(name=name, code=code_of(name)) for name in chain.BRANCHES)


def code_of(name: str) -> str:
    """The branch's code in employee numbers: its first three letters."""
    return "".join(letter for letter in name if letter in string.ascii_letters)[:3].upper()


def hire_chain(hr: Person, today: date) -> list[Person]:
    """Hire everybody of the chain, through the same service and rules as any manager's hiring."""
    dice = Random(2026)
    drawn = names.invented(dice, names.FIRST, names.LAST)
    inventor = Inventor(today, "acemall.example", dice, drawn, "+234 700 00")
    roles = {role.name: role for role in Role.objects.select_related("department", "sub_department")}
    departments = {department.name: department for department in Department.objects.all()}
    parts = {part.name: part for part in SubDepartment.objects.all()}
    for name, count in chain.HEAD_OFFICE:
        # The first of Human Resource came with the organisation.
        for _ in range(count - (roles[name].pk == hr.role_id)):
            inventor.add(roles[name], department=departments["Senior Staffs"])
    for name, department in departments.items():
        inventor.add(roles[f"Group Head, {name}"], department=department)
    for branch in Branch.objects.order_by("id"):
        for (department_name, part), needed in chain.TEAMS.items():
            place = {
                "branch": branch,
                "department": departments[department_name],
                "sub_department": parts.get(part),
            }
            _add_team(inventor, roles, needed, place)
    return hire_many(inventor.made, by=hr, invite=False)


def _add_team(
    inventor: Inventor, roles: dict[str, Role], needed: dict[str, tuple[int, int]], place: Mapping[str, object]
) -> None:
    if (str(place["branch"]), str(place["department"])) == chain.STAGE:
        for first, last, role, hours in chain.STAGE_TEAM:
            inventor.add(roles[role], name=(first, last), hours=hours, **place)
        return
    for role, (least, most) in needed.items():
        for _ in range(inventor.dice.randint(least, most)):
            part_time = roles[role].category == "general" and inventor.dice.random() < 0.15
            inventor.add(roles[role], name=_known(role, place), hours=24 if part_time else 40, **place)


def _known(role: str, place: Mapping[str, object]) -> tuple[str, str] | None:
    """The name of somebody who is known by name at this place."""
    for login, name in chain.NAMED.items():
        wanted_role, branch, department = chain.LOGINS[login]
        if (wanted_role, branch, department) == (role, str(place["branch"]), str(place["department"])):
            return name
    return None


def give_logins(people: list[Person], logins: dict[str, tuple[str, str, str]], domain: str, password: str) -> None:
    """The demo's addresses and the one password to the first person of each role and place."""
    for login, wanted in logins.items():
        person = next(person for person in people if _stands_at(person, *wanted))
        person.email, person.password = f"{login}@{domain}", password
    Person.objects.bulk_update([person for person in people if person.has_usable_password()], ["email", "password"])


def _stands_at(person: Person, role: str, branch: str, department: str) -> bool:
    if person.role.name != role:
        return False
    places = {"branch": branch, "department": department}
    return all(not name or str(getattr(person, place)) == name for place, name in places.items())


def one_password() -> str:
    """The hash of the demo's password: one for all, because a hash of its own would cost each person 30 ms."""
    return make_password(chain.PASSWORD)
