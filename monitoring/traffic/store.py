"""Where counts are kept: the broker's Valkey, which drops nothing when it is full and remembers across a restart.

    traffic:frame:<n>       hash: process → what it counted in ten seconds, by route       kept for an hour
    traffic:hour:<h>        hash: minute:process → what it counted in that minute, in all  kept for KEPT_HOURS
    traffic:active:<org>    sorted set: person → when they last asked for something
    traffic:organisations   sorted set: organisation → when one of its people last asked
    traffic:processes       hash: process → since when it has been running, and when it last wrote

A process writes each field whole, never as an increment: written twice it counts once, so after a time-out it is
simply written again.
"""

from __future__ import annotations

from functools import cache

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


def client() -> redis.Redis:
    """The connection of this process; a round trip on it takes half a second at most, and is never tried twice."""
    return _client(settings.BROKER_URL)


@cache
def _client(url: str) -> redis.Redis:
    never = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=never)
