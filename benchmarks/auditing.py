"""What the audit log adds to a write: the same writes with its triggers and without, in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from statistics import median

from django.db import connection

from benchmarks import stage
from benchmarks.report import Figure
from config import auditing, tenancy, testing
from config.testing import ACE
from roster.services import publish
from staff.models import Person
from staff.services import edit_own

TURNS, EDITS = 12, 25


def audited() -> tuple[Figure, Figure]:
    """One person's new phone number, service and commit; and the first publication of 1,000 shifts."""
    with stage.database():
        with tenancy.organisation(ACE):
            crew = stage.crew(SuperMarket=150)
            person = crew.teams[0][1][0]
        stage.analyse()
        numbers = count(1000)
        edit = _in_turn(lambda: _edit(person, numbers), TURNS)
        weeks = count(1)
        publication = _in_turn(lambda: _publication(crew, next(weeks)), 3)
    return edit, publication


def _in_turn(measured: Callable[[], float], turns: int) -> Figure:
    """The ratio of the medians, with the triggers and without."""
    with_it, without = [], []
    for _ in range(turns):
        with_it.append(measured())
        with _switched_off():
            without.append(measured())
    on, off = median(with_it), median(without)
    return Figure(on / off, f"medians of {turns} in turn: {on * 1e3:.2f} ms with, {off * 1e3:.2f} ms without")


def _edit(person: Person, numbers: Iterator[int]) -> float:
    """The median of some edits, after two that plan the statements anew."""
    seconds = [stage.seconds_of(partial(_edit_once, person, next(numbers))) for _ in range(EDITS + 2)]
    return median(seconds[2:])


def _edit_once(person: Person, number: int) -> None:
    with tenancy.organisation(ACE):
        edit_own(person, phone=f"+234 803 555 {number}")


def _publication(crew: stage.Crew, week: int) -> float:
    with tenancy.organisation(ACE):
        rosters = stage.draft(crew, stage.monday_in(week), days=7, at_most=1000)
    stage.analyse()
    return stage.seconds_of(partial(_publish, rosters, crew))


def _publish(rosters: list[stage.Roster], crew: stage.Crew) -> None:
    with tenancy.organisation(ACE):
        publish(rosters, by=crew.manager, reason="For the benchmark")


@contextmanager
def _switched_off() -> Iterator[None]:
    _switch("DISABLE")
    try:
        yield
    finally:
        _switch("ENABLE")


def _switch(how: str) -> None:
    with testing.as_owner(connection.settings_dict["NAME"]) as owner:
        for table, name in auditing.triggers():
            owner.execute(f"ALTER TABLE {table} {how} TRIGGER {name}")
