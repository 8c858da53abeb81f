"""One's own second step: turned on, turned off and its recovery codes renewed, each for what only its person knows.
And the organisation's rule for whom it is not a choice."""

from __future__ import annotations

from datetime import datetime

from config.errors import Forbidden, Refused
from staff.models import Organisation, Person, SecondStep, SecurityKind, Session
from staff.roles import may
from staff.selectors import is_protected, must_be_protected
from staff.services.alarms import sound
from staff.services.second_factor import confirm, fresh_codes, remove
from staff.services.signing import require_code, require_password
from staff.services.turns import hold_organisation


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


def set_rule(rule: SecondStep, *, by: Person, now: datetime) -> Organisation:
    """For whom of the organisation signing in takes two steps, from their next sign-in on. Readers of the audit log
    hear of it; without effect where it is so already.

    Raises Forbidden unless `by` may set it.
    """
    if not may(by, "set_second_step"):
        raise Forbidden("The Chief Officers and Human Resource say who needs a second step.")
    organisation = hold_organisation()
    if organisation.second_step != rule:
        organisation.second_step = rule
        organisation.save(update_fields=["second_step"])
        sound(SecurityKind.SECOND_STEP_RULE, by, now=now)
    return organisation
