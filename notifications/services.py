"""Telling people. `tell` writes to the outbox in the caller's transaction; the worker delivers after commit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from config import tenancy
from config.caching import touch
from config.errors import Forbidden
from config.jobs import once_after_commit
from notifications.kinds import Kind
from notifications.models import Notification, OutboxMessage
from notifications.tasks import hint
from staff.models import Person

KEY, TITLE, BODY = 120, 160, 500

WRITE = """
INSERT INTO notifications_outboxmessage
    (person_id, kind, key, title, body, url, expires_at, created_at, due_at, attempts, last_error)
SELECT person_id, kind, key, title, body, url, expires_at, %s, %s, 0, ''
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
    AS message (person_id, kind, key, title, body, url, expires_at)
ON CONFLICT (organisation_id, key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell one person. `key` names the fact within the organisation: told once, however often said.

    After `expires_at` it is not delivered any more.
    """

    person_id: int
    kind: Kind
    key: str
    title: str
    body: str = ""
    url: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """Tells the worker that an organisation's outbox has something. May get lost: the sweep comes every minute."""

    organisation: int

    def __call__(self) -> None:
        """Send it; a broker that is down or hangs costs about a second and a line in the log, never the request."""
        hint(self.organisation)


def tell(messages: Iterable[Message]) -> int:
    """Write messages to the outbox, all or none with the caller's transaction; returns how many are new.

    One hint goes to the worker after commit, however many calls the transaction makes.
    """
    # In one order everywhere, so that two transactions with the same keys wait for each other, not in a circle.
    rows = sorted(messages, key=lambda message: message.key)
    if not rows:
        return 0
    now = timezone.now()
    columns: list[list[Any]] = [
        [row.person_id for row in rows],
        [str(row.kind) for row in rows],
        [fitting(row.key) for row in rows],
        # A long note must not stop a roster from being published.
        [clipped(row.title, TITLE) for row in rows],
        [clipped(row.body, BODY) for row in rows],
        [row.url for row in rows],
        [row.expires_at for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [now, now, *columns])
        written = cursor.rowcount
    if written:
        _hint_after_commit()
    return written


def tell_one(person_id: int, kind: str, *, key: str, title: str, body: str = "", url: str = "") -> None:
    """`tell` for the app below this one, which knows it by its name in the settings alone."""
    tell([Message(person_id, Kind(kind), key, title, body, url)])


def mark_read(notification: Notification, *, by: Person) -> None:
    """Note that the person has seen it; the first time counts."""
    _own(notification, by)
    Notification.objects.unread().filter(pk=notification.pk).update(read_at=timezone.now())
    touch("notifications.Notification", person_id=[by.pk])


def mark_all_read(person: Person) -> int:
    """Note that the person has seen everything so far; returns how many were unread."""
    touch("notifications.Notification", person_id=[person.pk])
    return Notification.objects.visible_to(person).unread().update(read_at=timezone.now())


def discard(notification: Notification, *, by: Person) -> None:
    """Take a notification out of the person's inbox; the outbox keeps that it was told."""
    _own(notification, by)
    notification.delete()


def replay_dead() -> int:
    """Give the current organisation's dead letters five fresh attempts; returns how many."""
    now = timezone.now()
    revived = OutboxMessage.objects.dead().update(dead_at=None, attempts=0, due_at=now)
    if revived:
        _hint_after_commit()
    return revived


def clipped(text: str, length: int) -> str:
    """The text, cut with an ellipsis where it would not fit its column."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def fitting(key: str) -> str:
    """The key, or where it would not fit its column its beginning and a digest of the whole: the same every time."""
    if len(key) <= KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: KEY - len(digest) - 1]}#{digest}"


def _own(notification: Notification, person: Person) -> None:
    if notification.person_id != person.pk:
        raise Forbidden("This notification is somebody else's.")


def _hint_after_commit() -> None:
    organisation = tenancy.current()
    if organisation is not None:
        once_after_commit(Hint(organisation))
