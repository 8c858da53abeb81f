"""Text that stands encrypted in the database, under keys that can be renewed.

ENCRYPTION_KEYS holds them, the newest first: it encrypts, all of them decrypt. Without any, one is derived from
SECRET_KEY, so that a trial installation needs no setting more.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def encrypt(text: str) -> str:
    """The text under the newest key."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text again. Raises cryptography.fernet.InvalidToken for what no key of ours has encrypted."""
    return _fernet().decrypt(token.encode()).decode()


def _fernet() -> MultiFernet:
    return _of_keys(tuple(settings.ENCRYPTION_KEYS or (settings.SECRET_KEY,)))


@lru_cache(maxsize=4)
def _of_keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_stretched(key)) for key in keys])


def _stretched(key: str) -> bytes:
    """A key of Fernet's shape from any long random text."""
    derived = HKDF(SHA256(), length=32, salt=None, info=b"ace mall staff: text at rest").derive(key.encode())
    return base64.urlsafe_b64encode(derived)
