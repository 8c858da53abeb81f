"""Requests as Prometheus knows them: by method, route pattern and status, with a histogram of how long they took."""

from __future__ import annotations

from typing import Any

from prometheus_client import Counter, Histogram

from monitoring.prometheus.folder import folder

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


def count(route: str, method: str, status: int, seconds: float, cache: str | None) -> None:
    """Count one answered request."""
    key = (method if method in METHODS else "other", route, status)
    requests, durations = _series.get(key) or _new_series(*key)
    requests.inc()
    durations.observe(seconds)
    if cache is not None:
        (_lookups.get(cache) or _new_lookup(cache)).inc()


def _new_series(method: str, route: str, status: int) -> tuple[Any, Any]:
    folder()  # made before the first series is written to it
    if len(_series) >= MOST_SERIES:
        return REQUESTS.labels(method, OTHERS, status), DURATIONS.labels(OTHERS)
    return _series.setdefault(
        (method, route, status), (REQUESTS.labels(method, route, status), DURATIONS.labels(route))
    )


def _new_lookup(outcome: str) -> Any:
    return _lookups.setdefault(outcome, LOOKUPS.labels(outcome.lower()))
