"""How quick the queries of the crowd were, as PostgreSQL counted them itself (pg_stat_statements)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from benchmarks.surroundings import ROOT
from config.services import state as memory

LIMIT_MS = 50
# Of the application alone, and of what it asks: beginning, ending and entering an organisation would flatter.
COUNTED = """
    SELECT calls, total_exec_time, max_exec_time FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND userid = (SELECT oid FROM pg_roles WHERE rolname = %s)
      AND query ~* '^\\s*(select|insert|update|delete|with)' AND query !~ 'set_config'
"""
FORGET = "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class Statement:
    """All runs of one statement: how many, how long together, how long the longest, in milliseconds."""

    calls: int
    total_ms: float
    longest_ms: float

    @property
    def slow_at_most(self) -> int:
        """How many of its runs can have taken LIMIT_MS or more: more would have taken longer together."""
        return min(self.calls, int(self.total_ms // LIMIT_MS)) if self.longest_ms >= LIMIT_MS else 0


@dataclass(frozen=True, slots=True)
class Queries:
    """What was asked of the database while the crowd was there."""

    statements: tuple[Statement, ...]

    @property
    def calls(self) -> int:
        return sum(statement.calls for statement in self.statements)

    @property
    def quick(self) -> float | None:
        """The percentage that was certainly answered within LIMIT_MS; None without any."""
        slow = sum(statement.slow_at_most for statement in self.statements)
        return 100 * (self.calls - slow) / self.calls if self.calls else None


def forget() -> None:
    """Begin to count anew in the current database, which must be the embedded server's."""
    with _superuser() as superuser:
        superuser.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        superuser.execute(FORGET)


def counted() -> Queries:
    """What has been asked since `forget`."""
    with _superuser() as superuser:
        rows = superuser.execute(COUNTED, [settings.DATABASE_APPLICATION_USER]).fetchall()
    return Queries(tuple(Statement(*row) for row in rows))


def is_possible() -> bool:
    """Whether the database is the embedded one; of another we do not have the superuser's password."""
    state = memory.read(ROOT)
    return state is not None and state.ports.get("postgres") == int(connection.settings_dict["PORT"])


@contextmanager
def _superuser() -> Iterator[psycopg.Connection[Any]]:
    state, where = memory.read(ROOT), connection.settings_dict
    if state is None:
        raise LookupError("There is no embedded server here.")
    with psycopg.connect(
        host=where["HOST"],
        port=where["PORT"],
        user="postgres",
        password=state.passwords["postgres"],
        dbname=where["NAME"],
        autocommit=True,
    ) as opened:
        yield opened
