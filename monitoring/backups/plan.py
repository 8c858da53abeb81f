"""What one installation backs up, where to, and with which key."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from config.services.checkout import Checkout, local_folder
from config.services.programs import Programs
from config.services.sealed import Key
from config.services.state import Fault
from monitoring.backups import source as sources
from monitoring.backups.source import Source
from monitoring.backups.vault import Vault

KEY_FILE = "backup.key"


@dataclass(frozen=True)
class Plan:
    """`given` is the server that the environment names instead of the embedded one; `copy_to` a second folder."""

    root: Path
    uploads: Path
    key: str
    to: Path | None = None
    copy_to: Path | None = None
    given: Source | None = None

    @property
    def vault(self) -> Vault:
        return Vault(self.to or self.place[0].place / "backups", Key(self.key))

    @property
    def second(self) -> Vault | None:
        return Vault(self.copy_to, Key(self.key)) if self.copy_to else None

    @property
    def place(self) -> tuple[Checkout, Programs]:
        """Where scratch servers live and what they run."""
        return sources.checkout_of(self.root)

    @property
    def source(self) -> Source:
        return self.given or sources.embedded(self.root)

    def with_key(self) -> Plan:
        """The plan with a key: the given one, or that of the embedded server, made at the first use."""
        return self if self.key else replace(self, key=_own_key(self.root, made=not self.given))


def _own_key(root: Path, *, made: bool) -> str:
    """The key beside an embedded server. It is not among what `make clean` removes, or the backups would die too."""
    path = root / ".local" / KEY_FILE
    if path.exists():
        return path.read_text().strip()
    if not made:
        raise Fault("BACKUP_KEY is not set; it must be a random text of 32 characters or more, kept in a safe place.")
    local_folder(root)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    return path.read_text().strip()
