"""Where a checkout keeps its data, and as whom its servers run."""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from config.services import state as memory
from config.services.state import Fault, State

# Whoever may not enter the checkout keeps its data below one of these; the first outlives the cleaning of old files.
ELSEWHERE = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - the folder made there is new and only root's

# What the services keep in `.local`. Other things may live there, such as backups: those are not ours to remove.
OURS = (
    "postgres",
    "cache",
    "broker",
    "logs",
    "beat",
    "programs",
    "scratch",
    "password.new",
    "services.json.new",
    "services.json",
    "run.lock",
    "services.lock",
)


@dataclass(frozen=True)
class Account:
    """A system user without privileges, for servers that refuse to run as root."""

    uid: int
    gid: int

    @classmethod
    def needed(cls) -> Account | None:
        """`nobody` when we are root, else None: the servers run as whoever starts them."""
        if os.geteuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)


@dataclass
class Checkout:
    """One checkout with its memory, its place for data, and the user of its servers."""

    root: Path
    state: State
    account: Account | None

    @classmethod
    def open(cls, root: Path) -> Checkout:
        """The checkout as it is remembered, or with a new memory; call it under `locked`."""
        state = memory.read(root)
        if state is None:
            if (root / ".local" / "postgres" / "data").exists():
                raise Fault(
                    f"{memory.path_of(root)}, which held the passwords of the database beside it, is gone; "
                    "`make clean` removes that database, and the next start makes a new one."
                )
            state = State(root=str(root))
        checkout = cls(root, state, Account.needed())
        checkout._settle()
        return checkout

    @property
    def place(self) -> Path:
        """The folder that holds data, logs and, where needed, a copy of the servers' programs."""
        return Path(self.state.place) if self.state.place else self.root / ".local"

    def save(self) -> None:
        memory.write(self.root, self.state)

    def folder(self, *parts: str) -> Path:
        """A folder below the place, only for the servers' user; made if it is missing."""
        path = self.place.joinpath(*parts)
        path.mkdir(mode=0o700, exist_ok=True)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)
        return path

    def _settle(self) -> None:
        """Choose the place at the first start, and follow a checkout that moved."""
        if not self.state.ports and not self.state.place:
            if self.account and not reachable(self.root / ".local"):
                self.state.place = str(_elsewhere(self.root))
        elif not self.place.exists():
            # Emptied by hand, or a machine that keeps /var in memory: the data is gone, the way to start again is not.
            self.place.mkdir(mode=0o755)
            self.place.chmod(0o755)
        self.state.root = str(self.root)
        self.save()


def reachable(path: Path) -> bool:
    """Whether every user may enter this file or folder; it must exist."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents))


def local_folder(root: Path) -> Path:
    """The checkout's `.local`, made if it is missing; it must be ours."""
    local = root / ".local"
    if not local.exists():
        local.mkdir(exist_ok=True)
        local.chmod(0o755)  # whatever the umask: the servers' user must pass through
    if local.stat().st_uid != os.geteuid():
        owner = _name_of(local.stat().st_uid)
        raise Fault(f"{local} belongs to {owner}; run this as {owner}, or remove it as that user.")
    return local


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the checkout for one command, waiting for another that is at work on it."""
    path = local_folder(root) / "services.lock"
    while True:
        with path.open("a") as lock:
            _wait_for(lock.fileno())
            if not _same_file(lock.fileno(), path):
                continue  # `destroy` removed it while we waited
            yield
            return


def remove(root: Path, place: Path | None) -> None:
    """Remove all that the services keep for a checkout; the memory of where that is and the lock go last."""
    local = root / ".local"
    for folder in dict.fromkeys((place or local, local)):
        for name in OURS:
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        with suppress(OSError):  # something that is not ours is in it
            folder.rmdir()


def _elsewhere(root: Path) -> Path:
    name = re.sub(r"[^a-z0-9]+", "-", root.name.lower()).strip("-")
    for base in ELSEWHERE:
        place = base / f"acemall-staff-{name}-{secrets.token_hex(4)}"
        with suppress(OSError):
            place.mkdir(mode=0o755)
            place.chmod(0o755)
            return place
    raise Fault(
        f"PostgreSQL does not run as root, the user nobody cannot enter {root}, and neither of "
        f"{' and '.join(map(str, ELSEWHERE))} can be written; run this as an ordinary user."
    )


def _wait_for(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another command is at work on these services; waiting for it.", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def _same_file(lock: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except FileNotFoundError:
        return False


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
