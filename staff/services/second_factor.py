"""The second step of signing in: codes of an authenticator app (RFC 6238), and recovery codes for a lost phone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from config.errors import Forbidden, Refused, WrongSecret
from staff.models import LetterKind, Person, RecoveryCode, SecondFactor, SecurityKind, Session
from staff.roles import may
from staff.selectors import is_protected
from staff.services.alarms import sound
from staff.services.letters import write_letter
from staff.services.sessions import end_waiting
from staff.services.turns import hold_person

STEP = 30  # seconds
DRIFT = (0, -1, 1)  # steps that a phone's clock may be off, the likeliest first
ISSUER = "Ace Mall Staff"
CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is mistaken for something else
WRONG_CODE = "This code is not right. Take the one that your app shows now, or a recovery code."


@dataclass(frozen=True, slots=True)
class SetUp:
    """What an authenticator app is given: the secret as text, and as the address that a QR code holds."""

    pk: int
    secret: str
    address: str


def set_up(person: Person, *, keep: int | None = None) -> SetUp:
    """A secret for an authenticator app: the one to `keep`, by its id, if it still waits for a first code, else a
    fresh one, so that nobody who saw an earlier one can use it.

    Raises Refused if one is in use.
    """
    hold_person(person.pk)
    if is_protected(person):
        raise Refused("Two-step sign-in is on already. Turn it off before you set up another app.")
    factor = SecondFactor.objects.filter(person=person, pk=keep).first() if keep else None
    if factor is None:
        SecondFactor.objects.filter(person=person).delete()
        factor = SecondFactor.objects.create(person=person, secret=pyotp.random_base32())
    address = pyotp.TOTP(factor.secret).provisioning_uri(name=person.email, issuer_name=ISSUER)
    return SetUp(factor.pk, factor.secret, address)


def confirm(person: Person, code: str, *, session: Session, now: datetime) -> list[str]:
    """Turn it on by a first code; returns the recovery codes, which nobody can show again.

    Raises Invalid for a wrong code, Refused where nothing was set up.
    """
    hold_person(person.pk)
    factor = SecondFactor.objects.filter(person=person, confirmed_at=None).first()
    if factor is None:
        raise Refused("There is nothing to confirm: begin with setting up an app.")
    step = _step_of(factor, code, now)
    if step is None:
        raise WrongSecret(WRONG_CODE, field="otp")
    factor.confirmed_at, factor.last_step = now, step
    factor.save(update_fields=["confirmed_at", "last_step"])
    end_waiting(person, passed=session, now=now)
    write_letter(person, LetterKind.SECOND_FACTOR_ON)
    return fresh_codes(person)


def use_code(person: Person, code: str, *, now: datetime) -> bool:
    """Whether this is a code of the person's app or one of their recovery codes; it is spent by asking.

    The row itself is claimed by updating it: of twenty who show one code at once, one is let in.
    """
    factor = SecondFactor.objects.in_use().filter(person=person).first()
    if factor is None:
        return False
    step = _step_of(factor, code, now)
    if step is not None:
        return SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step) == 1
    unused = RecoveryCode.objects.unused().filter(person=person, digest=_digest(person, code))
    return unused.update(used_at=now) == 1


def take_off(person: Person, *, by: Person) -> None:
    """Free somebody of an app that they lost, with their recovery codes; they set up another at the next sign-in.

    Raises Forbidden unless `by` is Human Resource, Refused for oneself and where there is none.
    """
    if not may(by, "edit_people"):
        raise Forbidden("Only Human Resource takes off somebody's second step.")
    if by.pk == person.pk:
        raise Refused("You cannot take off your own second step; turn it off on your own account.")
    if not is_protected(person):
        raise Refused("There is no second step to take off.")
    remove(person)


def remove(person: Person) -> None:
    """Nothing is asked beside the password any more, and the owner hears of it."""
    SecondFactor.objects.filter(person=person).delete()
    RecoveryCode.objects.filter(person=person).delete()
    write_letter(person, LetterKind.SECOND_FACTOR_OFF)
    sound(SecurityKind.SECOND_STEP_OFF, person, now=timezone.now())


def _step_of(factor: SecondFactor, code: str, now: datetime) -> int | None:
    """The step of 30 seconds for which this is the code, as far as a clock may be off."""
    typed, app, here = code.replace(" ", ""), pyotp.TOTP(factor.secret), int(now.timestamp()) // STEP
    return next((here + off for off in DRIFT if constant_time_compare(app.at((here + off) * STEP), typed)), None)


def fresh_codes(person: Person) -> list[str]:
    """Ten new recovery codes, in place of those there were."""
    RecoveryCode.objects.filter(person=person).delete()
    codes = ["-".join(_letters(5) for _ in range(2)) for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(person=person, digest=_digest(person, code)) for code in codes)
    return codes


def _letters(number: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(number))


def _digest(person: Person, code: str) -> str:
    plain = "".join(letter for letter in code.lower() if letter in ALPHABET)
    return salted_hmac("staff.recovery", f"{person.pk}:{plain}", algorithm="sha256").hexdigest()
