"""Writing many rows at once: ids first, then COPY and one INSERT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def ids(model: type[models.Model], count: int) -> list[int]:
    """Fresh ids of a table, so that rows can point to one another before any of them is written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [pk for (pk,) in cursor.fetchall()]


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write the rows in one statement, in the entered organisation.

    PostgreSQL refuses COPY into a table with row-level security, so the rows go through a temporary one.
    """
    table, names = model._meta.db_table, ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0")
        with cursor.copy(f"COPY incoming ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        # One entry of the audit log says how many; only the owner of the schema may have it so.
        cursor.execute("SELECT set_config('app.audit_by_number', 'on', true)")
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
        cursor.execute("SELECT set_config('app.audit_by_number', '', true)")
        cursor.execute("DROP TABLE incoming")
    analyse(model)


def analyse(model: type[models.Model]) -> None:
    """Let PostgreSQL count: it takes a table without figures for an empty one, and reads all of it for every key."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {model._meta.db_table}")
