"""From the installation's outbox to mail server and webhook: claim one, send it, note how it went.

A message is claimed by moving its due time, committed before anything is sent. So no lock is held while a mail server
hangs, and a worker that dies in between leaves a message that is sent again after its pause: told twice is better
than not told. The message's id stays the same, by which mail programs and receivers know the second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config.celery import app
from monitoring.models import AlertMessage
from notifications import channels, webhooks
from notifications.delivery import ATTEMPTS, pause_after

log = logging.getLogger(__name__)

DELIVER = "monitoring.tasks.deliver_alerts"
ERROR = 300


def hint_if_due(now: datetime) -> None:
    """Ask a worker to send what waits. The hint may get lost: the next evaluation gives it again."""
    if AlertMessage.objects.due(now).exists():
        transaction.on_commit(_hint)


def _hint() -> None:
    try:
        app.send_task(DELIVER, retry=False)
    except Exception:
        log.warning("The broker did not take the hint to send alerts; the next minute gives it again.", exc_info=True)


def deliver_messages() -> int:
    """Send everything that is due; returns how many arrived."""
    delivered = 0
    while message := _claim(timezone.now()):
        delivered += _send(message)
    return delivered


@transaction.atomic
def _claim(now: datetime) -> AlertMessage | None:
    message = AlertMessage.objects.due(now).order_by("due_at", "id").select_for_update(skip_locked=True).first()
    if message:
        message.attempts += 1
        message.due_at = now + pause_after(message.attempts)
        message.save(update_fields=["attempts", "due_at"])
    return message


def _send(message: AlertMessage) -> bool:
    try:
        SENDERS[message.channel](message)
    except Exception as error:
        _note_failure(message, error)
        return False
    message.delivered_at, message.last_error = timezone.now(), ""
    message.save(update_fields=["delivered_at", "last_error"])
    return True


def _note_failure(message: AlertMessage, error: Exception) -> None:
    message.last_error = f"{type(error).__name__}: {error}".split("\n")[0][:ERROR]
    message.dead_at = timezone.now() if message.attempts >= ATTEMPTS else None
    message.save(update_fields=["last_error", "dead_at"])
    log.error("Alert message %s failed (%s of %s): %s", message.pk, message.attempts, ATTEMPTS, message.last_error)


def _email(message: AlertMessage) -> None:
    channels.email(message.recipient, title=message.title, body=message.body, identity=_identity(message))


def _webhook(message: AlertMessage) -> None:
    webhooks.post(settings.ALERT_WEBHOOK_URL, message.payload, identity=_identity(message))


def _identity(message: AlertMessage) -> str:
    return f"alert-{message.alert_id or 'none'}-{message.event}-{message.pk}"


SENDERS: dict[str, Callable[[AlertMessage], None]] = {
    AlertMessage.Channel.EMAIL: _email,
    AlertMessage.Channel.WEBHOOK: _webhook,
}
