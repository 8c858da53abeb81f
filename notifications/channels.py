"""The ways in which a message reaches a person. In-app is the first: a row in the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage

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
    """Hand one e-mail to the mail server of EMAIL_URL; raises what the server answers.

    `identity` becomes the Message-ID: the same message sent again is recognised as such.
    """
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "localhost"
    headers = {"Message-ID": f"<{identity}@{domain}>", "Auto-Submitted": "auto-generated"}
    # A line break in a header would be another header.
    EmailMessage(" ".join(title.split()), body, to=[to], headers=headers).send()
