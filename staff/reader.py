"""Who is asking: the one query that every signed-in request makes before anything else.

Its SQL is written once. Django would write it anew for each request, seven tables and eighty columns, and that alone
took a third of the time of an answer whose copy was at hand (docs/benchmarks.md).
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from django.db import connection, models

from staff.models import Person, Session

# What comes along: the frame of every page names the organisation, and permissions ask for role and places.
JOINED = ("role", "branch", "department", "sub_department", "organisation")


def active_person(pk: int, *, session: int, now: datetime) -> Person | None:
    """The person with role, places, organisation and the session by which they came in, if that may still open
    anything: the session is good, the person may sign in, their organisation is not suspended."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(), [pk, session, now])
        row = cursor.fetchone()
    return _person(row) if row else None


def _person(row: tuple[Any, ...]) -> Person:
    values = iter(row)
    (_, model, columns), *joined = _parts()
    person = model.from_db(connection.alias, columns, list(islice(values, len(columns))))
    assert isinstance(person, Person)  # noqa: S101  # the first of the parts
    for name, model, columns in joined:
        found = list(islice(values, len(columns)))
        # The key comes first, and is missing where nothing is joined.
        setattr(person, name, None if found[0] is None else model.from_db(connection.alias, columns, found))
    return person


@cache
def _parts() -> tuple[tuple[str, type[models.Model], tuple[str, ...]], ...]:
    """(name, model, its columns) of all that the query reads."""
    models_by_name: dict[str, Any] = {"person": Person}
    models_by_name |= {name: Person._meta.get_field(name).related_model for name in JOINED}
    models_by_name["session"] = Session
    return tuple(
        (name, model, tuple(field.attname for field in model._meta.concrete_fields))
        for name, model in models_by_name.items()
    )


@cache
def _sql() -> str:
    columns = ", ".join(f"{name}.{column}" for name, _, columns in _parts() for column in columns)
    joins = " ".join(
        f"{'LEFT ' if Person._meta.get_field(name).null else ''}JOIN {model._meta.db_table} {name} "
        f"ON {name}.id = person.{name}_id"
        for name, model, _ in _parts()
        if name in JOINED
    )
    return (
        f"SELECT {columns} FROM {Person._meta.db_table} person {joins} "
        f"JOIN {Session._meta.db_table} session ON session.person_id = person.id "
        "AND session.token_version = person.token_version "
        "WHERE person.id = %s AND person.is_active AND organisation.suspended_at IS NULL "
        "AND session.id = %s AND session.ended_at IS NULL AND session.good_until > %s"
    )
