"""What the worker does for notifications: deliver on a hint, and sweep up what a lost hint left waiting."""

from __future__ import annotations

import logging

from django.utils import timezone

from config.celery import app
from notifications.delivery import deliver_for
from notifications.selectors import organisations_that_wait

log = logging.getLogger(__name__)

# Seconds that one task delivers before others of its queues have their turn: an announcement to 10,000 people must
# not stand before anybody's shift reminder.
TURN = 2.0


@app.task(name="notifications.tasks.deliver_outbox")
def deliver_outbox(organisation_id: int) -> int:
    """Deliver what waits in one organisation, for one turn; sent as a hint after the fact's commit."""
    turn = deliver_for(organisation_id, seconds=TURN)
    if turn.is_cut_short:
        hint(organisation_id)
    return turn.delivered


@app.task(name="notifications.tasks.sweep_outbox")
def sweep_outbox() -> int:
    """Send the hints that got lost: to every organisation where something waits; returns how many."""
    waiting = organisations_that_wait(timezone.now())
    return sum(hint(organisation) for organisation in waiting)


def hint(organisation: int) -> bool:
    """Tell a worker that something waits there; a broker that is down or hangs costs about a second, never more."""
    try:
        deliver_outbox.apply_async((organisation,), retry=False)
    except Exception:
        log.warning("The broker did not take a delivery hint; the sweep will deliver.", exc_info=True)
        return False
    return True
