"""Queries that take too long are written to the log: their SQL without its parameters, which may be anybody's data."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

log = logging.getLogger(__name__)

MOST = 600  # characters of SQL


def connect() -> None:
    """Time every query from now on; connecting twice changes nothing."""
    connection_created.connect(_opened, dispatch_uid="slow queries")


def _opened(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    if timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(timed)


def timed(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run one query, and say so if it took longer than SLOW_AFTER_MS."""
    begun = perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        ms = round((perf_counter() - begun) * 1000, 2)
        if ms >= settings.SLOW_AFTER_MS:
            log.warning("A query took %s ms.", ms, extra={"fields": {"sql": str(sql)[:MOST], "duration_ms": ms}})
