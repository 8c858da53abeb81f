"""Passwords: changed by their person, set again by a one-time link or a code, chosen first by whoever is new here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare

from config import tenancy
from config.errors import Forbidden, Invalid, Refused, WrongSecret
from config.pacing import no_sooner_than
from staff.models import Letter, LetterKind, OneTimeLink, PastPassword, Person, Session
from staff.passwords import REMEMBERED
from staff.roles import may
from staff.services.letters import digest_of, end_links, good_link, write_letter
from staff.services.sessions import carry_over
from staff.services.signing import SAME_TIME, count_failure, refuse_locked, require_password
from staff.signin import find_login

ONE_LETTER_IN = timedelta(minutes=1)
WRONG_CODES = 5
BAD_LINK = "This link has been used, or its time is over. Ask for a new one."
BAD_CODE = "This code is not right, or its ten minutes are over. Ask for a new one."


def change_password(person: Person, *, current: str, new: str, session: Session, now: datetime) -> Person:
    """Change one's own password; every other session ends, this one goes on.

    Raises Invalid for a wrong present password, and for a new one that is too weak or was used lately.
    """
    # Held first: of two changes at once, the second must know the password that the first has set.
    person = Person.objects.with_places().select_for_update(of=("self",)).get(pk=person.pk)
    require_password(person, current, field="current", sentence="This is not your present password.")
    set_password(person, new, now=now)
    carry_over(session, person)
    return person


def ask_reset(email: str, *, now: datetime) -> None:
    """Send a link and a code to whoever has this address; the answer and its time are the same if nobody has."""
    with no_sooner_than(SAME_TIME):
        login = find_login(email)
        if login is None:
            return
        with tenancy.organisation(login.organisation):
            person = Person.objects.active().filter(pk=login.person).first()
            lately = Letter.objects.filter(
                person=person, kind=LetterKind.RESET, created_at__gt=now - ONE_LETTER_IN, dead_at=None
            )
            if person and not lately.exists():
                write_letter(person, LetterKind.RESET)


def reset_by_link(raw: str, password: str, *, now: datetime) -> None:
    """Set the password that a letter's link allows. Raises Invalid for a link that opens nothing, or a bad password,
    which leaves the link as it was."""
    found = good_link(raw, now=now)
    if found is None:
        raise Invalid(BAD_LINK, fields={"token": BAD_LINK})
    reset(*found, password, now=now)


def reset_by_code(email: str, code: str, password: str, *, now: datetime) -> None:
    """The same by the six digits of the letter; the fifth wrong ones end them, and count like wrong passwords.

    Raises WrongSecret, TooMany, Invalid for a bad password.
    """
    with no_sooner_than(SAME_TIME):
        login = find_login(email)
        refuse_locked(email, login)
        found = _link_of_code(login.organisation, login.person, code, now) if login else None
        if login is None or found is None:
            count_failure(email, login)
            raise WrongSecret(BAD_CODE, field="code")
        reset(login.organisation, found, password, now=now)


def reset(organisation: int, link: int, password: str, *, now: datetime) -> None:
    """Set the password that a good link allows, and spend it."""
    with tenancy.organisation(organisation):
        # Held until the end: of two who come with one link, the second finds it used.
        links = OneTimeLink.objects.good(now).for_passwords().select_related("person").filter(pk=link)
        found = links.select_for_update(of=("self", "person")).first()
        if found is None or not found.person.is_active:
            raise Invalid(BAD_LINK, fields={"token": BAD_LINK})
        set_password(found.person, password, now=now)
        OneTimeLink.objects.filter(pk=link).update(used_at=now)


def set_password(person: Person, password: str, *, now: datetime) -> None:
    """Give somebody a password and remember the one before; their sessions and tokens end, and they hear of it.

    Raises Invalid for one that is too short, too common, or one of the last five.
    """
    try:
        validate_password(password, person)
    except ValidationError as error:
        sentence = " ".join(error.messages)
        raise Invalid(sentence, fields={"password": sentence}) from error
    first = not person.has_usable_password()
    if not first:
        PastPassword.objects.create(person=person, password=person.password, replaced_at=now)
        kept = list(PastPassword.objects.of(person).values_list("pk", flat=True)[: REMEMBERED - 1])
        PastPassword.objects.of(person).exclude(pk__in=kept).delete()
    person.set_password(password)
    person.save(update_fields=["password", "token_version"])
    end_links(person, now=now)
    if not first:
        write_letter(person, LetterKind.PASSWORD_CHANGED)


def invite_again(person: Person, *, by: Person) -> None:
    """Send the link once more; the earlier one opens nothing any more once it arrives.

    Raises Forbidden unless `by` is Human Resource, Refused for somebody who has a password or no access.
    """
    if not may(by, "edit_people"):
        raise Forbidden("Only Human Resource invites people again.")
    if person.has_usable_password():
        raise Refused("They have a password already; the sign-in page lets them choose a new one.")
    if not person.is_active:
        raise Refused("They may not sign in; give them access first.")
    write_letter(person, LetterKind.INVITATION)


def _link_of_code(organisation: int, person: int, code: str, now: datetime) -> int | None:
    """The good link that came with this code. A wrong one is counted, which is kept although nothing is done."""
    with tenancy.organisation(organisation):
        links = OneTimeLink.objects.good(now).for_passwords().filter(person=person, code_digest__gt="")
        link = links.select_for_update(of=("self",)).order_by("-id").first()
        if link is None:
            return None
        if constant_time_compare(link.code_digest, digest_of(code.replace(" ", ""))):
            return link.pk
        link.wrong_codes += 1
        if link.wrong_codes >= WRONG_CODES:
            link.expires_at = now
        link.save(update_fields=["wrong_codes", "expires_at"])
    return None
