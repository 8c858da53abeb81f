"""Text that only this installation can read: telephone and identity numbers are kept in no other way.

The first of ENCRYPTION_KEYS seals, all of them open: a new key goes in front, the old ones stay until nothing of theirs
is left.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """A value that none of the keys opens: the key it was sealed with is missing, or somebody changed it."""


def encrypt(text: str) -> str:
    """Seal a text with the newest key; the same text is another one every time."""
    return _keys(tuple(settings.ENCRYPTION_KEYS), settings.SECRET_KEY).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text of what `encrypt` sealed. Raises Unreadable for anything else."""
    try:
        return _keys(tuple(settings.ENCRYPTION_KEYS), settings.SECRET_KEY).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("A sealed value does not open with any of ENCRYPTION_KEYS.") from error


@lru_cache(maxsize=4)
def _keys(keys: tuple[str, ...], fallback: str) -> MultiFernet:
    return MultiFernet([_fernet(key) for key in keys or (fallback,)])


def _fernet(text: str) -> Fernet:
    """A key out of any long text: derived for this purpose, so that it opens nothing else that the text protects."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"acemall.secrets").derive(text.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
