"""Many people edited at once, by the rules of `edit_person` and with its history; 200 need no more queries than 2."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from config.caching import touch
from config.errors import Forbidden, Invalid, Refused, refusing
from staff.models import EmploymentEvent, LetterKind, Person
from staff.models.careers import STANDING
from staff.roles import may
from staff.selectors import CareerNow, careers_of
from staff.services.fitness import ERASED, faults_of, new_faults, tidy
from staff.services.hiring import EMAIL_CONSTRAINTS, taken, taken_emails
from staff.services.history import correct_hirings, keep_many
from staff.services.letters import end_links_of, write_letters
from staff.services.people import EDITABLE, denied_to, event_of

BATCH = 500


@dataclass(frozen=True, slots=True)
class Update:
    """Somebody who is here, and what shall be so of them: any of EDITABLE. They come with places, their role's places
    and their organisation."""

    person: Person
    values: Mapping[str, Any]


@dataclass(slots=True)
class Check:
    """What an update would change, {field: (before, after)}, and what is wrong with it, {field: sentence}."""

    person: Person
    after: Person
    changed: dict[str, tuple[Any, Any]]
    event: EmploymentEvent | None = None
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def moves(self) -> dict[str, Any]:
        """What is new of their career."""
        return {name: after for name, (_, after) in self.changed.items() if name in STANDING}


def check_updates(updates: Sequence[Update], *, by: Person) -> list[Check]:
    """What each update would change and what is wrong with it, in their order; writes nothing, in two queries."""
    if not may(by, "edit_people"):
        raise Forbidden("Only Human Resource edits people.")
    if not updates:
        return []
    checks = [_compared(update) for update in updates]
    used = taken_emails(check.after.email for check in checks if "email" in check.changed)
    careers = careers_of([check.person for check in checks if check.moves])
    for check in checks:
        before = faults_of(check.person)
        check.faults = new_faults(before, faults_of(check.after), check.changed) if check.changed else {}
        check.faults |= _denied(check, by)
        if "email" in check.changed and check.after.email in used:
            check.faults.setdefault("email", taken(check.after.email))
        if check.moves and not check.faults:
            _add_event(check, careers[check.person.pk], by)
    return checks


def update_many(updates: Sequence[Update], *, by: Person) -> int:
    """Change all of these people, or none; returns how many differ. Whoever calls this holds their rows.

    A new role, place or contract becomes an event of today, a new role ends their tokens and sessions, and a new e-mail
    address is told at the old one. Raises Invalid with fields {"<place in the list>.<field>": sentence}.
    """
    checks = check_updates(updates, by=by)
    faults = {f"{place}.{name}": text for place, check in enumerate(checks) for name, text in check.faults.items()}
    if faults:
        raise Invalid(f"Rows that are not right: {sum(bool(check.faults) for check in checks)}.", fields=faults)
    changed = [check for check in checks if check.changed]
    if not changed:
        return 0
    for check in changed:
        check.after.token_version += "role" in check.changed
    names = {name for check in changed for name in check.changed} | {"token_version"}
    with refusing(dict.fromkeys(EMAIL_CONSTRAINTS, "One of the e-mail addresses already belongs to somebody.")):
        Person.objects.bulk_update([check.after for check in changed], sorted(names), batch_size=BATCH)
    touch("staff.Person", pk=[check.person.pk for check in changed])
    keep_many([check.event for check in changed if check.event])
    correct_hirings(_those(changed, "hired_on"))
    _tell_old_addresses(_those(changed, "email"), {check.person.pk: check.person.email for check in changed})
    return len(changed)


def _compared(update: Update) -> Check:
    after = copy.copy(update.person)
    for name in EDITABLE & update.values.keys():
        setattr(after, name, update.values[name])
    tidy(after)
    pairs = {name: (getattr(update.person, name), getattr(after, name)) for name in update.values if name in EDITABLE}
    return Check(update.person, after, {name: pair for name, pair in pairs.items() if pair[0] != pair[1]})


def _denied(check: Check, by: Person) -> dict[str, str]:
    """What `by` may not change of this person."""
    if check.person.is_erased:
        return dict.fromkeys(check.changed, ERASED)
    return denied_to(by, check.person, {name: after for name, (_, after) in check.changed.items()})


def _add_event(check: Check, now: CareerNow, by: Person) -> None:
    try:
        check.event = event_of(check.person, check.moves, now, by=by)
    except Refused as refused:
        check.faults |= refused.fields or {next(iter(check.moves)): refused.sentence}


def _those(checks: Iterable[Check], name: str) -> list[Person]:
    return [check.after for check in checks if name in check.changed]


def _tell_old_addresses(people: Sequence[Person], addresses: Mapping[int, str]) -> None:
    if people:
        end_links_of(people, now=timezone.now())
        write_letters(people, LetterKind.ADDRESS_CHANGED, at=addresses)
