"""traffic() and minutes(): what all processes counted, added up for a window of time."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import redis

from monitoring.traffic import counting, store
from monitoring.traffic.tally import Tally

MOST_SECONDS = (store.KEPT_HOURS - 1) * 3600
LONGEST_BY_ROUTE = store.KEPT_FRAMES * store.FRAME  # beyond an hour only sums of minutes are kept


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route's pattern and what was asked of it."""

    route: str
    requests: int
    errors: int
    average_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was asked and how it was answered in a window of time, over all web processes.

    `errors` are 5xx, `refusals` 4xx; rates are percent, `hit_rate` is None without look-ups. Percentiles are at most
    2.5 % off. `endpoints` are the most asked first, and empty for windows over an hour. `uptime` is seconds since the
    oldest of the running web processes started.
    """

    seconds: int
    uptime: float
    requests: int
    errors: int
    refusals: int
    error_rate: float
    average_ms: float
    min_ms: float
    max_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    per_second: float
    cache_hits: int
    cache_misses: int
    cache_bypasses: int
    hit_rate: float | None
    active_users: int
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of the past, for charts; a minute in which nothing was asked has no times."""

    starts: datetime
    requests: int
    errors: int
    refusals: int
    average_ms: float | None
    p95_ms: float | None
    cache_hits: int
    cache_misses: int


def traffic(seconds: int = 300, *, organisation: int | None = None) -> Traffic:
    """The last `seconds` (to the nearest ten; to the minute beyond an hour). Raises Unavailable.

    `organisation` narrows the active users to one organisation's; everything else is the installation's.
    """
    now = time.time()
    try:
        counting.written_by_all()
        packs = _frames(now, seconds) if seconds <= LONGEST_BY_ROUTE else _minutes(now, seconds)
        active = _active(now, organisation)
        uptime = _uptime(now)
    except redis.RedisError as error:
        raise store.Unavailable(str(error)) from error
    return _traffic(packs, seconds=seconds, active=active, uptime=uptime)


def minutes(hours: int = 24) -> list[Minute]:
    """Every minute of the last `hours`, oldest first, the present one included. Raises Unavailable."""
    now = int(time.time()) // 60
    try:
        counting.written_by_all()
        packs = _hours(now - hours * 60, now)
    except redis.RedisError as error:
        raise store.Unavailable(str(error)) from error
    return [_minute(number, packs.get(number, [])) for number in range(now - hours * 60, now + 1)]


def _frames(now: float, seconds: int) -> list[dict[str, Any]]:
    last = int(now) // store.FRAME
    pipeline = store.client().pipeline(transaction=False)
    for number in range(last - max(seconds // store.FRAME, 1) + 1, last + 1):
        pipeline.hvals(store.frame_key(number))
    return [orjson.loads(pack) for packs in pipeline.execute() for pack in packs]


def _minutes(now: float, seconds: int) -> list[dict[str, Any]]:
    last = int(now) // 60
    by_minute = _hours(last - seconds // 60 + 1, last)
    return [pack for packs in by_minute.values() for pack in packs]


def _hours(first: int, last: int) -> dict[int, list[dict[str, Any]]]:
    """What was counted from the first minute to the last, by minute."""
    pipeline = store.client().pipeline(transaction=False)
    for hour in range(first // 60, last // 60 + 1):
        pipeline.hgetall(store.hour_key(hour))
    found: dict[int, list[dict[str, Any]]] = {}
    for fields in pipeline.execute():
        for name, pack in fields.items():
            minute = int(name.partition(b":")[0])
            if first <= minute <= last:
                found.setdefault(minute, []).append(orjson.loads(pack))
    return found


def _active(now: float, organisation: int | None) -> int:
    client, since = store.client(), now - store.ACTIVE_FOR
    known: list[Any] = [organisation] if organisation else client.zrange(store.ORGANISATIONS, 0, -1)
    pipeline = client.pipeline(transaction=False)
    for pk in known:
        pipeline.zcount(store.active_key(int(pk)), since, "+inf")
    return sum(pipeline.execute())


def _uptime(now: float) -> float:
    return now - min(store.processes(now).values(), default=now)


def _traffic(packs: Iterable[dict[str, Any]], *, seconds: int, active: int, uptime: float) -> Traffic:
    total, routes, (hits, misses, bypasses) = _summed(packs)
    return Traffic(
        seconds=seconds,
        uptime=round(uptime, 1),
        requests=total.requests,
        errors=total.errors,
        refusals=total.refusals,
        error_rate=_percent(total.errors, total.requests) or 0.0,
        average_ms=_ms(total.average),
        min_ms=_ms(total.fastest) if total.requests else 0.0,
        max_ms=_ms(total.slowest),
        p50_ms=_ms(total.percentile(0.50)),
        p95_ms=_ms(total.percentile(0.95)),
        p99_ms=_ms(total.percentile(0.99)),
        per_second=round(total.requests / seconds, 3),
        cache_hits=hits,
        cache_misses=misses,
        cache_bypasses=bypasses,
        hit_rate=_percent(hits, hits + misses),
        active_users=active,
        endpoints=_endpoints(routes),
    )


def _summed(packs: Iterable[dict[str, Any]]) -> tuple[Tally, dict[str, Tally], list[int]]:
    """Everything in one tally, the routes in one each, and the cache's hits, misses and bypasses."""
    total, cache = Tally(), [0, 0, 0]
    routes: dict[str, Tally] = {}
    for pack in packs:
        for route, packed in pack.get("routes", {}).items():
            if route not in routes:
                routes[route] = Tally()
            routes[route].absorb(packed)
        if "all" in pack:
            total.absorb(pack["all"])
        cache = [sum(pair) for pair in zip(cache, pack["cache"], strict=True)]
    total.add(Tally.of(routes.values()))
    return total, routes, cache


def _endpoints(routes: dict[str, Tally]) -> tuple[Endpoint, ...]:
    most_asked = sorted(routes.items(), key=lambda item: (-item[1].requests, item[0]))
    return tuple(
        Endpoint(route, tally.requests, tally.errors, _ms(tally.average), _ms(tally.percentile(0.95)))
        for route, tally in most_asked
    )


def _minute(number: int, packs: Iterable[dict[str, Any]]) -> Minute:
    packs, total = list(packs), Tally()
    for pack in packs:
        total.absorb(pack["all"])
    return Minute(
        starts=datetime.fromtimestamp(number * 60, UTC),
        requests=total.requests,
        errors=total.errors,
        refusals=total.refusals,
        average_ms=_ms(total.average) if total.requests else None,
        p95_ms=_ms(total.percentile(0.95)) if total.requests else None,
        cache_hits=sum(pack["cache"][0] for pack in packs),
        cache_misses=sum(pack["cache"][1] for pack in packs),
    )


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 3) if whole else None


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
