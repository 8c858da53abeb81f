"""Sealed files: compressed, encrypted and authenticated as a stream, so that constant memory holds any size.

    "ACESEAL1"  salt (16)  check (8)  then chunks: length (4), AES-256-GCM of up to 1 MiB of a zlib stream

Every file has a key of its own, out of the master key and its salt. A chunk's nonce is its number, and the file's name
and whether the chunk is the last are authenticated with it: a file that was cut, stitched, renamed or changed in one
bit does not open. `check` tells a wrong key from a damaged file.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from isal import isal_zlib

from config.services.state import Fault

MAGIC, SALT, CHECK, LENGTH, TAG = b"ACESEAL1", 16, 8, 4, 16
CHUNK = 1 << 20
SUFFIX = ".sealed"
LEAST_KEY = 32
# Database pages and WAL shrink to a fifth at the fastest level. ISA-L writes zlib's format in a third of its time, and
# each opens the other's files.
LEVEL = 1


class Damaged(Fault):
    """A sealed file that cannot be what was once written."""


class WrongKey(Fault):
    """A sealed file of another key."""


class Key:
    """The master key: a long random text, out of which every file and purpose gets a key of its own."""

    def __init__(self, text: str) -> None:
        if len(text) < LEAST_KEY:
            raise Fault(f"BACKUP_KEY is too short; it must be a random text of {LEAST_KEY} characters or more.")
        self._secret = text.encode()

    def derived(self, purpose: bytes) -> bytes:
        """64 bytes for one purpose. The text is random already, so one keyed hash is enough."""
        return hmac.digest(self._secret, purpose, "sha512")

    def signature(self, content: bytes) -> str:
        """What only a holder of the key can say about some content."""
        return hmac.digest(self.derived(b"signature"), content, "sha256").hex()

    def __repr__(self) -> str:
        return "Key(…)"


class Sealing(io.RawIOBase):
    """Writes a new sealed file. It exists under its name only once whole: an error in the block leaves nothing."""

    def __init__(self, path: Path, key: Key) -> None:
        self.path, self.length = path, 0
        self._draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        self._file: BinaryIO = os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._digest, self._squeeze, self._number = hashlib.sha256(), isal_zlib.compressobj(LEVEL), 0
        self._waiting = bytearray()
        salt = secrets.token_bytes(SALT)
        self._cipher, check = _cipher(key, salt)
        self._put(MAGIC + salt + check)

    @property
    def sha256(self) -> str:
        """Of the file as it stands on the disk."""
        return self._digest.hexdigest()

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        piece = memoryview(content)  # type: ignore[arg-type]
        self.length += piece.nbytes
        self._waiting += self._squeeze.compress(piece)
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return piece.nbytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._file.close()
            self._draft.unlink(missing_ok=True)

    def _finish(self) -> None:
        self._waiting += self._squeeze.flush()
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        self._seal(bytes(self._waiting), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        os.link(self._draft, self.path)  # never over another file, as a rename would
        sync_folder(self.path.parent)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number), chunk, _bound(self.path.name, last=last))
        self._put(len(sealed).to_bytes(LENGTH, "big") + sealed)
        self._number += 1

    def _put(self, content: bytes) -> None:
        self._file.write(content)
        self._digest.update(content)


class Opened(io.RawIOBase):
    """Reads a sealed file as the stream that was once written.

    Nothing is handed out that was not authenticated, but the end is: read it to the end before believing it.
    """

    def __init__(self, path: Path, key: Key, *, name: str = "") -> None:
        self.path, self._name = path, name or path.name
        self._file = path.open("rb")
        self._pieces = self._plain(key)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        into = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(into), len(self._rest))
        into[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()

    def _plain(self, key: Key) -> Iterator[bytes]:
        grow = isal_zlib.decompressobj()
        for chunk in self._chunks(key):
            waiting = chunk
            while waiting:
                yield grow.decompress(waiting, CHUNK)
                waiting = grow.unconsumed_tail
        yield grow.flush()

    def _chunks(self, key: Key) -> Iterator[bytes]:
        head = self._file.read(len(MAGIC) + SALT + CHECK)
        if len(head) < len(MAGIC) + SALT + CHECK or not head.startswith(MAGIC):
            raise Damaged(f"{self.path} is damaged: its beginning is not that of a sealed file.")
        cipher, check = _cipher(key, head[len(MAGIC) : -CHECK])
        if not hmac.compare_digest(check, head[-CHECK:]):
            raise WrongKey(f"{self.path} was sealed with another key than BACKUP_KEY, or its beginning is damaged.")
        number, sealed = 0, self._chunk()
        while sealed:
            following = self._chunk()
            try:
                yield cipher.decrypt(_nonce(number), sealed, _bound(self._name, last=not following))
            except InvalidTag:
                raise Damaged(f"{self.path} is damaged: it was changed or cut after it was written.") from None
            number, sealed = number + 1, following
        if number == 0:
            raise Damaged(f"{self.path} is damaged: it ends where it begins.")

    def _chunk(self) -> bytes:
        length = self._file.read(LENGTH)
        # Whatever follows the last chunk must count as something, or bytes appended to a file would pass unnoticed.
        return self._file.read(min(int.from_bytes(length, "big"), CHUNK + TAG)) or length


def opened(path: Path, key: Key, *, name: str = "") -> io.BufferedReader:
    """The plain stream of a sealed file. `name` is what it was called when it was written, if that has changed."""
    return io.BufferedReader(Opened(path, key, name=name), CHUNK)


def check(path: Path, key: Key) -> int:
    """Read a sealed file to its end and return the length of what it holds; raises Damaged or WrongKey."""
    length = 0
    with opened(path, key) as plain:
        while piece := plain.read(CHUNK):
            length += len(piece)
    return length


def sync_folder(folder: Path) -> None:
    """Make new names in a folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cipher(key: Key, salt: bytes) -> tuple[AESGCM, bytes]:
    both = key.derived(b"file " + salt)
    return AESGCM(both[:32]), both[32 : 32 + CHECK]


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _bound(name: str, *, last: bool) -> bytes:
    return (b"last " if last else b"more ") + name.encode()
