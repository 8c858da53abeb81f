"""Keyset pages: "what comes after this row", which costs the same at any depth and never skips or repeats a row.

A list's order must end in a unique field. The cursor is the last row's place in that order, signed, so that what
comes back is always what we gave out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Field, Model, Q, QuerySet

from config.errors import Invalid

M = TypeVar("M", bound=Model)

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows, and the cursor of what follows them; None where nothing does."""

    rows: list[M]
    next: str | None


def page(
    rows: QuerySet[M],
    *,
    order: Iterable[str],
    after: str = "",
    size: int = PAGE,
    joined: Callable[[Any], QuerySet[M]] | None = None,
) -> Page[M]:
    """The page of `rows` after a cursor, in one query. Raises Invalid for a cursor that is not one of this list's.

    `order` names fields or annotations that are never null, "-" before a descending one, the last of them unique.
    `joined` adds what the page shows beside its rows once they are found. For a search: under row-level security
    PostgreSQL only guesses how many rows match, and where it guesses few it would join all of them first.
    """
    order = tuple(order)
    if after:
        rows = rows.filter(_beyond(order, _read(rows, order, after)))
    if joined:
        keys = rows.order_by(*order).values("pk")[: size + 1]
        rows = joined(rows.model._default_manager.filter(pk__in=keys))
    found = list(rows.order_by(*order)[: size + 1])
    more = len(found) > size
    return Page(rows=found[:size], next=_cursor(found[size - 1], order) if more else None)


def _cursor(row: Model, order: tuple[str, ...]) -> str:
    values = []
    for name in order:
        value = attrgetter(_path(name).replace("__", "."))(row)
        values.append(value if isinstance(value, int | str) else value.isoformat())
    return signing.dumps(values, salt=_salt(type(row), order))


def _read(rows: QuerySet[Any], order: tuple[str, ...], cursor: str) -> list[Any]:
    try:
        values = signing.loads(cursor, salt=_salt(rows.model, order))
    except signing.BadSignature as error:
        sentence = "This place in the list is not known; start again from the first page."
        raise Invalid(sentence, fields={"cursor": sentence}) from error
    return [_field(rows, name).to_python(value) for name, value in zip(order, values, strict=True)]


def _salt(model: type[Model], order: tuple[str, ...]) -> str:
    return f"keyset:{model._meta.label}:{','.join(order)}"


def _beyond(order: tuple[str, ...], values: list[Any]) -> Q:
    """(a, b, c) > (x, y, z), written so that the index on a, b, c is entered at x and not at its beginning."""
    condition = Q()
    for name, value in reversed(list(zip(order, values, strict=True))):
        side = "lt" if name.startswith("-") else "gt"
        past = Q(**{f"{_path(name)}__{side}": value})
        condition = (past | Q(**{_path(name): value}) & condition) if condition else past
    first, side = order[0], "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{_path(first)}__{side}": values[0]}) & condition


def _path(name: str) -> str:
    return name.removeprefix("-")


def _field(rows: QuerySet[Any], name: str) -> Field[Any, Any]:
    computed = rows.query.annotations.get(_path(name))
    if computed is not None:
        return computed.output_field
    model: type[Model] = rows.model
    *relations, last = _path(name).split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]
    field = model._meta.pk if last == "pk" else model._meta.get_field(last)
    assert isinstance(field, Field)  # noqa: S101  # an order names columns, never reverse relations
    return field
