"""The ways in which a message reaches a person. In-app is the first: a row in the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from config import mail
from config.caching import touch
from notifications.models import Notification, OutboxMessage


def in_app(messages: Sequence[OutboxMessage], *, now: datetime) -> None:
    """Put messages into their people's inboxes.

    A message that is there already stays one: the key on `message` refuses the second.
    """
    rows = [
        Notification(
            person_id=message.person_id,
            message=message,
            kind=message.kind,
            title=message.title,
            body=message.body,
            url=message.url,
            created_at=now,
        )
        for message in messages
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    touch("notifications.Notification", person_id={message.person_id for message in messages})


def email(to: str, *, title: str, body: str, identity: str) -> None:
    """Hand one e-mail to the mail server; raises what the server answers."""
    mail.send(to, title=title, body=body, identity=identity)
