"""A new e-mail address of one's own: asked for, then confirmed from the new address itself."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from config import tenancy
from config.errors import Invalid
from config.pacing import no_sooner_than
from staff.models import LetterKind, OneTimeLink, Person
from staff.services.letters import digest_of, organisation_of_link, write_letter
from staff.services.passwords import BAD_LINK
from staff.services.people import edit_own
from staff.services.signing import SAME_TIME, require_password
from staff.signin import find_login


def ask_new_address(person: Person, email: str, *, password: str) -> None:
    """Send a link to the new address; nothing changes before it is followed.

    The answer is the same for an address that is somebody else's, to which nothing is sent: nobody learns here who is
    known. Raises Invalid for a wrong password and for what is no address.
    """
    require_password(person, password)
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        sentence = f"“{email}” is not an e-mail address."
        raise Invalid(sentence, fields={"email": sentence}) from error
    with no_sooner_than(SAME_TIME):
        if find_login(email) is None:
            write_letter(person, LetterKind.NEW_ADDRESS, to=email, detail=email)


def confirm_address(raw: str, *, now: datetime) -> None:
    """Change the address as the link of a letter says; the old address hears of it.

    Raises Invalid for a link that opens nothing, Refused where the address has become somebody else's.
    """
    organisation = organisation_of_link(raw)
    if organisation is None:
        raise Invalid(BAD_LINK, fields={"token": BAD_LINK})
    with tenancy.organisation(organisation):
        links = OneTimeLink.objects.good(now).filter(digest=digest_of(raw), letter__kind=LetterKind.NEW_ADDRESS)
        link = links.select_related("person", "letter").select_for_update(of=("self",)).first()
        if link is None or not link.person.is_active:
            raise Invalid(BAD_LINK, fields={"token": BAD_LINK})
        OneTimeLink.objects.filter(pk=link.pk).update(used_at=now)
        edit_own(link.person, email=link.letter.detail)
