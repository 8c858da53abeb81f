"""What a backup says of itself: a signed JSON file, so that a backup is listed without opening it."""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from config.services.sealed import Damaged, Key, sync_folder
from config.services.state import Fault

MANIFEST, VERDICT = "manifest.json", "verdict.json"


@dataclass(frozen=True)
class Wal:
    """The piece of the WAL archive that the backup needs to become whole, as segments' names."""

    start: str
    end: str
    restore_point: str
    lsn: str
    segment_size: int


@dataclass(frozen=True)
class File:
    """A file of the backup as it stands on the disk."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """One backup. `counts` are the rows of every table at the restore point, or None if no quiet moment came."""

    name: str
    kind: str
    started_at: datetime
    ended_at: datetime
    database: str
    server_version: int
    system_identifier: str
    wal: Wal | None
    counts: dict[str, int] | None
    migrations: list[str]
    roles: list[str] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)

    @property
    def needed(self) -> Wal:
        """The piece of the WAL archive; raises Fault for a backup that has none."""
        if self.wal is None:
            raise Fault(f"Backup {self.name} is a dump: there is no WAL to go forward with.")
        return self.wal

    @property
    def size(self) -> int:
        """Bytes on the disk, without WAL and media, which backups share."""
        return sum(file.size for file in self.files.values())

    def write(self, folder: Path, key: Key) -> None:
        _write(folder / MANIFEST, asdict(self), key)

    @classmethod
    def read(cls, folder: Path, key: Key) -> Self:
        """Raises Damaged when it is not, bit for bit, what was signed."""
        values = _read(folder / MANIFEST, key)
        wal, files = values.pop("wal"), values.pop("files")
        return cls(
            started_at=datetime.fromisoformat(values.pop("started_at")),
            ended_at=datetime.fromisoformat(values.pop("ended_at")),
            **values,
            wal=Wal(**wal) if wal else None,
            files={name: File(**file) for name, file in files.items()},
        )


@dataclass(frozen=True)
class Verdict:
    """What the last restore on trial found; `fault` is one sentence, or empty when the backup is good."""

    at: datetime
    fault: str
    seconds: float

    def write(self, folder: Path, key: Key) -> None:
        _write(folder / VERDICT, asdict(self), key)

    @classmethod
    def read(cls, folder: Path, key: Key) -> Self | None:
        """None before the first trial."""
        if not (folder / VERDICT).exists():
            return None
        values = _read(folder / VERDICT, key)
        return cls(datetime.fromisoformat(values.pop("at")), **values)


def _write(path: Path, values: dict[str, Any], key: Key) -> None:
    content = json.dumps(values, default=lambda moment: moment.isoformat(), sort_keys=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        # The signature stands after the content that it signs, so that the content is one line for `jq`.
        file.write(f"{content}\n{key.signature(content.encode())}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def _read(path: Path, key: Key) -> dict[str, Any]:
    try:
        content, signature = path.read_bytes().splitlines()
        if not hmac.compare_digest(key.signature(content).encode(), signature):
            raise Damaged(f"{path} was changed after it was written, or signed with another BACKUP_KEY.")
        return dict(json.loads(content))
    except ValueError:
        raise Damaged(f"{path} is damaged.") from None
