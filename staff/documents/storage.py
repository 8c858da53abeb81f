"""Where files lie: outside the web root, a folder per organisation, under names that say and tell nothing."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from config import tenancy

KEY_BYTES = 16


@contextmanager
def stored(data: bytes, *, durable: bool = True) -> Iterator[str]:
    """Keep a file of the entered organisation and give its key to the block; if the block fails, it is gone again.

    It lies there whole before the row that names it commits, so no row ever names a file that is not there; only what
    can be made again may do without waiting for the disk (`durable`).
    """
    key = secrets.token_hex(KEY_BYTES)
    path = path_of(key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".part")
    try:
        with draft.open("xb") as file:
            os.chmod(file.fileno(), 0o600)
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
        yield key
    except BaseException:
        draft.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise


def opened(key: str) -> BinaryIO:
    """The file of this key, for reading; the organisation must be entered. Raises FileNotFoundError if it is gone."""
    return path_of(key).open("rb")


def forget(*keys: str) -> None:
    """Remove files of the entered organisation once the transaction commits: until then their rows may come back."""
    paths = [path_of(key) for key in keys]

    def remove() -> None:
        for path in paths:
            path.unlink(missing_ok=True)

    transaction.on_commit(remove)


def path_of(key: str) -> Path:
    """Where the entered organisation's file of this key lies."""
    organisation = tenancy.current()
    if organisation is None or len(key) != 2 * KEY_BYTES or not key.isalnum():
        raise LookupError("Files are kept by organisation, under keys of our own.")
    return Path(settings.MEDIA_ROOT) / str(organisation) / key[:2] / key
