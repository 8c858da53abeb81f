"""RETENTION: what is kept for how long. Applied monthly; the days are settings (KEEP_DAYS)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from config.jobs import in_each_organisation
from monitoring.models import Alert, JobRun
from monitoring.services.batches import delete_in_batches
from monitoring.services.upkeep import each_part
from notifications.models import Notification, OutboxMessage
from staff.models import Letter, Session


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of one kind that are older than a moment; of each organisation, or of the installation."""

    older_than: Callable[[datetime], QuerySet[Any]]
    is_owned: bool = True


# By the names of KEEP_DAYS. Expired sessions and given answers go every night, with the upkeep.
RETENTION: dict[str, Kept] = {
    "notifications": Kept(Notification.objects.older_than),
    "deliveries": Kept(OutboxMessage.objects.closed_before),
    "job_runs": Kept(JobRun.objects.ended_before, is_owned=False),
    "sessions": Kept(Session.objects.over_before),
    # With the one-time links in them.
    "letters": Kept(Letter.objects.older_than),
    # With the messages that were sent about them.
    "alerts": Kept(Alert.objects.closed_before, is_owned=False),
}


def apply_retention(now: datetime) -> str:
    """Delete what is older than its days, in batches, and say how many of each kind."""
    return each_part({name: partial(_apply, name, now) for name in RETENTION})


def _apply(name: str, now: datetime) -> int:
    kept, before = RETENTION[name], now - timedelta(days=settings.KEEP_DAYS[name])
    if not kept.is_owned:
        return delete_in_batches(lambda: kept.older_than(before))
    return in_each_organisation(lambda pk: delete_in_batches(lambda: kept.older_than(before), organisation=pk))
