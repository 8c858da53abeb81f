"""Sealing everything anew under the newest key: batch by batch, so that it may be stopped and begun again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models.functions import Cast

from config import tenancy
from config.blind import BlindIndexField, digest
from config.sealed import Sealed
from config.secrets import decrypt, encrypt, is_newest

BATCH = 500


def sealed_columns() -> list[tuple[type[models.Model], str]]:
    """Every column that is sealed, told from the models, so that a new one is not forgotten."""
    return [
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, Sealed)
    ]


def reseal(organisation: int) -> Iterator[tuple[int, int]]:
    """Seal one organisation's columns anew; yields (looked at, sealed anew) after each batch, which is then kept.

    Raises Unreadable at a value that none of the keys opens: what comes before it is done.
    """
    for model, column in sealed_columns():
        last = 0
        while True:
            with tenancy.organisation(organisation):
                rows = _batch(model, column, last)
                old = [(pk, token) for pk, token in rows if not is_newest(token)]
                _write(model, column, old)
            if not rows:
                break
            last = rows[-1][0]
            yield len(rows), len(old)


def _batch(model: type[models.Model], column: str, last: int) -> list[tuple[int, str]]:
    """The next rows with a value, as tokens."""
    token: Any = Cast(models.F(column), models.TextField())
    rows = model._default_manager.filter(pk__gt=last, **{f"{column}__isnull": False}).order_by("pk")
    return list(rows.annotate(token=token).exclude(token="").values_list("pk", "token")[:BATCH])


def _write(model: type[models.Model], column: str, old: list[tuple[int, str]]) -> None:
    """Only where the old token still stands: a value that was written meanwhile is under the newest key already."""
    if not old:
        return
    table = model._meta.db_table
    tokens = [token for _, token in old]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = fresh.token "
            "FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS fresh (id, old, token) "
            f"WHERE {table}.id = fresh.id AND {table}.{column} = fresh.old",
            [[pk for pk, _ in old], tokens, [encrypt(decrypt(token)) for token in tokens]],
        )


def reindex(organisation: int) -> int:
    """Make the digests beside one organisation's sealed columns anew, where they are not of the newest key or missing;
    returns how many. Batch by batch, as sealing."""
    return sum(_reindex(organisation, model, field) for model, field in blind_columns())


def blind_columns() -> list[tuple[type[models.Model], BlindIndexField]]:
    """Every digest of a sealed column, told from the models."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, BlindIndexField)
    ]


def _reindex(organisation: int, model: type[models.Model], field: BlindIndexField) -> int:
    last, done = 0, 0
    while True:
        with tenancy.organisation(organisation):
            rows = model._default_manager.filter(pk__gt=last).order_by("pk").values_list("pk", field.of, field.attname)
            batch = list(rows[:BATCH])
            stale = {pk: fresh for pk, text, now in batch if (fresh := digest(field.kind, text or "")) != now}
            _write_digests(model, field.attname, stale)
        if not batch:
            return done
        last, done = batch[-1][0], done + len(stale)


def _write_digests(model: type[models.Model], column: str, fresh: dict[int, str]) -> None:
    if fresh:
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {model._meta.db_table} SET {column} = fresh.digest "
                f"FROM unnest(%s::bigint[], %s::text[]) AS fresh (id, digest) "
                f"WHERE {model._meta.db_table}.id = fresh.id",
                [list(fresh), list(fresh.values())],
            )
