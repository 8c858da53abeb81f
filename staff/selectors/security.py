"""How somebody signs in, and where they are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from staff.devices import Visitor, device_of, network_of
from staff.models import (
    AuditEntry,
    AuditKind,
    AuditOutcome,
    Person,
    RecoveryCode,
    SecondFactor,
    SecondStep,
    Session,
)
from staff.roles import Category, may

MOST_SESSIONS = 100
REMEMBERED = timedelta(days=90)  # how long a device and a network are known as somebody's
LATEST = 500  # sign-ins that are looked through for it


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A place where somebody is signed in; times are those of their branch."""

    id: int
    door: str
    device: str
    address: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class Security:
    """How somebody signs in, and where they are signed in."""

    sessions: tuple[OpenSession, ...]
    is_protected: bool
    must_be_protected: bool
    codes_left: int
    email: str


def open_sessions(user: Person, *, now: datetime) -> tuple[OpenSession, ...]:
    """The user's own sessions that still open something, the one they are in first, then the one used last."""
    rows = Session.objects.visible_to(user).live(now)[:MOST_SESSIONS]
    zone = user.home_zone
    found = [
        OpenSession(
            id=row.pk,
            door=row.door,
            device=row.device,
            address=row.address,
            created_at=row.created_at.astimezone(zone),
            seen_at=(now if row.pk == user.session.pk else row.seen_at).astimezone(zone),
            ends_at=row.ends_at.astimezone(zone),
            is_this=row.pk == user.session.pk,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda session: not session.is_this))


def security(user: Person, *, now: datetime) -> Security:
    """How the user signs in, and where they are signed in."""
    return Security(
        sessions=open_sessions(user, now=now),
        is_protected=is_protected(user),
        must_be_protected=must_be_protected(user),
        codes_left=RecoveryCode.objects.unused().filter(person=user).count(),
        email=user.email,
    )


def new_to(person: Person, visitor: Visitor, *, now: datetime) -> str:
    """What somebody signs in with and has not in 90 days: "device", or "network"; nothing at a first sign-in.

    Of networks only for who enters the admin: everybody's phone moves from one to the next all day.
    """
    signed_in = {"person_id": person.pk, "kind": AuditKind.SIGN_IN, "outcome": AuditOutcome.DONE}
    entries = AuditEntry.objects.filter(**signed_in, at__gte=now - REMEMBERED).order_by("-at", "-id")
    known = list(entries.values_list("after", "agent", "address")[:LATEST])
    if not known:
        return ""
    if visitor.device not in {(after or {}).get("device") or device_of(agent) for after, agent, _ in known}:
        return "device"
    networks = {network_of(address) for _, _, address in known}
    return "network" if may(person, "enter_admin") and network_of(visitor.address) not in networks else ""


def is_protected(person: Person) -> bool:
    """Whether signing in as this person asks for a second step."""
    return SecondFactor.objects.in_use().filter(person=person).exists()


def must_be_protected(person: Person) -> bool:
    """Whether the person's organisation asks for it, whether they want it or not."""
    asked = person.organisation.second_step
    if asked == SecondStep.MANAGERS:
        return person.role.category == Category.SENIOR_ADMIN or may(person, "enter_admin")
    return asked == SecondStep.EVERYBODY
