"""Deleting many rows without holding anybody up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from config import tenancy

BATCH = 1000


def delete_in_batches(rows: Callable[[], QuerySet[Any]], *, organisation: int | None = None) -> int:
    """Delete the rows, oldest first, each batch in a transaction of its own; returns how many.

    Inside an organisation where the table belongs to one; without, a table of the installation.
    """
    deleted = 0
    while True:
        with _transaction(organisation):
            found = rows()
            pks = list(found.order_by("pk").values_list("pk", flat=True)[:BATCH])
            if pks:
                # By Django, so that what points here is emptied or goes along as the models say.
                _, counts = found.model._default_manager.filter(pk__in=pks).delete()
                deleted += counts.get(found.model._meta.label, 0)
        if len(pks) < BATCH:
            return deleted


def _transaction(organisation: int | None) -> AbstractContextManager[Any]:
    return transaction.atomic() if organisation is None else tenancy.organisation(organisation)
