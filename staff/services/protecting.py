"""One's own second step: turned on, turned off and its recovery codes renewed, each for what only its person knows."""

from __future__ import annotations

from datetime import datetime

from config.errors import Refused
from staff.models import Person, Session
from staff.selectors import is_protected, must_be_protected
from staff.services.second_factor import confirm, fresh_codes, remove
from staff.services.signing import require_code, require_password


def turn_on(person: Person, *, password: str, code: str, session: Session, now: datetime) -> list[str]:
    """Turn it on by the password and a first code; returns the recovery codes, which nobody can show again.

    Without the password, whoever sits down at a session left open could lock its owner out.
    Raises WrongSecret, TooMany, Refused where nothing was set up.
    """
    require_password(person, password)
    return confirm(person, code, session=session, now=now)


def turn_off(person: Person, *, password: str, code: str, now: datetime) -> None:
    """Let somebody sign in by the password alone, for the password and a code.

    Raises Refused where their organisation asks for the second step, before a code is spent; WrongSecret, TooMany.
    """
    if must_be_protected(person):
        raise Refused("Your organisation asks for two-step sign-in, so it stays on.")
    require_password(person, password)
    require_code(person, code, now=now)
    remove(person)


def renew_codes(person: Person, *, code: str, now: datetime) -> list[str]:
    """Ten new recovery codes for a code; the old ones open nothing any more.

    Raises Refused where two-step sign-in is off; WrongSecret, TooMany.
    """
    if not is_protected(person):
        raise Refused("Two-step sign-in is off, so there is nothing to recover.")
    require_code(person, code, now=now)
    return fresh_codes(person)
