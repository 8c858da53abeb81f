"""Signing in: the password, then the second step where there is one, in the same time for everybody who is refused."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from config import limits, tenancy
from config.errors import TooMany, WrongSecret
from config.pacing import wait_until
from staff.devices import Visitor
from staff.models import AuditOutcome, Door, LetterKind, Person, SecurityKind, Session
from staff.selectors import is_protected, must_be_protected, new_to
from staff.services import audit
from staff.services.alarms import sound
from staff.services.letters import write_letter
from staff.services.people import record_login
from staff.services.second_factor import WRONG_CODE, use_code
from staff.services.sessions import open_session
from staff.signin import Login, find_login

# Seconds after which whoever is refused is answered, and whoever has forgotten: that somebody was found, or told of a
# lock, must not show by the clock. Several times what it takes.
SAME_TIME = 0.25
# What both doors say to whoever check_password does not know.
WRONG_PASSWORD = "This e-mail and password do not go together."


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whose password was right; with a second step they are not in yet."""

    login: Login
    person: Person
    needs_code: bool


def check_password(email: str, password: str) -> Known | None:
    """Who has this e-mail and password, else None, in the same time for every wrong one.

    Raises TooMany after five wrong passwords or codes for one address, somebody's or nobody's.
    """
    begun, login = time.monotonic(), find_login(email)
    try:
        refuse_locked(email, login)
    except TooMany:
        wait_until(begun + SAME_TIME)
        raise
    known = _checked(login, password)
    if known is None:
        count_failure(email, login)
        wait_until(begun + SAME_TIME)
    elif not known.needs_code:
        limits.forget(email)
    return known


def check_code(known: Known, code: str, *, now: datetime) -> bool:
    """Whether the code is right, which spends it; a wrong one counts like a wrong password. Raises TooMany."""
    refuse_locked(known.person.email, known.login)
    with tenancy.organisation(known.login.organisation):
        right = use_code(known.person, code, now=now)
    if right:
        limits.forget(known.person.email)
    else:
        count_failure(known.person.email, known.login)
    return right


def require_password(
    person: Person, password: str, *, field: str = "password", sentence: str = "This is not your password."
) -> None:
    """Let on only who knows the password of the signed-in person; guessing counts like at the door.

    Raises WrongSecret for the field, TooMany.
    """
    login = Login(person.organisation_id, person.pk)
    refuse_locked(person.email, login)
    if not person.check_password(password):
        count_failure(person.email, login)
        raise WrongSecret(sentence, field=field)


def require_code(person: Person, code: str, *, now: datetime) -> None:
    """Spend a code of somebody who is signed in. Raises WrongSecret, TooMany."""
    known = Known(Login(person.organisation_id, person.pk), person, needs_code=True)
    if not check_code(known, code, now=now):
        raise WrongSecret(WRONG_CODE, field="otp")


def enter(known: Known, *, door: Door, visitor: Visitor, now: datetime) -> Session:
    """Open a session for somebody who has shown everything that is asked for; their organisation must be entered."""
    asked = not known.needs_code and must_be_protected(known.person)
    new = new_to(known.person, visitor, now=now)
    record_login(known.person, at=now)
    audit.record_sign_in(known.person.pk, device=visitor.device, new=new)
    if new:
        write_letter(known.person, LetterKind.NEW_DEVICE, detail=f"{visitor.device}, {visitor.address}")
    return open_session(known.person, door=door, visitor=visitor, needs_second_factor=asked, now=now)


def refuse_locked(email: str, login: Login | None) -> None:
    """Raise TooMany while an address is locked, somebody's or nobody's; somebody's organisation writes it down."""
    try:
        limits.refuse_locked(email)
    except TooMany:
        if login:
            with tenancy.organisation(login.organisation):
                audit.record_refused_sign_in(login.person, AuditOutcome.LOCKED)
        raise


def count_failure(email: str, login: Login | None) -> None:
    """Count a wrong password or code, for everybody's address and nobody's; somebody's organisation writes it down."""
    locked = limits.failed(email)
    if login is None:
        return
    with tenancy.organisation(login.organisation):
        audit.record_refused_sign_in(login.person, AuditOutcome.REFUSED, locks=locked)
        if locked:
            person = Person.objects.select_related("role").get(pk=login.person)
            write_letter(person, LetterKind.LOCKED)
            sound(SecurityKind.LOCKED, person, now=timezone.now())


def _checked(login: Login | None, password: str) -> Known | None:
    if login is None:
        make_password(password)  # as slow as a real check, so that time does not tell who exists
        return None
    with tenancy.organisation(login.organisation):
        person = Person.objects.with_places().select_related("organisation").filter(pk=login.person).first()
        if person is None or not person.check_password(password) or not person.is_active:
            return None
        return Known(login, person, needs_code=is_protected(person))
