"""Finding equal values among sealed ones: a keyed digest beside each, which tells nothing but that two are equal.

The key comes by HKDF from the newest of ENCRYPTION_KEYS, so whoever reads the database cannot try numbers out. During a
rotation some rows are still under an older key: looking for a value asks for its digest under every key, and
`manage.py rotate_keys` makes all of them anew.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import models

from config import secrets

if TYPE_CHECKING:
    Column = models.CharField[Any, Any]
else:
    Column = models.CharField

PURPOSE = b"acemall: blind index"
# Digits that tell two telephone numbers apart, however the country is written: +234 803 … and 0803 …
TELLING_DIGITS = 10


def phone(text: str) -> str:
    """A telephone number as it is compared."""
    return re.sub(r"\D", "", text)[-TELLING_DIGITS:]


def identity(text: str) -> str:
    """An identity number as it is compared: letters and digits alone, in capitals."""
    return "".join(character for character in text.upper() if character.isalnum())


NORMALISED: dict[str, Callable[[str], str]] = {"phone": phone, "identity": identity}


def digest(kind: str, text: str) -> str:
    """The digest of a value under the newest key; of nothing, nothing."""
    return _digest(secrets.sources()[0], kind, text)


def digests(kind: str, text: str) -> list[str]:
    """The digests of a value under every key, for looking it up; none where there is nothing to look for."""
    return [found for key in secrets.sources() if (found := _digest(key, kind, text))]


class BlindIndexField(Column):
    """The digest of a sealed column of the same row, filled as the row is saved; `update()` says it itself."""

    def __init__(self, *args: Any, of: str = "", kind: str = "", **options: Any) -> None:
        self.of, self.kind = of, kind
        plain = {"max_length": 64, "blank": True, "default": "", "db_default": "", "editable": False}
        super().__init__(*args, **{**plain, **options})

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of, "kind": self.kind}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = digest(self.kind, getattr(model_instance, self.of) or "")
        setattr(model_instance, self.attname, value)
        return value


def indexes_of(model: type[models.Model], changed: dict[str, Any]) -> dict[str, str]:
    """What an update of these columns must also write."""
    fields = (each for each in model._meta.local_fields if isinstance(each, BlindIndexField) and each.of in changed)
    return {each.attname: digest(each.kind, changed[each.of] or "") for each in fields}


def _digest(source: str, kind: str, text: str) -> str:
    compared = NORMALISED[kind](text)
    return hmac.digest(_key(source), f"{kind}:{compared}".encode(), "sha256").hex() if compared else ""


@lru_cache(maxsize=8)
def _key(source: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(source.encode())
