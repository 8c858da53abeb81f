"""From the outbox to people: claim waiting rows, deliver them, and set aside what cannot be delivered.

A batch is claimed, delivered and marked in one transaction. A worker that dies at any instant therefore leaves its
rows waiting, whole, and two workers never hold the same row.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from config import tenancy
from notifications import channels
from notifications.models import OutboxMessage

log = logging.getLogger(__name__)

BATCH = 200
ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=30)


def deliver_waiting(organisation: int) -> int:
    """Deliver everything that is due in one organisation; returns how many messages reached their person."""
    delivered = 0
    while True:
        claimed, done = _deliver_batch(organisation)
        delivered += done
        # What failed is due later, so every round shortens the queue.
        if not claimed:
            return delivered


def pause_after(attempts: int) -> timedelta:
    """How long a message rests after so many failures: 30 s, 2 min, 8 min, 32 min."""
    return FIRST_PAUSE * 4 ** (attempts - 1)


def _deliver_batch(organisation: int) -> tuple[int, int]:
    now = timezone.now()
    with tenancy.organisation(organisation):
        waiting = OutboxMessage.objects.waiting(now).order_by("due_at", "id")
        batch = list(waiting.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        if not batch:
            return 0, 0
        try:
            _deliver(batch, now)
        except Exception:
            log.warning("A batch of %s messages failed; delivering them one by one.", len(batch), exc_info=True)
            return len(batch), sum(_deliver_alone(message, now) for message in batch)
    return len(batch), len(batch)


def _deliver(messages: Sequence[OutboxMessage], now: datetime) -> None:
    with transaction.atomic():
        channels.in_app(messages, now=now)
        OutboxMessage.objects.filter(pk__in=[message.pk for message in messages]).update(delivered_at=now)
        # Deferred foreign keys would speak at commit, too late to tell which message was at fault.
        connection.check_constraints()


def _deliver_alone(message: OutboxMessage, now: datetime) -> bool:
    try:
        _deliver([message], now)
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
