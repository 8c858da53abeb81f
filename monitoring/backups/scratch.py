"""A backup brought back to life beside the server: unpacked, recovered to a moment, and removed whatever happens."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.services import interpreter
from config.services.archive import write_settings
from config.services.checkout import Checkout, reachable
from config.services.programs import Programs
from config.services.scratch import USER, Scratch
from config.services.sealed import CHUNK, Damaged, opened
from config.services.server import reason
from config.services.state import Fault
from monitoring.backups.making import BASE, file_at
from monitoring.backups.manifest import Manifest
from monitoring.backups.progress import Progress
from monitoring.backups.source import Source
from monitoring.backups.vault import Entry, Vault


@contextmanager
def scratch(checkout: Checkout, programs: Programs, *, lasting: bool = False) -> Iterator[Scratch]:
    """A scratch server without data; stopped and removed with all that came to be in it, also after Ctrl-C."""
    home = checkout.folder("scratch")
    folder = Path(tempfile.mkdtemp(dir=home))
    interpreter.of(checkout).make()
    server = Scratch(checkout, programs, folder, lasting=lasting)
    server.own(folder)
    try:
        yield server
    finally:
        server.remove()


def check_files(entry: Entry, manifest: Manifest) -> None:
    """Compare every file of a backup with its manifest: cheap, and before anything is stopped or unpacked."""
    for name, file in manifest.files.items():
        path = entry.folder / name
        if not path.exists():
            raise Damaged(f"{path} is missing from the backup.")
        if path.stat().st_size != file.size:
            raise Damaged(f"{path} has {path.stat().st_size:,} bytes instead of {file.size:,}: it was cut or replaced.")
        if file_at(path) != file:
            raise Damaged(f"{path} was changed after it was written: its checksum is another.")


def unpack(entry: Entry, vault: Vault, server: Scratch, progress: Progress) -> None:
    """Put the base copy where the scratch server wants its data, owned by the servers' user, and check every file."""
    server.data.mkdir(mode=0o700)
    with progress.step("Unpacking") as seen, opened(entry.folder / BASE, vault.key) as plain:
        with tarfile.open(fileobj=plain, mode="r|") as tar:
            for member in tar:
                tar.extract(member, server.data, set_attrs=False, filter="tar")
                seen(member.size)
        while plain.read(CHUNK):  # the last chunk says that nothing was cut off behind the tar's end
            pass
    for path in (server.data, *server.data.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        server.own(path)
    _verify_base(server)


def stage_wal(vault: Vault, server: Scratch, key: str, manifest: Manifest) -> None:
    """Tell the scratch server where its WAL is: in a copy, still sealed, where its user may not read the archive."""
    account, folder = server.checkout.account, vault.wal(manifest.system_identifier).folder
    if account and (folder.stat().st_uid != account.uid or not reachable(vault.folder)):
        first, original, folder = manifest.needed.start[8:], folder, server.folder / "wal"
        folder.mkdir(mode=0o700)
        for path in original.iterdir():
            if path.name[8:] >= first or ".history" in path.name:
                shutil.copy(path, folder)
        for path in (folder, *folder.iterdir()):
            server.own(path)
    write_settings(server.archive_settings, folder, key, (account.uid, account.gid) if account else None)


def logged_in(server: Scratch, database: str) -> Source:
    """How to ask the scratch server: as its superuser, with a password that nobody else knows."""
    server.set_passwords({USER: server.password})
    server.serve()
    return Source("127.0.0.1", server.port, USER, server.password, database, server.programs.postgres)


def _verify_base(server: Scratch) -> None:
    """Let PostgreSQL compare the copy with the manifest that it wrote itself, file by file."""
    command = [str(server.programs.postgres / "pg_verifybackup"), "-n", "-q", str(server.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **server.as_account())
    if done.returncode != 0:
        raise Fault(f"The base copy is not what PostgreSQL wrote: {reason(done.stderr)}.")
