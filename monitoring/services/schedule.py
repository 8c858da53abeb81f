"""Sending the jobs of SCHEDULE at their ticks, each once, and changing when they come."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from django.db import transaction
from django.db.models import Q
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from config.celery import SCHEDULE, app
from config.errors import Refused
from config.timetable import Timetable, timetable
from monitoring.models import ScheduledJob

log = logging.getLogger(__name__)

# Two machines' clocks may differ by this much. What lies further ahead was written by a clock that was wrong.
SKEW = timedelta(minutes=1)
# A message that waited until the next tick is stale: the next one does its work.
STALE_BEFORE, SHORTEST = timedelta(seconds=5), timedelta(seconds=5)


def keep_schedule(now: datetime) -> None:
    """Bring the table in line with SCHEDULE: a job that is new there counts from now, one that is gone goes."""
    known = {name: ScheduledJob(name=name, last_tick=now, counts_from=now) for name in SCHEDULE}
    ScheduledJob.objects.bulk_create(known.values(), ignore_conflicts=True)
    ScheduledJob.objects.exclude(name__in=SCHEDULE).delete()


def send_due(now: datetime) -> list[str]:
    """Send every enabled job whose latest tick nobody has sent yet; returns their names.

    Only the latest: after an outage a daily job is caught up once, and of a minute's job only the present minute.
    Raises what the broker raises; the tick is then nobody's again.
    """
    return [job.name for job in ScheduledJob.objects.filter(is_enabled=True) if _send_if_due(job, now)]


def send_now(name: str) -> UUID:
    """Send a job at once, besides its ticks; returns the run's id. Refused where the broker takes nothing."""
    task_id = uuid4()
    try:
        app.send_task(SCHEDULE[name].task, task_id=str(task_id), retry=False)
    except (OperationalError, RedisError, OSError) as error:
        raise Refused("The broker does not answer, so nothing was sent; `manage.py doctor` says more.") from error
    return task_id


def change_schedule(job: ScheduledJob, *, is_enabled: bool, when: str, now: datetime) -> ScheduledJob:
    """Enable or disable a job, or give it another time. Refused for a time that is none."""
    when = " ".join(when.split())
    try:
        timetable(when or SCHEDULE[job.name].when)
    except ValueError as error:
        raise Refused(str(error), fields={"when": str(error)}) from error
    # Ticks before this moment belong to the old time: nobody sends them now, nobody misses them.
    changes = {"is_enabled": is_enabled, "when": when, "last_tick": now, "counts_from": now}
    ScheduledJob.objects.filter(pk=job.pk).update(**changes)
    for field, value in changes.items():
        setattr(job, field, value)
    return job


def times_of(job: ScheduledJob) -> Timetable:
    """When the job comes in this installation."""
    return timetable(job.when or SCHEDULE[job.name].when)


def _send_if_due(job: ScheduledJob, now: datetime) -> bool:
    if job.name not in SCHEDULE:
        return False  # a newer version's beat has written it
    tick = times_of(job).latest(now)
    if job.last_tick >= tick and job.last_tick <= now + SKEW:
        return False
    # Claimed and sent in one transaction: where the broker does not take it, the claim is given back.
    with transaction.atomic():
        unclaimed = Q(last_tick__lt=tick) | Q(last_tick__gt=now + SKEW)
        if not ScheduledJob.objects.filter(unclaimed, pk=job.pk, is_enabled=True).update(last_tick=tick):
            return False
        _send(job, tick, now)
    return True


def _send(job: ScheduledJob, tick: datetime, now: datetime) -> None:
    fresh_for = max(times_of(job).following(now) - now - STALE_BEFORE, SHORTEST)
    app.send_task(
        SCHEDULE[job.name].task,
        # The tick's own id: should a message come twice nevertheless, the worker runs it once.
        task_id=str(uuid5(NAMESPACE_URL, f"tick:{job.name}:{tick.isoformat()}")),
        expires=fresh_for.total_seconds(),
        retry=False,
    )
    log.info("Sent %s for its tick of %s.", job.name, tick.isoformat())
