"""Letters about access: written with the fact that they tell of, sent by a worker after its commit.

A task is told nothing but the organisation. What opens a door, a link or a code, is made while its letter is sent,
and stands in the database as digests: whoever reads a queue, a dump or a log finds none.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from config import mail, tenancy
from config.celery import app
from config.jobs import once_after_commit
from staff.models import Letter, LetterKind, OneTimeLink, Person

log = logging.getLogger(__name__)

SEND = "staff.tasks.send_letters"
ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=30)
OF_USE = timedelta(days=1)  # how long a notice is worth sending
CODE = 10**6
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Opens:
    """What a letter lets its reader do: at which page, for how long, and whether also by a code of six digits."""

    page: str
    lasts: timedelta
    has_code: bool = False


OPENS: dict[str, Opens] = {
    LetterKind.INVITATION: Opens("password-link", timedelta(days=7)),
    LetterKind.RESET: Opens("password-link", timedelta(minutes=10), has_code=True),
    LetterKind.NEW_ADDRESS: Opens("email-link", timedelta(hours=1)),
}


@dataclass(frozen=True, slots=True)
class Hint:
    """Tells the worker that letters wait in an organisation. May get lost: the sweep comes every minute."""

    organisation: int

    def __call__(self) -> None:
        """Send it; a broker that is down or hangs costs about a second, never the request."""
        try:
            app.send_task(SEND, (self.organisation,), retry=False)
        except Exception:
            log.warning("The broker did not take a hint to send letters; the sweep will.", exc_info=True)


def write_letter(person: Person, kind: LetterKind, *, to: str = "", detail: str = "") -> None:
    """Write one letter, to the person's own address unless another is named; it leaves after the commit."""
    write_letters([person], kind, to=to, detail=detail)


def write_letters(
    people: Iterable[Person],
    kind: LetterKind,
    *,
    to: str = "",
    detail: str = "",
    at: Mapping[int, str] = MappingProxyType({}),
) -> None:
    """Write the same letter to many people; `at` names other addresses than their own, by the person's id."""
    now, opens = timezone.now(), OPENS.get(kind)
    until = now + (opens.lasts if opens else OF_USE)
    letters = (
        Letter(
            person=person,
            kind=kind,
            to=to or at.get(person.pk, person.email),
            detail=detail,
            created_at=now,
            due_at=now,
            expires_at=until,
        )
        for person in people
    )
    Letter.objects.bulk_create(tenancy.owned_in_bulk(letters), batch_size=BATCH)
    _hint_after_commit()


def send_waiting(organisation: int) -> int:
    """Send every letter that is due in one organisation; returns how many the mail server took."""
    if not settings.EMAIL_HOST:
        return 0  # they wait, as long as they are of use, for an installation that has a mail server
    sent = 0
    while letter := _claim(organisation):
        sent += _send(organisation, letter)
    return sent


def organisations_that_wait(now: datetime) -> list[int]:
    """Where letters are due."""
    return [pk for pk in tenancy.each_organisation() if _waits(pk, now)]


def good_link(raw: str, *, now: datetime) -> tuple[int, int] | None:
    """(organisation, id) of a one-time link that still opens something, by the text that its letter carries."""
    organisation = organisation_of_link(raw)
    if organisation is None:
        return None
    with tenancy.organisation(organisation):
        found = OneTimeLink.objects.good(now).filter(digest=digest_of(raw)).values_list("pk", flat=True).first()
    return (organisation, found) if found else None


def end_links(person: Person, *, now: datetime) -> None:
    """What was sent to somebody, or waits to be, opens nothing any more: their password or address is another."""
    end_links_of([person], now=now)


def end_links_of(people: Collection[Person], *, now: datetime) -> None:
    """The same for many people."""
    # The letters first: one that is being sent holds its row until its link is there to be ended too.
    Letter.objects.pending().filter(person__in=people, kind__in=OPENS).update(expires_at=now)
    OneTimeLink.objects.good(now).filter(person__in=people).update(expires_at=now)


def organisation_of_link(raw: str) -> int | None:
    """Where to look for a link; what is no link of ours names no organisation."""
    number, _, secret = raw.partition("-")
    return int(number) if secret and number.isascii() and number.isdigit() and len(number) < 19 else None


def digest_of(secret: str) -> str:
    """How a secret of a letter is kept: nobody finds it again without this installation's own key."""
    return salted_hmac("staff.letters", secret, algorithm="sha256").hexdigest()


def _waits(organisation: int, now: datetime) -> bool:
    with tenancy.organisation(organisation):
        return Letter.objects.due(now).exists()


def _claim(organisation: int) -> Letter | None:
    """The next letter, its due time moved: no lock is held while a mail server hangs, and a worker that dies in
    between leaves a letter that is sent again after its pause."""
    now = timezone.now()
    with tenancy.organisation(organisation):
        due = Letter.objects.due(now).order_by("due_at", "id").select_related("person", "person__organisation")
        letter = due.select_for_update(skip_locked=True, of=("self",)).first()
        if letter:
            letter.attempts += 1
            letter.due_at = now + FIRST_PAUSE * 4 ** (letter.attempts - 1)
            letter.save(update_fields=["attempts", "due_at"])
    return letter


def _send(organisation: int, letter: Letter) -> bool:
    error = ""
    try:
        opened = _opened(organisation, letter)
        if opened is None:
            return False
        link, code = opened
        words = {
            "letter": letter,
            "person": letter.person,
            "link": link,
            "code": code,
            "site": settings.SITE_URL,
            "base": settings.SITE_URL.rstrip("/"),
        }
        body = render_to_string(f"letters/{letter.kind}.txt", words)
        mail.send(letter.to, title=str(letter.get_kind_display()), body=body, identity=f"letter-{letter.pk}")
    except Exception as failure:
        # Its kind alone, no traceback: a mail server may repeat what it was given.
        error = type(failure).__name__
        log.error("Letter %s failed (%s of %s): %s", letter.pk, letter.attempts, ATTEMPTS, error)  # noqa: TRY400
    now = timezone.now()
    letter.last_error, letter.sent_at = error, None if error else now
    letter.dead_at = now if error and letter.attempts >= ATTEMPTS else None
    with tenancy.organisation(organisation):
        letter.save(update_fields=["last_error", "sent_at", "dead_at"])
    return not error


def _opened(organisation: int, letter: Letter) -> tuple[str, str] | None:
    """A fresh link and code, where the letter carries any; those of earlier letters for the same end open nothing.

    None where the letter has been ended since it was claimed.
    """
    opens = OPENS.get(letter.kind)
    if opens is None:
        return "", ""
    now, secret = timezone.now(), f"{organisation}-{secrets.token_urlsafe(32)}"
    code = f"{secrets.randbelow(CODE):06}" if opens.has_code else ""
    with tenancy.organisation(organisation):
        if not Letter.objects.select_for_update().filter(pk=letter.pk, expires_at__gt=now).exists():
            return None
        kinds = [kind for kind, other in OPENS.items() if other.page == opens.page]
        OneTimeLink.objects.good(now).filter(person=letter.person, letter__kind__in=kinds).update(expires_at=now)
        OneTimeLink.objects.create(
            letter=letter,
            person=letter.person,
            digest=digest_of(secret),
            code_digest=digest_of(code) if code else "",
            expires_at=now + opens.lasts,
        )
    return settings.SITE_URL.rstrip("/") + reverse(opens.page, args=[secret]), code


def _hint_after_commit() -> None:
    organisation = tenancy.current()
    if organisation is not None:
        once_after_commit(Hint(organisation))
