"""The directory of a whole chain: a page of 10,000 people, searched and turned, at the API and on its page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from statistics import median, quantiles
from time import perf_counter, process_time

from django.test import Client

from benchmarks import stage
from benchmarks.report import Figure, shown
from config import tenancy, testing
from config.demo.names import FIRST, LAST
from config.testing import ACE
from staff.models import Branch, Department, Person, Role
from staff.roles import Category, Duty, Reach
from staff.tests import make

PEOPLE, BRANCHES, DEPARTMENTS = 10_000, 20, 8
DEEP = 40  # pages from the beginning
TIMES = 200
# One word of many, two words, part of a number, of an e-mail address, and of nobody: that one reads every row.
WORDS = ("adaeze", "oko", "chi nwo", "ACE-05", "@acemall", "zzzz")


def directory() -> tuple[Figure, Figure, Figure]:
    """p95 of the API's list with search, of the same list deep within, and of the directory's page with search."""
    with stage.database():
        with tenancy.organisation(ACE):
            reader = _fill()
        stage.analyse()
        client, headers = testing.sign_in(Client(), reader), testing.bearer(reader)
        addresses = [f"/api/v1/staff?search={word}" for word in WORDS]
        deep = _deep(lambda address: _get(client, address, headers))
        return (
            _timed(lambda n: _get(client, addresses[n % len(addresses)], headers)),
            _timed(lambda n: _get(client, deep[n % len(deep)], headers)),
            _timed(lambda n: _get(client, f"/team/?search={WORDS[n % len(WORDS)]}", {})),
        )


def _fill() -> Person:
    """10,000 people in 20 branches and 8 departments, and somebody who sees all of them."""
    branches = Branch.objects.bulk_create(Branch(name=f"Branch {n:02}", code=f"B{n:02}") for n in range(BRANCHES))
    departments = Department.objects.bulk_create(Department(name=f"Line {n}") for n in range(DEPARTMENTS))
    role = make.make_role("Cashier")
    Person.objects.bulk_create(
        (_person(number, branches, departments, role) for number in range(PEOPLE)), batch_size=1000
    )
    everywhere = {"category": Category.SENIOR_ADMIN, "reach": Reach.ORGANISATION, "duty": Duty.PEOPLE}
    return make.make_person("Halima", "Sule", make.make_role("Human Resource", **everywhere))


def _person(number: int, branches: Sequence[Branch], departments: Sequence[Department], role: Role) -> Person:
    first, last = FIRST[number % len(FIRST)], LAST[(number * 13 + number // len(FIRST)) % len(LAST)]
    return Person(
        first_name=first,
        last_name=last,
        email=f"{first}.{last}.{number}@acemall.example".lower(),
        employee_number=f"ACE-{number:05}",
        password=make.password_hash(),
        hired_on=date(2020, 1, 6) + timedelta(days=number % 2000),
        date_of_birth=date(1975, 1, 1) + timedelta(days=number),
        role=role,
        branch=branches[number % len(branches)],
        department=departments[number % len(departments)],
    )


def _deep(get: Callable[[str], bytes]) -> list[str]:
    """The addresses of the pages behind the first 40, without a search and with one that finds everybody."""
    found = []
    for search in ("", "&search=a"):
        cursor = ""
        for page in range(DEEP + 10):
            answer = json.loads(get(f"/api/v1/staff?limit=50{search}{cursor}"))
            cursor = f"&cursor={answer['next']}"
            if page >= DEEP:
                found.append(f"/api/v1/staff?limit=50{search}{cursor}")
    return found


def _timed(ask: Callable[[int], object]) -> Figure:
    for number in range(len(WORDS)):
        ask(number)
    seconds = []
    began = process_time()
    for number in range(TIMES):
        at = perf_counter()
        ask(number)
        seconds.append(perf_counter() - at)
    work = (process_time() - began) / TIMES
    middle, worst = median(seconds), max(seconds)
    note = (
        f"p95 of {TIMES}; median {middle * 1e3:.0f} ms, at most {worst * 1e3:.0f} ms; {shown(work * 1e3, 'ms')} of CPU"
    )
    return Figure(quantiles(seconds, n=20)[-1] * 1e3, f"{note} without the database's")


def _get(client: Client, address: str, headers: dict[str, str]) -> bytes:
    stage.forget_limits()
    response = client.get(address, headers=headers)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}.")
    return response.content
