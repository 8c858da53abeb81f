"""The WAL archive: `python -m config.services.archive store|fetch SETTINGS …`, which PostgreSQL itself calls.

It calls once for every 16 MB segment, so nothing here imports Django. Settings stand in a file that only the servers'
user reads, because a command line can be read by everybody.

The exit code is part of PostgreSQL's contract: after a failed `store` it keeps the segment and asks again; `fetch` with
1 means "not in the archive", where recovery ends in good order, so damage must answer above 125, which stops it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from config.services.sealed import CHUNK, SUFFIX, Key, Sealing, opened, sync_folder
from config.services.state import Fault

MISSING, FAILED, DAMAGED = 1, 1, 200
SPEAKING = "WAL archive: "  # begins our lines in PostgreSQL's log


@dataclass(frozen=True)
class Archive:
    """A folder of sealed WAL segments and their key."""

    folder: Path
    key: Key

    @classmethod
    def of(cls, settings: Path) -> Archive:
        values = json.loads(settings.read_text())
        return cls(Path(values["folder"]), Key(values["key"]))

    def path(self, name: str) -> Path:
        return self.folder / (name + SUFFIX)

    def store(self, source: Path, name: str) -> None:
        """Seal a segment into the archive. Storing the same one again is fine, another under its name is refused."""
        try:
            with source.open("rb") as segment, Sealing(self.path(name), self.key) as sealing:
                shutil.copyfileobj(segment, sealing, CHUNK)
        except FileExistsError:
            if not self._holds(source, name):
                raise Fault(
                    f"{self.path(name)} exists with other content; is another server archiving there?"
                ) from None
            sync_folder(self.folder)  # the first attempt may have been killed just before

    def fetch(self, name: str, target: Path) -> bool:
        """Put a segment where recovery wants it; False when the archive has none of that name."""
        draft = target.with_name(target.name + ".new")
        try:
            with opened(self.path(name), self.key) as plain, draft.open("wb") as segment:
                shutil.copyfileobj(plain, segment, CHUNK)
        except FileNotFoundError:
            return False
        draft.replace(target)
        return True

    def histories(self) -> list[str]:
        """The timelines that began with a restore, oldest first, as eight hexadecimal digits."""
        return sorted(path.name[:8] for path in self.folder.glob(f"{'[0-9A-F]' * 8}.history{SUFFIX}"))

    def read(self, name: str) -> str:
        """A small text of the archive, such as a timeline's history."""
        with opened(self.path(name), self.key) as plain:
            return plain.read().decode()

    def own(self, name: str, *owner: int) -> None:
        """Give a file that root archived to the servers' user, who archives the others."""
        os.chown(self.path(name), *owner)

    def _holds(self, source: Path, name: str) -> bool:
        with source.open("rb") as one, opened(self.path(name), self.key) as other:
            while (piece := one.read(CHUNK)) == other.read(CHUNK):
                if not piece:
                    return True
        return False


def write_settings(path: Path, archive: Path, key: str, owner: tuple[int, int] | None) -> None:
    """Replace the settings as a whole, readable by the servers' user alone."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"folder": str(archive), "key": key}, file)
        if owner:
            os.fchown(file.fileno(), *owner)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def main(arguments: list[str]) -> int:
    verb, settings, *rest = arguments
    try:
        archive = Archive.of(Path(settings))
        if verb == "store":
            archive.store(Path(rest[0]), rest[1])
            return 0
        return 0 if archive.fetch(rest[0], Path(rest[1])) else MISSING
    except (Fault, OSError, ValueError) as fault:
        print(f"{SPEAKING}{fault}", file=sys.stderr)
        return FAILED if verb == "store" else DAMAGED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
