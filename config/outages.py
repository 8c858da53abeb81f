"""When the database is away: which errors say so."""

from __future__ import annotations

import django.db
import psycopg

ERRORS = (django.db.OperationalError, django.db.InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
# SQLSTATE: connection failures, the server going down or coming up, no connections left.
GONE = ("08", "57P", "53300")
RETRY_AFTER = 5  # seconds; PostgreSQL is back within that after a restart


def is_outage(error: BaseException | None) -> bool:
    """Whether this error, or the one it came from, says that the database cannot be reached."""
    while error is not None:
        if isinstance(error, ERRORS):
            # Only the server's own words have a state; without one it is the connection that failed.
            state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
            return state is None or state.startswith(GONE)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return False
