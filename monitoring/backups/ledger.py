"""The ledger of erasures, outside of the database: who was erased must not come back with an older backup.

A line for each erasure lies beside the backups, and in their second place: numbers of the organisation and the person,
the moment, the random names of their files, a keyed digest and a seal. Nothing in it says who it was. The digest covers
the employee number too, so a line means one person of one history: where a restore has given up part of the past and a
number was used again, nobody else is erased for it. The seal says, without knowing the person, that a holder of the
backup's key wrote the line: no other is believed, for files are removed and numbers reserved by it.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from config.services.sealed import Key
from monitoring.backups.plan import Plan

LEDGER = "erasures.jsonl"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One erasure as the ledger has it."""

    organisation: int
    person: int
    at: datetime
    files: tuple[str, ...]
    digest: str = ""
    seal: str = ""

    @property
    def text(self) -> str:
        values = {"organisation": self.organisation, "person": self.person, "at": self.at.isoformat()}
        return json.dumps({**values, "files": self.files, "digest": self.digest, "seal": self.seal}) + "\n"

    def means(self, employee_number: str, key: Key) -> bool:
        """Whether this line was written by a holder of the key, of the person who has this number."""
        return hmac.compare_digest(self.digest, self._digest(employee_number, key))

    def signed(self, employee_number: str, key: Key) -> Line:
        """The line with its digest and seal."""
        line = replace(self, digest=self._digest(employee_number, key))
        return replace(line, seal=line._seal(key))

    def is_believed(self, key: Key) -> bool:
        """Whether a holder of the key wrote all of this line."""
        return hmac.compare_digest(self.seal, self._seal(key))

    def _digest(self, employee_number: str, key: Key) -> str:
        return self._keyed(b"erasures", employee_number, key)

    def _seal(self, key: Key) -> str:
        return self._keyed(b"lines of erasures", self.digest, key)

    def _keyed(self, purpose: bytes, more: str, key: Key) -> str:
        said = [self.organisation, self.person, self.at.timestamp(), more, sorted(self.files)]
        return hmac.digest(key.derived(purpose), json.dumps(said).encode(), "sha256").hex()


def places(plan: Plan) -> list[Path]:
    """The folders that hold the ledger: that of the backups, and their second place."""
    return [vault.folder for vault in (plan.vault, plan.second) if vault]


def lines_of(plan: Plan) -> list[Line]:
    """Every line that any place has, the oldest first; a place that is away has none."""
    found = {line.digest: line for folder in places(plan) for line in read(folder, Key(plan.key))}
    return sorted(found.values(), key=lambda line: (line.at, line.digest))


def read(folder: Path, key: Key) -> list[Line]:
    """The lines of one place that are believed. One that a crash cut short, or that was written under another key, is
    passed over: its erasure is noted again."""
    path = folder / LEDGER
    texts = path.read_text(errors="replace").splitlines() if path.exists() else []
    lines = [line for text in texts if (line := _believed(text, key))]
    if len(lines) < len(texts):
        log.warning("Lines of %s that were not written with the backup's key: %s.", path, len(texts) - len(lines))
    return lines


def _believed(text: str, key: Key) -> Line | None:
    try:
        values = json.loads(text)
        at, files = datetime.fromisoformat(values["at"]), tuple(values["files"])
        line = Line(values["organisation"], values["person"], at, files, values["digest"], values["seal"])
        return line if line.is_believed(key) else None
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def append(folder: Path, line: Line) -> None:
    """Add a line, and wait until the disk has it; behind one that a crash cut short a new one begins."""
    folder.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(folder / LEDGER, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "rb+", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        start = "\n" if size and file.read(1) != b"\n" else ""
        file.write((start + line.text).encode())
        os.fsync(file.fileno())


def remove_files(lines: list[Line], uploads: Path) -> None:
    """Delete the erased people's files: a restore brings back whatever the backups hold, with or without a row."""
    for line in lines:
        for key in line.files:
            if len(key) == 32 and key.isalnum():
                (uploads / str(line.organisation) / key[:2] / key).unlink(missing_ok=True)
