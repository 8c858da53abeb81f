"""KINDS: every kind of security event, what it weighs, where it is seen, and whether somebody is told at once.

Most of them are entries of the audit log, recognised here and kept nowhere else; the others are rows of SecurityEvent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Case, CharField, Q, Value, When
from django.db.models.functions import Coalesce

from staff.models import AuditKind, AuditOutcome, Person, SecurityKind
from staff.roles import Category, may

# How serious one event is, by the word of its chip on the page.
INFO, WARNING, CRITICAL = "info", "warning", "critical"


@dataclass(frozen=True, slots=True)
class Kind:
    """How an event of this kind is judged.

    `points` are what one adds to a person's risk. `entry` recognises it in the audit log; without it, it is a row of
    its own. `alarms` says whether one that concerns this person is told at once, by `title`. `is_attack` tells what
    somebody tries from what those do who may.
    """

    points: int
    level: str
    entry: Q | None = None
    alarms: Callable[[Person], bool] | None = None
    title: str = ""
    is_attack: bool = False


def _is_manager(person: Person) -> bool:
    return may(person, "enter_admin")


def _is_senior(person: Person) -> bool:
    return person.role.category == Category.SENIOR_ADMIN


def _always(person: Person) -> bool:
    return True


def _changed(label: str, *columns: str) -> Q:
    return Q(kind=AuditKind.CHANGED, about=label, after__has_any_keys=list(columns))


SIGN_IN = Q(kind=AuditKind.SIGN_IN)
# The first that fits an entry is its kind.
KINDS: dict[SecurityKind, Kind] = {
    SecurityKind.LOCKED: Kind(
        5,
        CRITICAL,
        SIGN_IN & Q(after__has_key="locks"),
        _is_manager,
        "Locked after wrong passwords: {person}",
        is_attack=True,
    ),
    SecurityKind.SIGN_IN_FAILED: Kind(1, WARNING, SIGN_IN & ~Q(outcome=AuditOutcome.DONE), is_attack=True),
    SecurityKind.NEW_DEVICE: Kind(2, INFO, SIGN_IN & Q(after__has_key="new")),
    SecurityKind.TOKEN_REUSED: Kind(
        10,
        CRITICAL,
        Q(kind=AuditKind.REFRESH, after__has_key="reused"),
        _always,
        "A copied token was used, and its session ended: {person}",
        is_attack=True,
    ),
    SecurityKind.SECOND_STEP_OFF: Kind(
        3,
        WARNING,
        # One that was never confirmed has protected nothing.
        Q(kind=AuditKind.REMOVED, about="staff.SecondFactor", before__has_key="confirmed_at"),
        _is_senior,
        "Two-step sign-in was taken off: {person}",
    ),
    SecurityKind.SECOND_STEP_RULE: Kind(
        3,
        WARNING,
        _changed("staff.Organisation", "second_step"),
        _always,
        "{person} changed who needs a second step to sign in",
    ),
    SecurityKind.ROLE_CHANGED: Kind(1, INFO, _changed("staff.Person", "role_id")),
    SecurityKind.PERMISSIONS_CHANGED: Kind(
        3, WARNING, _changed("staff.Role", "category", "reach", "duty") | _changed("staff.Person", "is_operator")
    ),
    SecurityKind.EXPORT: Kind(1, INFO, Q(kind=AuditKind.EXPORT)),
    SecurityKind.VISIT: Kind(1, INFO, Q(kind=AuditKind.ADDED, about="staff.Visit")),
    SecurityKind.DENIED_BURST: Kind(
        5, CRITICAL, None, _always, "Refused again and again within a few minutes: {person}", is_attack=True
    ),
    SecurityKind.PROBE_BURST: Kind(
        5, CRITICAL, None, _always, "Looks for what is not theirs: {person}", is_attack=True
    ),
    SecurityKind.INJECTION: Kind(10, CRITICAL, None, _always, "A request carried an attack: {person}", is_attack=True),
}

# Whom an entry is put down to. An export is its maker's: whoever takes out everybody's data would else be spread thin.
WHOM = Case(
    When(kind=AuditKind.EXPORT, then=Coalesce("actor_id", "person_id")), default=Coalesce("person_id", "actor_id")
)

# Which kind an entry of the audit log is; NULL for what is none.
KIND_OF_ENTRY = Case(
    *(When(kind.entry, then=Value(name.value)) for name, kind in KINDS.items() if kind.entry is not None),
    default=Value(None),
    output_field=CharField(),
)
