"""Handing one e-mail to the mail server."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage


def send(to: str, *, title: str, body: str, identity: str) -> None:
    """Hand one e-mail to the mail server of EMAIL_URL; raises what the server answers.

    `identity` becomes the Message-ID: the same message sent again is recognised as such.
    """
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "localhost"
    headers = {"Message-ID": f"<{identity}@{domain}>", "Auto-Submitted": "auto-generated"}
    # A line break in a header would be another header.
    EmailMessage(" ".join(title.split()), body, to=[to], headers=headers).send()
