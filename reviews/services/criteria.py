"""Criteria: what reviews are scored by, kept by Human Resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from config.errors import Forbidden, Invalid, Refused, refusing
from reviews.models import Criterion
from staff.models import Person
from staff.roles import may
from staff.services.fitness import UNPRINTABLE

EDITABLE = frozenset({"name", "weight", "position", "is_active"})
ONCE = {"criterion_name_once": "There is already a criterion of this name."}


def add_criterion(details: Mapping[str, Any], *, by: Person) -> Criterion:
    """A new criterion; drafts that are open ask for it too. Human Resource only."""
    return _save(Criterion(), details, by=by)


def change_criterion(criterion: Criterion, changes: Mapping[str, Any], *, by: Person) -> Criterion:
    """Rename, weigh, move or retire a criterion; what is submitted keeps the weight by which it was counted.

    Raises Refused where no criterion would be left, Invalid per field.
    """
    retires = criterion.is_active and changes.get("is_active") is False
    if retires and may(by, "set_criteria") and not _others(criterion):
        raise Refused("At least one criterion stays: without any, nobody can be reviewed.")
    return _save(criterion, changes, by=by)


def _others(criterion: Criterion) -> bool:
    # Held, so that two people who retire one each do not leave none.
    active = Criterion.objects.select_for_update().active().order_by("pk").values_list("pk", flat=True)
    return set(active) > {criterion.pk}


def _save(criterion: Criterion, changes: Mapping[str, Any], *, by: Person) -> Criterion:
    if not may(by, "set_criteria"):
        raise Forbidden("Only Human Resource sets what reviews are scored by.")
    for name in EDITABLE & changes.keys():
        value = changes[name]
        setattr(criterion, name, value.strip() if isinstance(value, str) else value)
    if UNPRINTABLE.search(criterion.name):
        raise _invalid({"name": "This contains a character that cannot be shown."})
    try:
        criterion.clean_fields(exclude=["organisation"])
    except ValidationError as error:
        raise _invalid({field: " ".join(words) for field, words in error.message_dict.items()}) from error
    with refusing(ONCE):
        criterion.save()
    return criterion


def _invalid(faults: dict[str, str]) -> Invalid:
    return Invalid(next(iter(faults.values())), fields=faults)
