"""From the outbox to people: claim waiting rows, deliver them, and set aside what cannot be delivered.

A batch is claimed, delivered and marked in one transaction. A worker that dies at any instant therefore leaves its
rows waiting, whole, and two workers never hold the same row.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from django.utils import timezone

from config import tenancy
from notifications import channels
from notifications.models import OutboxMessage

log = logging.getLogger(__name__)

BATCH = 200
ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Turn:
    """How many messages reached their person, and whether the time was over before the work was."""

    delivered: int
    is_cut_short: bool


def deliver_for(organisation: int, *, seconds: float) -> Turn:
    """Deliver what is due in one organisation until nothing is or the time is over; a batch is never cut."""
    delivered, until = 0, time.monotonic() + seconds
    while True:
        claimed, done = _deliver_batch(organisation)
        delivered += done
        # What failed is due later, so every round shortens the queue.
        if not claimed:
            return Turn(delivered, is_cut_short=False)
        if time.monotonic() >= until:
            return Turn(delivered, is_cut_short=True)


def deliver_waiting(organisation: int) -> int:
    """Deliver everything that is due in one organisation; returns how many messages reached their person."""
    return deliver_for(organisation, seconds=math.inf).delivered


def pause_after(attempts: int) -> timedelta:
    """How long a message rests after so many failures: 30 s, 2 min, 8 min, 32 min."""
    return FIRST_PAUSE * 4 ** (attempts - 1)


def _deliver_batch(organisation: int) -> tuple[int, int]:
    now = timezone.now()
    with tenancy.organisation(organisation):
        waiting = OutboxMessage.objects.waiting(now).order_by("due_at", "id")
        batch = list(waiting.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        timely = _hold_back_the_late(batch, now)
        try:
            _deliver(timely, now)
        except SoftTimeLimitExceeded:
            raise  # the worker's own clock, no fault of any message
        except Exception:
            log.warning("A batch of %s messages failed; delivering them one by one.", len(timely), exc_info=True)
            return len(batch), sum(_deliver_alone(message, now) for message in timely)
    return len(batch), len(timely)


def _hold_back_the_late(batch: Sequence[OutboxMessage], now: datetime) -> list[OutboxMessage]:
    """Close what helps nobody any more, with the reason in its row; returns the others."""
    late = [message for message in batch if message.is_too_late(now)]
    for message in late:
        message.expired_at = now
        message.last_error = f"Not delivered: it was of use until {message.expires_at:%Y-%m-%d %H:%M} UTC."
    if late:
        OutboxMessage.objects.bulk_update(late, ["expired_at", "last_error"])
    return [message for message in batch if not message.is_too_late(now)]


def _deliver(messages: Sequence[OutboxMessage], now: datetime) -> None:
    if not messages:
        return
    with transaction.atomic():
        channels.in_app(messages, now=now)
        OutboxMessage.objects.filter(pk__in=[message.pk for message in messages]).update(delivered_at=now)
        # Deferred foreign keys would speak at commit, too late to tell which message was at fault.
        connection.check_constraints()


def _deliver_alone(message: OutboxMessage, now: datetime) -> bool:
    try:
        _deliver([message], now)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        _set_aside(message, error, now)
        return False
    return True


def _set_aside(message: OutboxMessage, error: Exception, now: datetime) -> None:
    """Count the failure; the fifth makes the message a dead letter, which only `outbox --replay` revives."""
    message.attempts += 1
    message.last_error = f"{type(error).__name__}: {error}".split("\n")[0][:300]
    message.due_at = now + pause_after(message.attempts)
    message.dead_at = now if message.attempts >= ATTEMPTS else None
    message.save(update_fields=["attempts", "last_error", "due_at", "dead_at"])
    log.error("Message %s failed (%s of %s attempts): %s", message.pk, message.attempts, ATTEMPTS, type(error).__name__)
