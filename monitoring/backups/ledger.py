"""The ledger of erasures, outside of the database: who was erased must not come back with an older backup.

A line for each erasure lies beside the backups, and in their second place: numbers of the organisation and the person,
the moment, the random names of their files, and a keyed digest. Nothing in it says who it was. The digest covers the
employee number too, so a line means one person of one history: where a restore has given up part of the past and a
number was used again, nobody else is erased for it.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
from collections.abc import Iterator
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

    @property
    def text(self) -> str:
        values = {"organisation": self.organisation, "person": self.person, "at": self.at.isoformat()}
        return json.dumps({**values, "files": self.files, "digest": self.digest}) + "\n"

    def means(self, employee_number: str, key: Key) -> bool:
        """Whether this line was written by a holder of the key, of the person who has this number."""
        return hmac.compare_digest(self.digest, self._digest(employee_number, key))

    def signed(self, employee_number: str, key: Key) -> Line:
        """The line with its digest."""
        return replace(self, digest=self._digest(employee_number, key))

    def _digest(self, employee_number: str, key: Key) -> str:
        said = [self.organisation, self.person, self.at.timestamp(), employee_number, sorted(self.files)]
        return hmac.digest(key.derived(b"erasures"), json.dumps(said).encode(), "sha256").hex()


def places(plan: Plan) -> list[Path]:
    """The folders that hold the ledger: that of the backups, and their second place."""
    return [vault.folder for vault in (plan.vault, plan.second) if vault]


def lines_of(plan: Plan) -> list[Line]:
    """Every line that any place has, the oldest first; a place that is away has none."""
    found = {line.digest: line for folder in places(plan) for line in read(folder)}
    return sorted(found.values(), key=lambda line: (line.at, line.digest))


def read(folder: Path) -> Iterator[Line]:
    """The lines of one place. One that a crash cut short is passed over: its erasure is noted again."""
    path = folder / LEDGER
    for text in path.read_text().splitlines() if path.exists() else ():
        try:
            values = json.loads(text)
            at, files = datetime.fromisoformat(values["at"]), tuple(values["files"])
            yield Line(values["organisation"], values["person"], at, files, values["digest"])
        except (ValueError, KeyError, TypeError):
            log.warning("A line of %s cannot be read.", path)


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
