"""Requests as Prometheus knows them: by method, route pattern and status, with a histogram of how long they took."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import Any

from prometheus_client import Counter, Histogram

from monitoring.prometheus.folder import reserve

log = logging.getLogger(__name__)

# The alerts' thresholds are among them: 0.3, 0.5 and 1 s.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
MOST_SERIES = 5000  # of one process: more than all routes, methods and statuses that exist
OTHERS = "(others)"

REQUESTS = Counter("acemall_http_requests", "Answered requests.", ("method", "route", "status"))
DURATIONS = Histogram("acemall_http_request_duration_seconds", "How long an answer took.", ("route",), buckets=BOUNDS)
LOOKUPS = Counter("acemall_cache_lookups", "Answers by what became of their cached copy.", ("outcome",))

# The library's own look-up of a series costs more than counting in it.
_series: dict[tuple[str, str, int], tuple[Any, Any]] = {}
_lookups: dict[str, Any] = {}


def count(route: str, method: str, status: int, seconds: float, outcome: str | None) -> None:
    """Count one answered request; without a place for the counters nothing is counted, and no request fails."""
    key = (method if method in METHODS else "other", route, status)
    found = _series.get(key) or _new_series(*key)
    if found is None:
        return
    requests, durations = found
    requests.inc()
    durations.observe(seconds)
    if outcome is not None:
        (_lookups.get(outcome) or _new_lookup(outcome)).inc()


def _new_series(method: str, route: str, status: int) -> tuple[Any, Any] | None:
    if not _has_place():
        return None
    if len(_series) >= MOST_SERIES:
        return REQUESTS.labels(method, OTHERS, status), DURATIONS.labels(OTHERS)
    series = REQUESTS.labels(method, route, status), DURATIONS.labels(route)
    return _series.setdefault((method, route, status), series)


@cache
def _has_place() -> bool:
    try:
        for kind in ("counter", "histogram"):
            reserve(f"{kind}_{os.getpid()}.db")
    except OSError as error:
        log.warning("Requests are not counted for Prometheus: %s", error)
        return False
    return True


def _new_lookup(outcome: str) -> Any:
    return _lookups.setdefault(outcome, LOOKUPS.labels(outcome.lower()))
