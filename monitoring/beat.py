"""The beat: asks PostgreSQL every second which ticks are due, and sends those that nobody has sent yet."""

from __future__ import annotations

import logging
import os
import socket
from datetime import datetime, timedelta
from typing import Any

from celery.beat import Scheduler
from django.db import connection
from django.utils import timezone

from monitoring import services
from monitoring.heartbeats import BEAT
from monitoring.services.alive import EVERY

log = logging.getLogger(__name__)

# Seconds between two looks, and after one that failed: a broker that hangs costs a second each time.
LOOK, REST = 1.0, 5.0
SIGN = timedelta(seconds=10)


class ClaimingScheduler(Scheduler):
    """Celery's beat on our own table: any number of them may run, each tick is sent once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.by = f"{socket.gethostname()} ({os.getpid()})"
        self.is_kept = False
        self.next_sign = self.next_question = datetime.min.replace(tzinfo=timezone.now().tzinfo)
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Nothing is read before the first tick: a database that is down must not end the beat."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; returns how many seconds to wait before the next look."""
        try:
            self._look(timezone.now())
        except Exception:
            # Whatever is away comes back; the next look finds what this one could not send.
            log.warning("The beat could not do its work; it tries again in %s s.", REST, exc_info=True)
            connection.close_if_unusable_or_obsolete()
            return REST
        return LOOK

    def _look(self, now: datetime) -> None:
        if not self.is_kept:
            services.keep_schedule(now)
            self.is_kept = True
        if now >= self.next_sign:
            services.heard_of(BEAT, by=self.by, at=now)
            self.next_sign = now + SIGN
        services.send_due(now)
        if now >= self.next_question:
            services.ask_every_queue()
            self.next_question = now + timedelta(seconds=EVERY)
