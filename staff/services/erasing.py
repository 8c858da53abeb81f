"""Erasure: somebody who has left becomes a number. What the law asks for stays, and says no more who it was.

What becomes of each table stands in the apps' `privacy.py`; here it is carried out, in one transaction. Files and what
other places keep (the ledger beside the backups) follow its commit.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from config import tenancy
from config.caching import touch_everything
from config.errors import Forbidden, Invalid, Refused
from config.personal import About, Erasing, catalogue
from staff.documents.storage import path_of
from staff.models import EmploymentEvent, Erasure, Person
from staff.models.privacy import LONGEST_ERASURE_REASON
from staff.roles import may
from staff.services import audit
from staff.services.fitness import fit_text
from staff.services.leaving import withdraw_open
from staff.services.people import locked

log = logging.getLogger(__name__)

FORMER = "Former staff member"
ADDRESS = "erased-{}@invalid"
TOO_OLD = "They left longer ago than personal data is kept."
AGAIN = "Applied again after an older backup was restored."


@dataclass(frozen=True, slots=True)
class Erased:
    """What whoever keeps something elsewhere is told once somebody is erased: numbers alone, and files' keys."""

    organisation: int
    person: int
    employee_number: str
    at: datetime
    files: tuple[str, ...]


def erase(person: Person, *, reason: str, typed: str, by: Person) -> Erasure:
    """Erase what no law asks to be kept of somebody who has left, for a reason; there is no way back.

    `typed` is their employee number, typed to confirm. Raises Forbidden for anybody but Human Resource and for oneself,
    Refused for somebody who has not left or was erased, Invalid without a reason or with another number.
    """
    refuse_erasing(person, by=by)
    faults = {}
    if typed.strip().upper() != person.employee_number.upper():
        faults["typed"] = f"Type {person.employee_number} to confirm that it is they who are erased."
    if not reason.strip():
        faults["reason"] = "Say why: a request of theirs, or a rule."
    if faults:
        raise Invalid(next(iter(faults.values())), fields=faults)
    return _erase_who_left(person, by=by, reason=reason)


def refuse_erasing(person: Person, *, by: Person) -> None:
    """Refuse whoever may not, and whom it may not be done to."""
    if not may(by, "erase_people"):
        raise Forbidden("Only Human Resource erases people.")
    if by.pk == person.pk:
        raise Forbidden("Nobody erases themselves.")
    refuse_erasing_anybody(person)


def refuse_erasing_anybody(person: Person) -> None:
    """Refuse somebody who was erased already, or is still here."""
    if person.is_erased:
        raise Refused(f"{person} was erased already.")
    if person.is_active or not EmploymentEvent.objects.leavings().applied().filter(person=person).exists():
        raise Refused(f"{person} has not left: only of people who have left personal data is erased.")


def erase_by_operator(person: Person, *, reason: str) -> Erasure:
    """The same at the operator's command, who has no role here. Raises Refused for somebody who has not left."""
    return _erase_who_left(person, by=None, reason=reason)


def erase_who_left_before(day: date) -> int:
    """Erase one person of the entered organisation whose last working day was before then; returns how many.

    Call it until nobody went, each time in a transaction of its own: while one lasts, no other erasure of the
    organisation goes on.
    """
    with transaction.atomic():
        gone = Person.objects.filter(left_on__lt=day, is_active=False).exclude(email__endswith="@invalid")
        # Held as it is found: somebody may be restored meanwhile.
        person = gone.order_by("pk").select_for_update().first()
        if person is None:
            return 0
        _erase(locked(person), by=None, reason=TOO_OLD, at=timezone.now())
    return 1


def erase_again(person: Person, *, at: datetime) -> Erasure | None:
    """Erase somebody anew who came back with an older backup, whatever they were at its time; None if they are erased.

    In that backup they may not have left yet: what they had access to ends, what was still to come of their career
    is withdrawn, and their coming shifts become open.
    """
    if person.is_erased:
        return None
    if person.left_on is None or person.is_active:
        person.left_on = person.left_on or max(person.hired_on, at.date())
        person.is_active = False
        person.save(update_fields=["left_on", "is_active"])
        withdraw_open(person, by=None)
        for name in settings.WHEN_SOMEBODY_LEAVES:
            free: Callable[..., Any] = import_string(name)
            free(person, since=None, by=person)
    with transaction.atomic():
        return _erase(locked(person), by=None, reason=AGAIN, at=at)


def _erase_who_left(person: Person, *, by: Person | None, reason: str) -> Erasure:
    with transaction.atomic():
        person = locked(person)
        # Asked again of the row that is held: two erase at once, or somebody restores them meanwhile.
        refuse_erasing_anybody(person)
        return _erase(person, by=by, reason=fit_text(reason, "reason", LONGEST_ERASURE_REASON), at=timezone.now())


def _erase(person: Person, *, by: Person | None, reason: str, at: datetime) -> Erasure:
    """The erasure itself, of a locked person."""
    with transaction.atomic():
        files, masks, counts = _files_of(person), _masks(), {}
        for about in catalogue():
            if about.table is Person:
                _rename(person, about.blanked)
            elif count := _carry_out(about, person):
                counts[about.title] = count
        counts["Files"] = len(files)
        erasure = Erasure.objects.create(person=person, by=by, at=at, reason=reason, counts=counts, files=files)
        # Last: what was deleted just now stands in the log as well.
        audit.erase_values(erasure.pk, masks)
        # Their name stood on many screens.
        touch_everything()
        transaction.on_commit(_Afterwards(erased_of(erasure)))
    return erasure


def erased_of(erasure: Erasure) -> Erased:
    """An erasure as other places are told of it."""
    person = erasure.person
    return Erased(person.organisation_id, person.pk, person.employee_number, erasure.at, tuple(erasure.files))


def remove_files(erased: Erased) -> None:
    """Delete the files of somebody who was erased, wherever that has not been done."""
    with tenancy.organisation(erased.organisation):
        for key in erased.files:
            path_of(key).unlink(missing_ok=True)


def _files_of(person: Person) -> list[str]:
    keys = [about.rows(person).values_list(about.files, flat=True) for about in catalogue() if about.files]
    return [key for found in keys for key in found if key]


def _masks() -> dict[str, dict[str, Any]]:
    """What the audit log is to hide, by kind of row."""
    masks: dict[str, dict[str, Any]] = {}
    for about in catalogue():
        if about.personal and about.whose:
            masks[about.model] = {"columns": about.personal}
            if "__" in about.whose:
                # Its entries do not name the person: a key leads to a row whose entries do.
                between: Any = about.table._meta.get_field(about.whose.split("__")[0])
                masks[about.model]["of"] = between.related_model._meta.label
    return masks


def _carry_out(about: About, person: Person) -> int:
    """Delete or empty the rows of one table; returns how many."""
    if about.erasing == Erasing.DELETE:
        deleted = about.rows(person).delete()[1]
        return deleted.get(about.model, 0)
    return about.rows(person).update(**about.blanked) if about.blanked else 0


def _rename(person: Person, blanked: Mapping[str, Any]) -> None:
    """Empty what says who it was, and give them the name of nobody."""
    for name, nothing in blanked.items():
        setattr(person, name, nothing)
    person.first_name, person.last_name = FORMER, person.employee_number.rpartition("-")[2]
    person.email = ADDRESS.format(secrets.token_hex(8))
    person.set_unusable_password()
    person.last_login = None
    person.save()


@dataclass(frozen=True, slots=True)
class _Afterwards:
    """Once it is so: the files go, and whoever keeps something elsewhere is told. A failure undoes nothing of it."""

    erased: Erased

    def __call__(self) -> None:
        for act in (remove_files, *map(import_string, settings.WHEN_SOMEBODY_IS_ERASED)):
            try:
                act(self.erased)
            except Exception:
                log.exception("Not all of an erasure could be done at once; the job backup_copy goes on with it.")
