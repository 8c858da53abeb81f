"""Where counts are kept: the broker's Valkey, which drops nothing when it is full and remembers across a restart.

    traffic:frame:<n>       hash: process → what it counted in ten seconds, by route       kept for an hour
    traffic:hour:<h>        hash: minute:process → what it counted in that minute, in all  kept for KEPT_HOURS
    traffic:active:<org>    sorted set: person → when they last asked for something
    traffic:organisations   sorted set: organisation → when one of its people last asked
    traffic:processes       hash: process → since when it has been running, and when it last wrote
    traffic:call:<process>  list: somebody wants to read, so write now, and say so in
    traffic:answer:<call>   list: the processes that have written

A process writes each field whole, never as an increment: written twice it counts once, so after a time-out it is
simply written again.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

FRAME = 10  # seconds of a frame
KEPT_FRAMES = 3600 // FRAME
KEPT_HOURS = 4 * 24
ACTIVE_FOR = 15 * 60  # seconds for which somebody counts as active
SILENT_AFTER = 15  # seconds; a process that has written nothing for so long has ended
TIMEOUT = 0.5
PATIENCE = 0.25  # seconds that a reader waits for the last counts of the other processes
CALL_LASTS = 5  # seconds

ORGANISATIONS = "traffic:organisations"
PROCESSES = "traffic:processes"


class Unavailable(Exception):
    """The counts cannot be read at this moment: Valkey is away, hung or still loading."""


def frame_key(number: int) -> str:
    return f"traffic:frame:{number}"


def hour_key(number: int) -> str:
    return f"traffic:hour:{number}"


def active_key(organisation: int) -> str:
    return f"traffic:active:{organisation}"


def call_key(process: str) -> str:
    return f"traffic:call:{process}"


def answer_key(call: str) -> str:
    return f"traffic:answer:{call}"


def processes(now: float) -> dict[str, float]:
    """The processes that count at this moment, each with when it started."""
    found: Any = client().hgetall(PROCESSES)
    times = {process.decode(): tuple(map(float, value.split())) for process, value in found.items()}
    ended = [process for process, (_, wrote) in times.items() if now - wrote > SILENT_AFTER]
    if ended:
        client().hdel(PROCESSES, *ended)
    return {process: started for process, (started, _) in times.items() if process not in ended}


def client() -> redis.Redis:
    """The broker's Valkey, where everything here is kept."""
    return client_of(settings.BROKER_URL)


@cache
def client_of(url: str) -> redis.Redis:
    """A server's connections of this process; a round trip takes half a second at most, and is never tried twice."""
    return _connect(url, TIMEOUT)


@cache
def patient_client_of(url: str, seconds: float) -> redis.Redis:
    """Connections on which one may wait `seconds` for something to happen."""
    return _connect(url, seconds + TIMEOUT)


def _connect(url: str, timeout: float) -> redis.Redis:
    never = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=TIMEOUT, retry=never)
