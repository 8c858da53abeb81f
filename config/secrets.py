"""What must not be readable in the database, in a dump or on a stolen disk: sealed under keys that can be replaced.

The keys are `ENCRYPTION_KEYS`, newest first: the first seals, all of them open. Where none is set the key comes from
SECRET_KEY. That one goes on opening when keys are set later, until `manage.py rotate_keys` has sealed all anew.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"acemall: sealed columns"


class Unreadable(Exception):
    """None of the keys opens this: the one that sealed it is missing from ENCRYPTION_KEYS."""


def encrypt(text: str) -> str:
    """The text under the newest key; another token each time, so that equal values do not look equal."""
    return _keys().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text of a token, whichever of the keys sealed it. Raises Unreadable where none did."""
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("This was sealed with a key that is not among ENCRYPTION_KEYS.") from error


def is_newest(token: str) -> bool:
    """Whether the newest key sealed it, so that nothing is left to do."""
    try:
        _all(*_sources())[0].decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def sources() -> tuple[str, ...]:
    """What keys for other purposes are derived from, the newest first."""
    given, secret = _sources()
    return (*given, secret)


def _keys() -> MultiFernet:
    return MultiFernet(_all(*_sources()))


def _sources() -> tuple[tuple[str, ...], str]:
    return tuple(settings.ENCRYPTION_KEYS), settings.SECRET_KEY


@lru_cache(maxsize=8)
def _all(given: tuple[str, ...], secret: str) -> list[Fernet]:
    keys: list[str | bytes] = [*given, _derived(secret)]
    return [Fernet(key) for key in keys]


def _derived(secret: str) -> bytes:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(key)
