"""Calling the installation's webhook about something that is no alert: apps below know this by the settings alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.utils import timezone

from monitoring.models import AlertMessage
from monitoring.services.messages import hint_if_due


def call_webhook(*, event: str, title: str, payload: Mapping[str, Any], where: str) -> None:
    """Write the call, all or nothing with the caller's transaction; it is sent after the commit, and again until it
    arrives. Without ALERT_WEBHOOK_URL nothing is. `where` is a path of this site."""
    if not settings.ALERT_WEBHOOK_URL:
        return
    now = timezone.now()
    url = urljoin(settings.SITE_URL, where)
    AlertMessage.objects.create(
        event=event,
        channel=AlertMessage.Channel.WEBHOOK,
        title=title[:200],
        body=url,
        payload={"text": title, "event": event, **payload, "at": now.isoformat(), "url": url},
        created_at=now,
        due_at=now,
    )
    hint_if_due(now)
