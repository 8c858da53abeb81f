"""Plain functions that put notifications into inboxes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from config import tenancy
from notifications.kinds import Kind
from notifications.models import Notification
from staff.models import Person


def notify(person: Person, title: str = "Something happened", **fields: Any) -> Notification:
    """A notification in the person's inbox, in their own organisation."""
    now: datetime = timezone.now()
    fields = {"kind": Kind.GENERAL, "url": "/schedule/", "created_at": now, **fields}
    with tenancy.organisation(person.organisation_id):
        return Notification.objects.create(person=person, title=title, **fields)


def reload(notification: Notification) -> Notification | None:
    """The row as it stands now, or None."""
    with tenancy.organisation(notification.person.organisation_id):
        return Notification.objects.filter(pk=notification.pk).first()
