"""The town: fifty organisations with people, published rosters, reviews and inboxes, always the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from random import Random

from django.db import connection
from django.utils import timezone

from benchmarks import stage
from config import tenancy, testing
from config.demo import inbox, names, reviews, rosters
from reviews.defaults import add_defaults as add_criteria
from roster.defaults import add_defaults
from staff.models import Branch, Department, Person, Role
from staff.roles import Category, Duty, Reach
from staff.tests import make

ORGANISATIONS = 50
BRANCHES, DEPARTMENTS = ("Northgate", "Riverside"), ("SuperMarket", "Eatery")
TEAM = {"Floor Manager": 1, "Cashier": 6}
# Who plays in each organisation: mostly staff, as in life. The first play where few are needed.
PLAYERS = (
    "Cashier", "Floor Manager", "Cashier", "Branch Manager", "Cashier", "Cashier", "Human Resource", "Cashier",
    "Floor Manager", "Cashier",
)  # fmt: skip
ROLES = (
    ("Human Resource", Category.SENIOR_ADMIN, Reach.ORGANISATION, Duty.PEOPLE),
    ("Branch Manager", Category.ADMIN, Reach.BRANCH, Duty.LINE),
    ("Floor Manager", Category.ADMIN, Reach.TEAM, Duty.LINE),
    ("Cashier", Category.GENERAL, Reach.SELF, Duty.LINE),
)
ADD_ORGANISATIONS = """
    INSERT INTO staff_organisation
        (name, slug, prefix, currency, timezone, second_step, last_employee_number, created_at)
    SELECT 'Chain ' || n, 'chain-' || n, 'C' || n, 'NGN', 'Africa/Lagos', 'nobody', 0, now()
    FROM generate_series(1, %s) n
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody whose part a visitor plays."""

    person: Person
    address: str

    @property
    def manages(self) -> bool:
        return self.person.role.category != Category.GENERAL


@dataclass(frozen=True, slots=True)
class Town:
    """Who may play, organisation by organisation in turn, and how much there is around them."""

    players: tuple[Player, ...]
    size: str


def build(organisations: int = ORGANISATIONS) -> Town:
    """Fill the current, empty database: enter `stage.database(empty=True)` first."""
    with testing.as_owner(connection.settings_dict["NAME"]) as owner:
        pks = [pk for (pk,) in owner.execute(ADD_ORGANISATIONS, [organisations]).fetchall()]
    casts = [_organisation(pk, number) for number, pk in enumerate(pks)]
    stage.analyse()
    # One of each organisation, then the second of each: whoever takes the first few has many organisations.
    players = (person for row in zip(*casts, strict=True) for person in row)
    addresses = (f"10.{n // 250 // 250}.{n // 250 % 250}.{n % 250 + 1}" for n in count())
    return Town(tuple(Player(*pair) for pair in zip(players, addresses)), _size(pks))  # noqa: B905  # no end of addresses


def _organisation(pk: int, number: int) -> list[Person]:
    """Everything of one organisation; returns its players, turned so that the first are not all of one role."""
    with tenancy.organisation(pk):
        add_defaults()
        add_criteria()
        _people(pk, Random(number))
        now = timezone.now()
        rosters.fill(now)
        reviews.fill(now)
        there = list(Person.objects.with_places().order_by("id"))
        players = []
        for role in PLAYERS:
            players.append(next(person for person in there if person.role.name == role and person not in players))
        inbox.fill(players, now)
    turn = number % len(players)
    return players[turn:] + players[:turn]


def _people(pk: int, dice: Random) -> None:
    roles = {name: Role(name=name, category=kind, reach=reach, duty=duty) for name, kind, reach, duty in ROLES}
    Role.objects.bulk_create(roles.values())
    branches = Branch.objects.bulk_create(Branch(name=name, code=name[:3].upper()) for name in BRANCHES)
    departments = Department.objects.bulk_create(
        Department(name=name, position=position) for position, name in enumerate(DEPARTMENTS)
    )
    posts: list[tuple[Role, Branch | None, Department | None]] = [(roles["Human Resource"], None, None)]
    posts += [(roles["Branch Manager"], branch, None) for branch in branches]
    posts += [
        (roles[role], branch, department)
        for branch in branches
        for department in departments
        for role, size in TEAM.items()
        for _ in range(size)
    ]
    drawn = names.invented(dice, names.FIRST, names.LAST)
    Person.objects.bulk_create(_invented(pk, posts, drawn))


def _invented(
    pk: int, posts: list[tuple[Role, Branch | None, Department | None]], drawn: Iterator[tuple[str, str]]
) -> Iterator[Person]:
    for number, (role, branch, department) in enumerate(posts, start=1):
        first, last = next(drawn)
        yield Person(
            first_name=first,
            last_name=last,
            email=f"person.{number}@chain-{pk}.example",
            employee_number=f"C{pk}-{number:05}",
            password=make.password_hash(),
            hired_on=date(2020, 1, 6),
            date_of_birth=date(1990, 1, 1),
            role=role,
            branch=branch,
            department=department,
        )


def _size(pks: list[int]) -> str:
    tables = ("staff_person", "roster_shift", "reviews_review", "notifications_notification")
    with testing.as_owner(connection.settings_dict["NAME"]) as owner:
        # As the owner nobody's rows would be seen: what PostgreSQL has counted serves.
        counted = dict(
            owner.execute(
                "SELECT relname, reltuples::bigint FROM pg_class WHERE relname = ANY(%s)", [list(tables)]
            ).fetchall()
        )
    people, shifts, written, notes = (f"{counted[table]:,}" for table in tables)
    return f"{len(pks)} organisations, {people} people, {shifts} shifts, {written} reviews, {notes} notifications"
