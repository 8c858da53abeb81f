"""A model's field whose values only this installation can read."""

from __future__ import annotations

from typing import Any

from django.db import models

from config.secrets import decrypt, encrypt


class SealedTextField(models.TextField):
    """Text that stands in the database only as `encrypt` seals it. It cannot be searched; an empty one stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(str(value)) if value else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whether it is there at all: every other question would compare with a text that differs each time."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
