"""Columns whose values only this installation can read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models

from config.secrets import decrypt, encrypt

if TYPE_CHECKING:
    Column = models.Field[Decimal | None, Decimal | None]
else:
    Column = models.Field


class Sealed:
    """What all of them are: nothing in the database can compare, sort or search them."""

    name: str

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whether there is one: every other question would compare tokens, and find nothing."""
        if lookup_name != "isnull":
            raise TypeError(f"{self.name} is sealed; the database cannot look for {lookup_name}.")
        return super().get_lookup(lookup_name)  # type: ignore[misc]  # the field's


class SealedTextField(Sealed, models.TextField):
    """Text that stands in the database only as `encrypt` seals it; an empty one stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(str(value)) if value else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return decrypt(value) if value else value


class SealedDecimalField(Sealed, Column):
    """An amount."""

    description = "A decimal, sealed"

    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else Decimal(decrypt(value))

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, Decimal) else Decimal(str(value))

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else encrypt(f"{Decimal(value):f}")
