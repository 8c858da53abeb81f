"""The watchman: in every web process, a look whether anybody still evaluates the alerts; if not, it does.

Beat sends the evaluation and a worker runs it, so with either of them dead the one alert that matters would never
come. Web processes are the last to go. Several at once do no harm: each rule is locked while it is judged.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from config.outages import is_outage
from monitoring.heartbeats import beat_silence
from monitoring.models import AlertRule
from monitoring.services.evaluation import evaluate
from monitoring.services.messages import deliver_messages

log = logging.getLogger(__name__)

EVERY = 15.0  # seconds between two looks
LATE = timedelta(seconds=75)  # a minute's evaluation that has not come by then is not coming
IN_NEED = timedelta(seconds=25)  # once the beat is known to be silent, nobody waits for it
SILENT = 60.0  # seconds without a sign of the beat


def start() -> None:
    """Begin to look; called once in each web process (config/wsgi.py)."""
    threading.Thread(target=_keep_looking, args=(timezone.now(),), name="watchman", daemon=True).start()


def look(now: datetime, since: datetime) -> bool:
    """Evaluate and send what is due if nobody else has for too long; whether it did.

    `since` is when this process started: where nothing was ever evaluated, beat and worker have as long from then.
    """
    last = AlertRule.objects.aggregate(last=Max("evaluated_at"))["last"] or since
    silence = beat_silence(now)
    if now - last < (IN_NEED if silence is not None and silence > SILENT else LATE):
        return False
    log.warning("Nobody has evaluated the alerts since %s; this web process does.", last.isoformat())
    evaluate(now)
    deliver_messages()
    return True


def _keep_looking(since: datetime) -> None:
    while True:
        try:
            look(timezone.now(), since)
        except Exception as error:
            # An outage of the database tells itself, in every answer; anything else needs its traceback.
            log.warning(
                "The watchman could not look; it tries again in %s s.",
                EVERY,
                exc_info=None if is_outage(error) else error,
            )
        finally:
            # A thread of its own keeps no connection of the application's few.
            connection.close()
        time.sleep(EVERY)
