"""A part of a page that may be missing: read apart from the others, so that one that fails takes nothing with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import redis
from django.db import DatabaseError, connection, transaction

from monitoring.traffic import Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
U = TypeVar("U")

PATIENCE = "1s"  # of each question to the database
# What senior administrators are told; the words of a fault may name a host, and stand in the log.
VALKEY, DATABASE, OTHER = "Valkey does not answer", "the database did not answer this in time", "the log says why"
REASONS: tuple[tuple[type[Exception], str], ...] = (
    (Unavailable, VALKEY),
    (redis.RedisError, VALKEY),
    (DatabaseError, DATABASE),
)


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """What was read under this name; or None, and why it is not known."""

    name: str
    value: T | None
    why: str = ""

    @property
    def fault(self) -> str:
        """A sentence for the part's place on the page."""
        return f"{self.name}: unknown, {self.why}." if self.value is None else ""

    def then(self, shape: Callable[[T], U]) -> Part[U]:
        """The same part in another shape; what is not known stays so."""
        value = self.value
        return Part(self.name, None, self.why) if value is None else read(self.name, lambda: shape(value))


def read(name: str, ask: Callable[[], T]) -> Part[T]:
    """Ask for one part of the page. Whatever goes wrong is logged, and said in the part's place."""
    try:
        # A savepoint: a query that fails must not take the transaction of the page with it.
        with transaction.atomic():
            return Part(name, ask())
    except Exception as error:
        log.exception("%s could not be read for the health page; the rest of it goes on.", name)
        return Part(name, None, next((why for kind, why in REASONS if isinstance(error, kind)), OTHER))


@dataclass(frozen=True, slots=True)
class Connections:
    """How many connections PostgreSQL holds, of how many that it takes."""

    used: int
    most: int


def bounded_connections() -> Connections:
    """The connections; and from now on no question of this transaction waits longer than PATIENCE. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(numbackends), current_setting('max_connections')::int,"
            " set_config('statement_timeout', %s, true) FROM pg_stat_database",
            [PATIENCE],
        )
        used, most, _ = cursor.fetchone()
    return Connections(int(used), most)
