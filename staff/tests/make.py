"""Plain functions that make people and places, and the fixed cast of the tests. All people are invented."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connection, transaction
from psycopg import sql

from config import tenancy
from config.caching import touch
from config.testing import ACE, OTHER
from staff.models import Branch, Department, Person, Role, SubDepartment
from staff.roles import Category, Duty, Reach

PASSWORD = "Ace-demo-2026"
CAST_MODELS: tuple[Any, ...] = (Branch, Department, SubDepartment, Role, Person)
_hash: list[str] = []
_played: dict[str, bytes] = {}
_number = count(1)


def password_hash() -> str:
    """One real Argon2 hash, made once: a hash per person would cost 30 ms each."""
    if not _hash:
        _hash.append(make_password(PASSWORD))
    return _hash[0]


def make_branch(name: str = "Bodija", **fields: Any) -> Branch:
    fields.setdefault("code", name[:3].upper())
    return Branch.objects.get_or_create(name=name, defaults=fields)[0]


def make_department(name: str = "SuperMarket", **fields: Any) -> Department:
    return Department.objects.get_or_create(name=name, defaults=fields)[0]


def make_role(name: str = "Cashier", **fields: Any) -> Role:
    fields.setdefault("category", Category.GENERAL)
    fields.setdefault("reach", Reach.SELF)
    return Role.objects.get_or_create(name=name, defaults=fields)[0]


def make_person(first_name: str, last_name: str, role: Role, **fields: Any) -> Person:
    number = next(_number)
    fields.setdefault("email", f"{first_name}.{last_name}.{number}@acemall.example".lower())
    fields.setdefault("employee_number", f"TST-{number:05}")
    fields.setdefault("hired_on", date(2024, 1, 1))
    fields.setdefault("password", password_hash())
    person = Person.objects.create(first_name=first_name, last_name=last_name, role=role, **fields)
    return Person.objects.with_places().get(pk=person.pk)


def make_operator(role: Role) -> Person:
    """Whoever runs the installation, in the entered organisation."""
    return make_person("Olu", "Platform", role, is_operator=True)


@dataclass(frozen=True)
class Cast:
    """Who plays in the tests. Names follow the demo logins; `teammate` is on the cashier's team, `stranger` is not."""

    hr: Person
    ceo: Person
    coo: Person
    auditor: Person
    group_head: Person
    branch_manager: Person
    floor_manager: Person
    cashier: Person
    teammate: Person
    stranger: Person
    stranger_manager: Person
    other_hr: Person
    other_cashier: Person
    bodija: Branch
    akobo: Branch
    supermarket: Department
    eatery: Department
    cinema: SubDepartment


def _senior(name: str, duty: str) -> Role:
    return make_role(name, category=Category.SENIOR_ADMIN, reach=Reach.ORGANISATION, duty=duty)


def make_cast() -> Cast:
    """Everybody, in two organisations; leaves no organisation entered.

    They are hired one by one once in a database; after that the same rows are written again, which is much faster.
    """
    database = connection.settings_dict["NAME"]
    if database in _played:
        try:
            with transaction.atomic():
                return _played_again(_played[database])
        except IntegrityError:  # this test has made some of them already
            return _first_cast()
    alone = not any(_rows_of(organisation) for organisation in (OTHER, ACE))
    cast = _first_cast()
    if alone:
        _played[database] = pickle.dumps((cast, {each: _rows_of(each) for each in (OTHER, ACE)}))
    return cast


def _rows_of(organisation: int) -> dict[str, str]:
    """Everything that the cast needs, as JSON by table, in the order in which it can be written."""
    found = {}
    with tenancy.organisation(organisation), connection.cursor() as cursor:
        for table in (model._meta.db_table for model in CAST_MODELS):
            cursor.execute(f"SELECT json_agg(r ORDER BY id)::text FROM {table} r")
            rows = cursor.fetchone()[0]
            if rows:
                found[table] = rows
    return found


def _played_again(kept: bytes) -> Cast:
    cast, organisations = pickle.loads(kept)  # noqa: S301  # our own, made a moment ago
    for organisation, tables in organisations.items():
        again = sql.SQL("INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, {rows})")
        script = sql.SQL(";").join(
            again.format(table=sql.Identifier(table), rows=sql.Literal(rows)) for table, rows in tables.items()
        )
        with tenancy.organisation(organisation), connection.cursor() as cursor:
            cursor.execute(script.as_string(connection.connection))
            for model in CAST_MODELS:
                touch(model._meta.label)
    return cast


def _first_cast() -> Cast:
    with tenancy.organisation(OTHER):
        london = make_branch("Camden", code="CAM", timezone="Europe/London")
        other_department = make_department("SuperMarket")
        others = {
            "other_hr": make_person("Nora", "Field", _senior("Human Resource", Duty.PEOPLE)),
            "other_cashier": make_person("Owen", "Marsh", make_role(), branch=london, department=other_department),
        }
    with tenancy.organisation(ACE):
        bodija, akobo = make_branch("Bodija"), make_branch("Akobo")
        supermarket, eatery = make_department(), make_department("Eatery", position=1)
        fun = make_department("Fun & Arcade", position=3)
        cinema = SubDepartment.objects.get_or_create(department=fun, name="Cinema")[0]
        floor = make_role("Floor Manager", category=Category.ADMIN, reach=Reach.TEAM)
        team: dict[str, Any] = {"branch": bodija, "department": supermarket}
        return Cast(
            hr=make_person("Halima", "Sule", _senior("Human Resource", Duty.PEOPLE)),
            ceo=make_person("Chinedu", "Obi", _senior("Chief Executive Officer", Duty.EXECUTIVE)),
            coo=make_person("Comfort", "Eze", _senior("Chief Operating Officer", Duty.EXECUTIVE)),
            auditor=make_person("Audu", "Bello", _senior("Auditor", Duty.AUDIT)),
            group_head=make_person(
                "Grace",
                "Head",
                make_role("Group Head", category=Category.ADMIN, reach=Reach.DEPARTMENT),
                department=supermarket,
            ),
            branch_manager=make_person(
                "Bola",
                "Manager",
                make_role("Branch Manager", category=Category.ADMIN, reach=Reach.BRANCH),
                branch=bodija,
            ),
            floor_manager=make_person("Segun", "Afolami", floor, **team),
            cashier=make_person("Adaeze", "Nwosu", make_role(), **team),
            teammate=make_person("Kunle", "Ogundele", make_role(), **team),
            stranger=make_person("Simi", "Ojo", make_role(), branch=akobo, department=supermarket),
            stranger_manager=make_person("Femi", "Ade", floor, branch=akobo, department=supermarket),
            bodija=bodija,
            akobo=akobo,
            supermarket=supermarket,
            eatery=eatery,
            cinema=cinema,
            **others,
        )
