"""The folder that holds the backups, the WAL archive and the media.

    20261126T235900Z/    one backup: manifest.json, base.sealed or dump.sealed, media.sealed, later verdict.json
    wal/<identifier>/    one sealed file per WAL segment of that database cluster, written by the servers' user
    media/               one sealed file per uploaded file
    lock                 who is at work

What lies here is the truth about backups; rows in the database are a copy of it for pages and alerts, because after a
restore the rows themselves are old.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from config.services.archive import Archive
from config.services.checkout import Account, reachable
from config.services.sealed import Damaged, Key
from config.services.state import Fault
from monitoring.backups.manifest import Manifest, Verdict

NAME = re.compile(r"^\d{8}T\d{6}Z$")
DRAFT = ".partial"


@dataclass(frozen=True)
class Entry:
    """One backup in the folder. Without a manifest that can be believed it is bad, and `fault` says why."""

    folder: Path
    manifest: Manifest | None
    verdict: Verdict | None
    fault: str

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def at(self) -> datetime:
        """When it began, as its name says, in UTC."""
        return taken_at(self.name)

    @property
    def good(self) -> bool:
        """Whether nothing speaks against it; `verified` is more."""
        return not self.fault

    def believed(self) -> Manifest:
        """The manifest; raises Damaged when there is none to be believed."""
        if self.manifest is None:
            raise Damaged(self.fault)
        return self.manifest

    @property
    def verified(self) -> bool:
        return self.good and self.verdict is not None


@dataclass(frozen=True)
class Vault:
    """A folder of backups and the key that opens them."""

    folder: Path
    key: Key

    def wal(self, identifier: str) -> Archive:
        """The WAL archive of one database cluster: another would have other segments of the same names."""
        return Archive(self.folder / "wal" / identifier, self.key)

    @property
    def media(self) -> Path:
        return self.folder / "media"

    def prepare(self, identifier: str, account: Account | None) -> None:
        """Make the folders; no other user may list them, and only the servers' user writes into the WAL archive."""
        self.folder.mkdir(parents=True, exist_ok=True)
        archive = self.wal(identifier).folder
        for path in (self.media, archive.parent, archive):
            path.mkdir(mode=0o700, exist_ok=True)
        for path in (self.folder, archive.parent):
            path.chmod(0o711)  # the servers' user passes through to the archive
        if account:
            os.chown(archive, account.uid, account.gid)
            if not reachable(self.folder):
                raise Fault(
                    f"PostgreSQL runs as the user nobody, who cannot enter {self.folder} to archive there; choose "
                    "another folder as BACKUP_TO, or let everybody pass through the folders above it (chmod o+x)."
                )

    def entries(self) -> list[Entry]:
        """All finished backups, the newest first."""
        if not self.folder.exists():
            return []
        names = sorted((path.name for path in self.folder.iterdir() if NAME.match(path.name)), reverse=True)
        return [self.entry(name) for name in names]

    def entry(self, name: str) -> Entry:
        """One backup by name; raises Fault when there is none."""
        folder = self.folder / name
        if not NAME.match(name) or not folder.is_dir():
            known = ", ".join(entry.name for entry in self.entries()[:5]) or "none"
            raise Fault(f"There is no backup “{name}” in {self.folder}; the last ones are {known}.")
        try:
            manifest, verdict = Manifest.read(folder, self.key), Verdict.read(folder, self.key)
        except (Damaged, OSError) as error:
            return Entry(folder, None, None, str(error))
        except (KeyError, TypeError):
            return Entry(folder, None, None, f"{folder} was written by another version of this program.")
        return Entry(folder, manifest, verdict, verdict.fault if verdict else "")

    def drafts(self) -> list[Path]:
        """What backups that were killed left behind; only to be asked for under the lock."""
        return sorted(self.folder.glob(f"*{DRAFT}"))

    def remove(self, name: str) -> None:
        """Remove a backup, its manifest first: what a kill leaves is never taken for whole."""
        folder = self.folder / name
        draft = folder.with_name(folder.name + DRAFT)
        if folder.exists():
            folder.rename(draft)
        shutil.rmtree(draft)

    def busy(self) -> bool:
        """Whether somebody is at work on the folder."""
        try:
            with self.locked("a look"):
                return False
        except Fault:
            return True

    @contextmanager
    def locked(self, work: str) -> Iterator[None]:
        """Hold the folder for one piece of work; raises Fault that names whoever holds it already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Fault(
                    f"{lock.read().strip() or 'Another command'} is at work on {self.folder}; try later."
                ) from None
            lock.truncate()
            lock.write(f"“{work}” (process {os.getpid()}, since {datetime.now(UTC):%H:%M} UTC)")
            lock.flush()
            yield


def taken_at(name: str) -> datetime:
    """The moment in a backup's name."""
    return datetime.strptime(name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def name_of(moment: datetime) -> str:
    """A backup's name; lists of names sort by time."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
