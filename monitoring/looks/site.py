"""What the looks share: what they say, and one connection to the database that never waits long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import TracebackType
from typing import Any

import psycopg
from django.db import connection

from monitoring.looks.work import Work, work_at

# Seconds to wait for a connection (psycopg knows no less), and milliseconds for an answer on it.
CONNECT_WITHIN, ANSWER_WITHIN = 2, 1500


class State(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Seen:
    """How one thing stands, and a sentence that says so."""

    state: State
    sentence: str

    @property
    def is_well(self) -> bool:
        return self.state is State.HEALTHY


def well(sentence: str) -> Seen:
    """All is well."""
    return Seen(State.HEALTHY, sentence)


class Site:
    """One look around: its moment, and a fresh connection to the database, or None where there is none.

    Fresh, because a connection that was open before the server hung would wait for it for ever.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.database: psycopg.Connection[Any] | None = None

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.give_up()

    def connect(self) -> None:
        """Raises psycopg.Error where the database takes no connection in time."""
        where = connection.settings_dict
        self.database = psycopg.connect(
            host=where["HOST"],
            port=where["PORT"],
            user=where["USER"],
            password=where["PASSWORD"],
            dbname=where["NAME"],
            connect_timeout=CONNECT_WITHIN,
            options=f"-c statement_timeout={ANSWER_WITHIN}",
            application_name="health",
            autocommit=True,
        )

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """The rows of a question. Raises psycopg.Error where the answer takes too long."""
        if self.database is None:
            raise psycopg.OperationalError("There is no connection to the database.")
        return self.database.execute(question).fetchall()

    @cached_property
    def work(self) -> Work:
        """How the product's own work stands. Raises Django's database errors."""
        return work_at(self.now, within=ANSWER_WITHIN)

    def give_up(self) -> None:
        """Close the connection; what needs the database is not asked any more."""
        if self.database is not None:
            self.database.close()
            self.database = None
