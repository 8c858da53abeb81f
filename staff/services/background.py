"""A person's education and experience: written at hiring, and by Human Resource from then on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from config.errors import Forbidden, Refused
from staff.models import Education, Experience, Person
from staff.roles import may
from staff.services.fitness import UNPRINTABLE, refuse_erased, refuse_faults
from staff.services.papers import remove

Background = Education | Experience

MOST_ROWS = 20  # of one person and kind
FIRST_DAY = date(1900, 1, 1)
AHEAD = timedelta(days=366 * 10)  # a course that has begun ends on a known day


@dataclass(frozen=True, slots=True)
class Described:
    """The texts of a kind (field: what it is called in a sentence, and its longest), and those that it must have."""

    texts: Mapping[str, tuple[str, int]]
    needed: frozenset[str]


KINDS: dict[type[Any], Described] = {
    Education: Described(
        {"institution": ("institution", 120), "qualification": ("qualification", 80), "field": ("field of study", 80)},
        frozenset({"institution", "qualification"}),
    ),
    Experience: Described(
        {"employer": ("employer", 120), "position": ("position", 80), "why_left": ("reason for leaving", 200)},
        frozenset({"employer", "position"}),
    ),
}
DAYS = ("begun_on", "ended_on")


def add_background(kind: type[Background], person: Person, details: Mapping[str, Any], *, by: Person) -> Background:
    """Add a row of somebody's education or experience; Human Resource only.

    Raises Invalid with a sentence per field, Refused beyond twenty of a kind.
    """
    require_keeper(by)
    refuse_erased(person)
    Person.objects.select_for_update().filter(pk=person.pk).values_list("pk").first()  # two at once take turns
    if kind._default_manager.filter(person=person, removed_at=None).count() >= MOST_ROWS:
        raise Refused(f"There are {MOST_ROWS} of these already; take one away first.")
    return note(kind, person, details, by=by)


def note(kind: type[Background], person: Person, details: Mapping[str, Any], *, by: Person) -> Background:
    """Write down what somebody who is just being hired has told; who may hire is asked before."""
    row = kind(person=person, added_by=by, added_at=timezone.now())
    _write(row, details)
    return row


def change_background(row: Background, details: Mapping[str, Any], *, by: Person) -> Background:
    """Change any of a row's details; what is not named stays. Human Resource only."""
    require_keeper(by)
    _write(row, details)
    return row


def remove_background(row: Background, *, by: Person) -> None:
    """Take a row away; it stays for the record. Human Resource only."""
    require_keeper(by)
    remove(row, by=by)


def require_keeper(by: Person) -> None:
    """Refuse whoever is not Human Resource."""
    if not may(by, "edit_people"):
        raise Forbidden("Only Human Resource changes somebody’s education and experience.")


def background_faults(kind: type[Background], details: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a row as it would be added: {field: one sentence}."""
    row = kind()
    _fill(row, details)
    return _faults(row)


def _write(row: Any, details: Mapping[str, Any]) -> None:
    changed = _fill(row, details)
    refuse_faults(_faults(row))
    if row.pk is None:
        row.save(force_insert=True)
    # One statement: whoever takes the row away meanwhile is not undone.
    elif changed and not type(row).objects.present().filter(pk=row.pk).update(**changed):
        raise Refused("This was taken away; add it again.")


def _fill(row: Any, details: Mapping[str, Any]) -> dict[str, Any]:
    """Put what is new into the row, and return it."""
    texts = {name: " ".join(details[name].split(" ")).strip() for name in KINDS[type(row)].texts if name in details}
    wanted = {**texts, **{name: details[name] for name in DAYS if name in details}}
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return changed


def _faults(row: Any) -> dict[str, str]:
    faults, described = {}, KINDS[type(row)]
    for name, (words, longest) in described.texts.items():
        value = getattr(row, name)
        if not value and name in described.needed:
            faults[name] = f"Write the {words}."
        elif UNPRINTABLE.search(value):
            faults[name] = f"The {words} contains a character that cannot be shown."
        elif len(value) > longest:
            faults[name] = f"The {words} has at most {longest} characters."
    return {**faults, **_day_faults(row.begun_on, row.ended_on)}


def _day_faults(begun: date | None, ended: date | None) -> dict[str, str]:
    today = timezone.localdate()
    if begun and not FIRST_DAY <= begun <= today:
        return {"begun_on": "The first day lies between 1900 and today."}
    if ended and not FIRST_DAY <= ended <= today + AHEAD:
        return {"ended_on": "The last day lies between 1900 and ten years from now."}
    if begun and ended and ended < begun:
        return {"ended_on": "The last day cannot be before the first."}
    return {}
