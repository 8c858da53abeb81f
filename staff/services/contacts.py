"""Next of kin and guarantors: people outside, whose numbers are sealed before they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from config.blind import indexes_of
from config.errors import Forbidden, Refused
from staff.documents.kinds import GUARANTORS
from staff.models import Guarantor, NextOfKin, Person
from staff.roles import Category, may
from staff.services.fitness import PHONE, UNPRINTABLE, refuse_erased, refuse_faults
from staff.services.papers import remove, require_keeper

MOST_KIN = 3
# Field: what it is called in a sentence, and its longest.
KIN = {
    "name": ("name", 120),
    "relationship": ("relationship", 40),
    "phone": ("phone number", 20),
    "address": ("address", 300),
}
GUARANTOR = {**KIN, "occupation": ("occupation", 80), "identity_number": ("identity number", 40)}
NEEDED = {"name", "phone"}


def add_next_of_kin(person: Person, details: Mapping[str, str], *, by: Person) -> NextOfKin:
    """Note whom to call for this person: by themselves or by Human Resource, three at most.

    Raises Forbidden for anybody else, Invalid with a sentence per field, Refused beyond three.
    """
    require_own_or_keeper(person, by)
    refuse_erased(person)
    _hold(person)
    if NextOfKin.objects.present().filter(person=person).count() >= MOST_KIN:
        raise Refused(f"There are {MOST_KIN} next of kin already; take one away first.")
    kin = NextOfKin(person=person, added_by=by, added_at=timezone.now())
    _write(kin, details, KIN, NEEDED | {"relationship"})
    return kin


def change_next_of_kin(kin: NextOfKin, details: Mapping[str, str], *, by: Person) -> NextOfKin:
    """Change any of a next of kin's details; what is not named stays. Raises Refused for one that was taken away."""
    require_own_or_keeper(kin.person, by)
    _write(kin, details, KIN, NEEDED | {"relationship"})
    return kin


def remove_next_of_kin(kin: NextOfKin, *, by: Person) -> None:
    """Take a next of kin away; the row stays for the record."""
    require_own_or_keeper(kin.person, by)
    remove(kin, by=by)


def add_guarantor(person: Person, details: Mapping[str, str], *, by: Person) -> Guarantor:
    """Note who vouches for this person: one for general staff, two for the others. Human Resource only.

    Raises Invalid with a sentence per field, Refused where there are as many as the role needs.
    """
    require_keeper(by)
    refuse_erased(person)
    _hold(person)
    enough = GUARANTORS[Category(person.role.category)]
    if Guarantor.objects.present().filter(person=person).count() >= enough:
        number = "a guarantor" if enough == 1 else f"{enough} guarantors"
        raise Refused(f"{person.full_name} has {number} already; take one away first.")
    guarantor = Guarantor(person=person, added_by=by, added_at=timezone.now())
    _write(guarantor, details, GUARANTOR, NEEDED)
    return guarantor


def change_guarantor(guarantor: Guarantor, details: Mapping[str, str], *, by: Person) -> Guarantor:
    """Change any of a guarantor's details; what is not named stays. Human Resource only.

    Raises Refused for one that was taken away.
    """
    require_keeper(by)
    _write(guarantor, details, GUARANTOR, NEEDED)
    return guarantor


def remove_guarantor(guarantor: Guarantor, *, by: Person) -> None:
    """Take a guarantor away, with the papers; the rows stay for the record. Human Resource only."""
    require_keeper(by)
    for paper in guarantor.papers.filter(removed_at=None):
        remove(paper, by=by)
    remove(guarantor, by=by)


def kin_faults(details: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a next of kin as it would be added: {field: one sentence}."""
    return _faults_in(NextOfKin(), details, KIN, NEEDED | {"relationship"})


def guarantor_faults(details: Mapping[str, str]) -> dict[str, str]:
    """The same of a guarantor."""
    return _faults_in(Guarantor(), details, GUARANTOR, NEEDED)


def require_own_or_keeper(person: Person, by: Person) -> None:
    """Refuse whoever is neither the person nor Human Resource."""
    if by.pk != person.pk and not may(by, "edit_people"):
        raise Forbidden("Next of kin are kept by the person and by Human Resource.")


def _hold(person: Person) -> None:
    """Two additions at once take turns, so that neither passes the most."""
    Person.objects.select_for_update().filter(pk=person.pk).values_list("pk").first()


def _write(row: Any, details: Mapping[str, str], fields: Mapping[str, tuple[str, int]], needed: set[str]) -> None:
    """Save what is new, and nothing else: sealed anew, a number that stayed would look changed in the audit log."""
    changed = {field: value for field, value in _tidy(details, fields).items() if getattr(row, field) != value}
    for field, value in changed.items():
        setattr(row, field, value)
    refuse_faults({field: fault for field in fields if (fault := _fault(row, field, fields[field], needed))})
    if row.pk is None:
        row.save(force_insert=True)
    # One statement: whoever takes the row away meanwhile is not undone.
    elif changed and not type(row).objects.present().filter(pk=row.pk).update(
        **changed, **indexes_of(type(row), changed)
    ):
        raise Refused(f"{row.name} was taken away; add them again.")


def _tidy(details: Mapping[str, str], fields: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    return {field: " ".join(details[field].split(" ")).strip() for field in fields if field in details}


def _faults_in(
    row: Any, details: Mapping[str, str], fields: Mapping[str, tuple[str, int]], needed: set[str]
) -> dict[str, str]:
    for field, value in _tidy(details, fields).items():
        setattr(row, field, value)
    return {field: fault for field in fields if (fault := _fault(row, field, fields[field], needed))}


def _fault(row: Any, field: str, described: tuple[str, int], needed: set[str]) -> str:
    value, (words, longest) = getattr(row, field), described
    if not value:
        return f"Write the {words}." if field in needed else ""
    if UNPRINTABLE.search(value.replace("\r\n", " ").replace("\n", " ")):
        return f"The {words} contains a character that cannot be shown."
    if len(value) > longest:
        return f"The {words} has at most {longest} characters."
    if field == "phone" and not PHONE.match(value):
        return "Write the phone number in digits, like +234 803 555 0100."
    return ""
