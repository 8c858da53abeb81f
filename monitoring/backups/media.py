"""Uploaded files in the vault: each content is sealed once, however many backups hold it.

A backup keeps an index, path → what is stored and where; between backups a journal keeps what came since, so that files
too are never further behind than the WAL.
"""

from __future__ import annotations

import hmac
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from config.services.sealed import CHUNK, SUFFIX, Damaged, Key, Sealing, opened
from monitoring.backups.progress import Seen
from monitoring.backups.vault import Vault, name_of, taken_at

INDEX, JOURNAL = "media.sealed", "journal-"


@dataclass(frozen=True)
class Stored:
    """One uploaded file. Its address depends on the key, so that nobody can test which documents we hold."""

    address: str
    size: int
    changed: int

    def path(self, vault: Vault) -> Path:
        return vault.media / self.address[:2] / (self.address + SUFFIX)


Index = dict[str, Stored]


def keep(root: Path, vault: Vault, before: Index, seen: Seen) -> Index:
    """Seal every file below `root` that the vault does not hold yet, and return the index of all."""
    index: Index = {}
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        # A picture that was changed or a draft that was discarded since the folder was read: no row names it any more.
        with suppress(FileNotFoundError):
            index[name] = _kept(path, before.get(name), vault)
            seen(index[name].size)
    return index


def _kept(path: Path, known: Stored | None, vault: Vault) -> Stored:
    """A file as the vault holds it; raises FileNotFoundError for one that is gone."""
    status = path.stat()
    if known and (known.size, known.changed) == (status.st_size, status.st_mtime_ns) and known.path(vault).exists():
        return known
    stored = Stored(_address(path, vault.key), status.st_size, status.st_mtime_ns)
    _seal(path, stored.path(vault), vault.key)
    return stored


def sweep(root: Path, vault: Vault, now: datetime) -> int:
    """Keep what was uploaded since the last backup or sweep; returns how many files were new."""
    before = known(vault)
    index = keep(root, vault, before, lambda count: None)
    new = {name: stored for name, stored in index.items() if before.get(name) != stored}
    if new:
        write_index(vault.media / f"{JOURNAL}{name_of(now)}{SUFFIX}", new, vault.key)
    return len(new)


def known(vault: Vault) -> Index:
    """The newest index that can be read, with all that was journalled since."""
    for entry in vault.entries():
        with suppress(Damaged, OSError):  # then an older one: it only takes longer
            return since(vault, read_index(entry.folder / INDEX, vault.key))
    return {}


def since(vault: Vault, index: Index) -> Index:
    """An index, and whatever the journals add to it."""
    whole = dict(index)
    for path in sorted(vault.media.glob(f"{JOURNAL}*{SUFFIX}")):
        whole |= read_index(path, vault.key)
    return whole


def check(index: Index, vault: Vault, seen: Seen) -> None:
    """Open every file of an index and compare it with its address; raises Damaged for the first that is wrong."""
    for name, stored in index.items():
        path, digest = stored.path(vault), _digest(vault.key)
        if not path.exists():
            raise Damaged(f"The uploaded file {name} is missing from the backups: {path}.")
        with opened(path, vault.key) as plain:
            while piece := plain.read(CHUNK):
                digest.update(piece)
                seen(len(piece))
        if digest.hexdigest() != stored.address:
            raise Damaged(f"The uploaded file {name} came back changed: {path}.")


def restore(index: Index, vault: Vault, root: Path) -> int:
    """Write back the files of an index that `root` lacks or holds otherwise; returns how many."""
    count = 0
    for name, stored in index.items():
        path = root.joinpath(*PurePosixPath(name).parts)
        if not path.resolve().is_relative_to(root.resolve()):
            raise Damaged(f"The index of uploaded files names {name}, which lies outside their folder.")
        if path.exists() and path.stat().st_size == stored.size and _address(path, vault.key) == stored.address:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened(stored.path(vault), vault.key) as plain, path.open("wb") as file:
            shutil.copyfileobj(plain, file, CHUNK)
        os.utime(path, ns=(stored.changed, stored.changed))
        count += 1
    return count


def prune(vault: Vault, indexes: list[Index], oldest: datetime) -> None:
    """Remove journals older than every backup, and stored files that no index and no journal holds."""
    for path in vault.media.glob(f"{JOURNAL}*{SUFFIX}"):
        if taken_at(path.name.removeprefix(JOURNAL).removesuffix(SUFFIX)) < oldest:
            path.unlink()
    held = {stored.address for index in (*indexes, since(vault, {})) for stored in index.values()}
    for path in vault.media.glob(f"??/*{SUFFIX}"):
        if path.name.removesuffix(SUFFIX) not in held:
            path.unlink()


def write_index(path: Path, index: Index, key: Key) -> Sealing:
    """Seal an index; names of files may be people's names."""
    with Sealing(path, key) as sealing:
        sealing.write(json.dumps({name: asdict(stored) for name, stored in index.items()}).encode())
    return sealing


def read_index(path: Path, key: Key) -> Index:
    with opened(path, key) as plain:
        return {name: Stored(**values) for name, values in json.load(plain).items()}


def _files(root: Path) -> Iterator[Path]:
    if root.exists():
        yield from sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def _address(path: Path, key: Key) -> str:
    digest = _digest(key)
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _digest(key: Key) -> hmac.HMAC:
    return hmac.new(key.derived(b"media"), digestmod="sha256")


def _seal(path: Path, target: Path, key: Key) -> None:
    if target.exists():
        return
    target.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("rb") as file, Sealing(target, key) as sealing:
        shutil.copyfileobj(file, sealing, CHUNK)
