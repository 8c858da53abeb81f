"""How well the copies serve: hits, misses and bypasses of every entry over the last day, and the server's own figures.

Counted in the process and sent along every second, so that counting costs no round trip of its own; what a process
counted in its last second is lost with it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from config.caching import server
from config.caching.entries import ENTRIES

HOURS, EVERY = 24, 1.0
OUTCOMES = ("HIT", "MISS", "BYPASS")
LIMITS = "limits"  # requests that no limit could count stand beside the entries, under this name

_lock = threading.Lock()
_counted: Counter[tuple[str, str]] = Counter()
_sent_at = time.monotonic()


@dataclass(frozen=True, slots=True)
class EntryFigures:
    """One entry over the last day. `hit_rate` is in percent of what the server was asked, None if it was not."""

    name: str
    row: str
    ttl: int
    hits: int
    misses: int
    bypasses: int

    @property
    def hit_rate(self) -> float | None:
        return _rate(self.hits, self.misses)


@dataclass(frozen=True, slots=True)
class Figures:
    """The cache as a whole. What only the server knows is None while it does not answer."""

    connected: bool
    breaker: str
    version: str | None
    keys: int | None
    memory_bytes: int | None
    limits_bypassed: int
    entries: tuple[EntryFigures, ...]

    @property
    def hits(self) -> int:
        return sum(entry.hits for entry in self.entries)

    @property
    def misses(self) -> int:
        return sum(entry.misses for entry in self.entries)

    @property
    def bypasses(self) -> int:
        return sum(entry.bypasses for entry in self.entries)

    @property
    def hit_rate(self) -> float | None:
        return _rate(self.hits, self.misses)


def count(entry: str, outcome: str) -> None:
    """Count what became of one look-up, in this process."""
    global _sent_at
    now = time.monotonic()
    with _lock:
        _counted[entry, outcome] += 1
        if now - _sent_at < EVERY or outcome == "BYPASS":
            return
        _sent_at = now
    send()


def send() -> None:
    """Add this process's counts to the server's; they are kept for later where it does not answer."""
    with _lock:
        batch = Counter(_counted)
        _counted.clear()
    if not batch:
        return
    try:
        server.ask(lambda client: _add(client, batch))
    except server.Unavailable:
        with _lock:
            _counted.update(batch)


def figures() -> Figures:
    """How the copies serve now."""
    send()
    sums: Counter[tuple[str, str]] = Counter()
    info: dict[str, Any] = {}
    keys = None
    with suppress(server.Unavailable):
        hours, info, keys = server.ask(_read)
        for hour in hours:
            sums.update({_pair(field): int(number) for field, number in hour.items()})
    return Figures(
        connected=keys is not None,
        breaker=server.breaker.state,
        version=info.get("valkey_version") or info.get("redis_version"),
        keys=keys,
        memory_bytes=info.get("used_memory"),
        limits_bypassed=sums[LIMITS, "BYPASS"],
        entries=tuple(
            EntryFigures(name, entry.row, entry.ttl(name), *(sums[name, outcome] for outcome in OUTCOMES))
            for name, entry in ENTRIES.items()
        ),
    )


def _add(client: Any, batch: Counter[tuple[str, str]]) -> None:
    key = _key(_hour())
    with client.pipeline(transaction=False) as pipe:
        for (entry, outcome), number in batch.items():
            pipe.hincrby(key, f"{entry}:{outcome}", number)
        pipe.expire(key, (HOURS + 1) * 3600)
        pipe.execute()


def _read(client: Any) -> tuple[list[dict[bytes, bytes]], dict[str, Any], int]:
    with client.pipeline(transaction=False) as pipe:
        for back in range(HOURS):
            pipe.hgetall(_key(_hour() - back))
        pipe.info()
        pipe.dbsize()
        *hours, info, keys = pipe.execute()
    return hours, info, keys


def _pair(field: bytes) -> tuple[str, str]:
    entry, _, outcome = field.decode().rpartition(":")
    return entry, outcome


def _hour() -> int:
    return int(time.time()) // 3600


def _key(hour: int) -> str:
    return f"{server.PREFIX}figures:{hour}"


def _rate(hits: int, misses: int) -> float | None:
    return round(100 * hits / (hits + misses), 1) if hits + misses else None
