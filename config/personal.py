"""What the product keeps about a person, table by table: what an export shows of it, and what erasure does with it.

Every app says so in its `privacy.py`, in a tuple ABOUT. A check of Django's fails as long as a foreign key to a person,
or a column of a table that is about one, stands in none of them: a new table cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.db import models
from django.db.models import Q
from django.utils.module_loading import module_has_submodule

# Every table has them, and they say nothing of a person.
OF_EVERY_TABLE = {"id", "organisation"}
TECHNICAL = "technical: it says nothing of a person"


class Erasing(StrEnum):
    """What erasure does with the rows of a table that are about somebody."""

    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """One table.

    `whose` leads from a row to the person it is about; a table without it only names people as those who did
    something (`mentions`: key → what they did). `shown` are the columns of an export, each perhaps a path to the name
    behind a key; `withheld` are the others, with the reason. `reason` says to people why erasure keeps or deletes the
    rows; of kept ones `blanked` are emptied. `files` is the column that names a file. `only` leaves rows out of an
    export; `where` finds rows for erasure that no key leads to.
    """

    model: str
    title: str
    reason: str
    whose: str = ""
    shown: tuple[str, ...] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)
    mentions: Mapping[str, str] = field(default_factory=dict)
    erasing: Erasing = Erasing.KEEP
    blanked: Mapping[str, Any] = field(default_factory=dict)
    files: str = ""
    only: Q = field(default_factory=Q)
    where: Callable[[Any], Q] | None = None

    @property
    def table(self) -> type[models.Model]:
        return apps.get_model(self.model)

    @property
    def slug(self) -> str:
        """Its name in an export: "staff-next-of-kin"."""
        return f"{self.table._meta.app_label}-{'-'.join(str(self.table._meta.verbose_name).lower().split())}"

    def rows(self, person: Any) -> models.QuerySet[Any]:
        """The rows that are about somebody; none of a table that only names them."""
        rows = self.table._default_manager.order_by()
        if self.where:
            return rows.filter(self.where(person))
        return rows.filter(**{self.whose: person.pk}) if self.whose else rows.none()

    @property
    def personal(self) -> list[str]:
        """The columns whose values erasure takes, by their names in the database."""
        fields = self.table._meta.concrete_fields
        if self.erasing == Erasing.DELETE:
            return [each.attname for each in fields if not each.is_relation and not each.primary_key]
        return [each.attname for each in fields if each.name in self.blanked]


@lru_cache(maxsize=1)
def catalogue() -> tuple[About, ...]:
    """All tables, the upper apps' first: nothing is deleted before what points at it."""
    found: list[About] = []
    for app in reversed(list(apps.get_app_configs())):
        if app.module and module_has_submodule(app.module, "privacy"):
            found += import_module(f"{app.name}.privacy").ABOUT
    return tuple(found)


def faults(declared: tuple[About, ...]) -> Iterator[str]:
    """Everything that the tables leave open, one sentence each; best none."""
    person = apps.get_model(settings.AUTH_USER_MODEL)
    by_model = {about.model: about for about in declared}
    for model in apps.get_models():
        label, about = model._meta.label, by_model.get(model._meta.label)
        keys = {each.name for each in model._meta.concrete_fields if each.related_model is person}
        named = {about.whose, *about.mentions} if about else set()
        for key in sorted(keys - named):
            yield f"{label}.{key} leads to a person, and no privacy.py says what becomes of it."
        if about:
            yield from _faults_of(about, model)
    for label in sorted(by_model.keys() - {model._meta.label for model in apps.get_models()}):
        yield f"privacy.py names {label}, which is no table."


def _faults_of(about: About, model: type[models.Model]) -> Iterator[str]:
    columns = {each.name for each in model._meta.concrete_fields}
    shown = {path.split("__")[0] for path in about.shown}
    said = shown | about.withheld.keys() | about.mentions.keys()
    for name in sorted((said | about.blanked.keys()) - columns):
        yield f"privacy.py names {about.model}.{name}, which is no column."
    if about.whose:
        keys = {about.whose.split("__")[0], *OF_EVERY_TABLE}
        for name in sorted(columns - said - keys):
            yield f"{about.model}.{name} is neither shown in an export nor withheld with a reason."


@checks.register(checks.Tags.models)
def nothing_is_forgotten(**_options: Any) -> list[checks.CheckMessage]:
    """The check itself."""
    return [checks.Error(sentence, id="privacy.E001") for sentence in faults(catalogue())]
