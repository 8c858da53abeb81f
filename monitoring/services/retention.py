"""RETENTION: what is kept for how long. Applied monthly; the days are settings (KEEP_DAYS)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from config import tenancy
from config.jobs import in_each_organisation
from monitoring.models import Alert, AlertMessage, JobRun
from monitoring.services.batches import delete_in_batches
from monitoring.services.upkeep import each_part
from notifications.models import Notification, OutboxMessage
from staff.models import Letter, SecurityEvent, Session, Visit
from staff.services import audit
from staff.services.drafts import forget_stale
from staff.services.erasing import erase_who_left_before

OlderThan = Callable[[datetime], QuerySet[Any]]
Farewell = Callable[[datetime], int]


def _of_each_organisation(older_than: OlderThan) -> Farewell:
    def delete(before: datetime) -> int:
        return in_each_organisation(lambda pk: delete_in_batches(lambda: older_than(before), organisation=pk))

    return delete


def _of_the_installation(older_than: OlderThan) -> Farewell:
    return lambda before: delete_in_batches(lambda: older_than(before))


def _alerts(before: datetime) -> int:
    """With the messages that were sent about them, and those that were sent about no alert."""
    gone = delete_in_batches(lambda: AlertMessage.objects.alone_before(before))
    return gone + delete_in_batches(lambda: Alert.objects.closed_before(before))


def _audit_log(before: datetime) -> int:
    """Whole links of each chain, by the database itself: the application may not delete an entry."""

    return _until_nothing_goes(lambda: audit.forget_before(before))


def _hiring_drafts(before: datetime) -> int:
    """With the files that were handed in for them."""
    return in_each_organisation(lambda pk: forget_stale(pk, before))


def _leavers(before: datetime) -> int:
    """People who left before then are erased: what the law asks for stays, and names nobody."""

    return _until_nothing_goes(lambda: erase_who_left_before(before.date()))


def _until_nothing_goes(forget_some: Callable[[], int]) -> int:
    """In each organisation, each time in a transaction of its own."""

    def forget(organisation: int) -> int:
        gone = 0
        while True:
            with tenancy.organisation(organisation):
                some = forget_some()
            gone += some
            if not some:
                return gone

    return in_each_organisation(forget)


# By the names of KEEP_DAYS. Expired sessions and given answers go every night, with the upkeep.
RETENTION: dict[str, Farewell] = {
    "notifications": _of_each_organisation(Notification.objects.older_than),
    "deliveries": _of_each_organisation(OutboxMessage.objects.closed_before),
    "job_runs": _of_the_installation(JobRun.objects.ended_before),
    "sessions": _of_each_organisation(Session.objects.over_before),
    # With the one-time links in them.
    "letters": _of_each_organisation(Letter.objects.older_than),
    "security_events": _of_each_organisation(SecurityEvent.objects.older_than),
    # They name an operator, whose row belongs to another organisation and cannot take its name along.
    "visits": _of_each_organisation(Visit.objects.older_than),
    "alerts": _alerts,
    "hiring_drafts": _hiring_drafts,
    "leavers": _leavers,
    "audit": _audit_log,
}


def apply_retention(now: datetime) -> str:
    """Delete what is older than its days, in batches, and say how many of each kind."""
    return each_part({name: partial(_apply, name, now) for name in RETENTION})


def _apply(name: str, now: datetime) -> int:
    return RETENTION[name](now - timedelta(days=settings.KEEP_DAYS[name]))
