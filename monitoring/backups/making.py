"""One backup: a base copy of the running server, the uploaded files, and the rows of one moment to compare with."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config.services import interpreter
from config.services.archive import Archive, write_settings
from config.services.postgres import Postgres
from config.services.sealed import SUFFIX, Sealing, sync_folder
from config.services.state import Fault
from monitoring.backups import media
from monitoring.backups.manifest import File, Manifest, Wal
from monitoring.backups.progress import Progress
from monitoring.backups.source import Source
from monitoring.backups.vault import DRAFT, Vault, name_of

BASE = "base.sealed"
# A server that archives at all has done so by then: each attempt of its own takes far less.
ARCHIVED_WITHIN = 120.0
# A lock that is not had at once is given up again, so that no writer waits longer than this behind it.
WRITERS_WAIT, ATTEMPTS, PAUSE = "500ms", 60, 1.0

TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_' ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Moment:
    """What a backup holds: how many rows every table had, and the point in the WAL, or the roles, that belong to it."""

    kind: str
    counts: dict[str, int] | None
    wal: Wal | None = None
    roles: tuple[str, ...] = ()


def make(source: Source, vault: Vault, uploads: Path, progress: Progress, *, at: datetime) -> Manifest:
    """Take a backup of the embedded server; call it under the vault's lock. An error leaves nothing of it."""
    with draft_of(vault, at) as draft, source.connect() as connection:
        start = _segment(connection)
        _base(source, connection, draft / BASE, vault, progress)
        wal, counts = _moment(source, connection, name_of(at), start)
        _wait_for_archive(connection, vault.wal(identifier_of(connection)), wal.end, progress)
        return finish(connection, vault, draft, uploads, Moment("physical", counts, wal), progress, at=at)


def require_new(vault: Vault, at: datetime) -> None:
    """Raises Fault when a backup has the name already that one of this second would get."""
    if (vault.folder / name_of(at)).exists():
        raise Fault(f"There is a backup {name_of(at)} already; try again in a second.")


@contextmanager
def draft_of(vault: Vault, at: datetime) -> Iterator[Path]:
    """An empty folder for a backup, after those of killed ones are gone; an error removes it with all that is in it."""
    for draft in vault.drafts():
        vault.remove(draft.name.removesuffix(DRAFT))
    require_new(vault, at)
    draft = vault.folder / (name_of(at) + DRAFT)
    draft.mkdir(mode=0o700)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # gone under its own name when all went well


def begin_archiving(source: Source, server: Postgres, vault: Vault, key: str) -> None:
    """Let the embedded server keep its WAL in this vault from now on; harmless when it does already."""
    with source.connect() as connection:
        archive_into(server, vault, key, identifier_of(connection))


def archive_into(server: Postgres, vault: Vault, key: str, identifier: str) -> None:
    """Say where the WAL of this database cluster goes; PostgreSQL reads it anew for every segment."""
    account = server.checkout.account
    vault.prepare(identifier, account)
    interpreter.of(server.checkout).make()
    owner = (account.uid, account.gid) if account else None
    write_settings(server.archive_settings, vault.wal(identifier).folder, key, owner)


def _base(source: Source, connection: psycopg.Connection[Any], target: Path, vault: Vault, progress: Progress) -> None:
    (total,) = connection.execute("SELECT sum(pg_database_size(oid)) FROM pg_database").fetchone() or (0,)
    # Without `fast` it waits for the next checkpoint, up to five minutes. The WAL that it needs to become consistent
    # comes along: otherwise it would wait for the archive without end.
    options = ["-D", "-", "-F", "tar", "-X", "fetch", "-c", "fast", "--no-sync"]
    with progress.step("Database", int(total)) as seen, Sealing(target, vault.key) as sealing:
        for piece in source.output_of("pg_basebackup", *options):
            sealing.write(piece)
            seen(len(piece))


def _moment(
    source: Source, connection: psycopg.Connection[Any], name: str, start: str
) -> tuple[Wal, dict[str, int] | None]:
    """Mark a point in the WAL and count the rows of exactly that point, while everybody goes on writing.

    For an instant no table is written: the lock is had only when nobody has written what is not committed yet, and
    then a snapshot is taken and the point marked before it is let go. Counting goes on in the snapshot.
    """
    with source.connect() as locker, source.connect() as counter:
        for _ in range(ATTEMPTS):
            try:
                with locker.transaction():
                    tables = locker.execute(TABLES).fetchall()
                    locker.execute(f"SET LOCAL lock_timeout = '{WRITERS_WAIT}'")
                    names = [sql.Identifier(*table) for table in tables]
                    if names:
                        locker.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.SQL(", ").join(names)))
                    (snapshot,) = locker.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
                    counter.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    counter.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
                    wal = _mark(locker, name, start)
                return wal, counts_of(counter)
            except psycopg.errors.LockNotAvailable:
                time.sleep(PAUSE)
    return _mark(connection, name, start), None


def _mark(connection: psycopg.Connection[Any], name: str, start: str) -> Wal:
    row = connection.execute(
        "SELECT pg_walfile_name(lsn), lsn::text, setting::bigint "
        "FROM pg_settings, pg_create_restore_point(%s) AS lsn WHERE name = 'wal_segment_size'",
        [name],
    ).fetchone()
    end, lsn, size = row or ("", "0/0", 0)
    return Wal(start=start, end=end, restore_point=name, lsn=lsn, segment_size=size)


def counts_of(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows every table has, by "schema.table"."""
    counts = {}
    for table in connection.execute(TABLES).fetchall():
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table))).fetchone()
        counts[".".join(table)] = int(row[0]) if row else 0
    return counts


def _wait_for_archive(connection: psycopg.Connection[Any], archive: Archive, segment: str, progress: Progress) -> None:
    """Close the segment of the restore point and wait until the archive has it: without it the backup is nothing."""
    connection.execute("SELECT pg_switch_wal()")
    path, deadline = archive.path(segment), time.monotonic() + ARCHIVED_WITHIN
    with progress.step("WAL archive") as seen:
        while not path.exists():
            if time.monotonic() > deadline:
                raise Fault(f"PostgreSQL does not archive its WAL: {_why_not_archived(connection, archive)}.")
            time.sleep(0.1)
            seen(0)


def _why_not_archived(connection: psycopg.Connection[Any], archive: Archive) -> str:
    row = connection.execute("SELECT current_setting('archive_mode'), last_failed_wal FROM pg_stat_archiver").fetchone()
    mode, failed = row or ("off", None)
    if mode == "off":
        return "archive_mode is off; stop it and start it again (`make stop`, `make run`)"
    return f"{failed or 'nothing'} failed, its log says why; the archive is {archive.folder}"


def _segment(connection: psycopg.Connection[Any]) -> str:
    (segment,) = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone() or ("",)
    return str(segment)


def finish(
    connection: psycopg.Connection[Any],
    vault: Vault,
    draft: Path,
    uploads: Path,
    moment: Moment,
    progress: Progress,
    *,
    at: datetime,
) -> Manifest:
    """Add the uploaded files and the manifest, and give the backup its name, which makes it one."""
    with progress.step("Uploaded files") as seen:
        index = media.keep(uploads, vault, media.known(vault), seen)
    media.write_index(draft / media.INDEX, index, vault.key)
    manifest = Manifest(
        **_described(connection),
        name=name_of(at),
        kind=moment.kind,
        started_at=at,
        ended_at=datetime.now(at.tzinfo),
        wal=moment.wal,
        counts=moment.counts,
        roles=list(moment.roles),
        files={path.name: file_at(path) for path in sorted(draft.glob(f"*{SUFFIX}"))},
    )
    manifest.write(draft, vault.key)
    draft.rename(vault.folder / manifest.name)
    sync_folder(vault.folder)
    return manifest


def migrations_of(connection: psycopg.Connection[Any]) -> list[str]:
    """The migrations that a database has had, as "app.name"."""
    rows = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    return [name for (name,) in rows]


def file_at(path: Path) -> File:
    """A file's size and checksum, read back from the disk."""
    with path.open("rb") as file:
        return File(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _described(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    row = connection.execute("SELECT current_database(), current_setting('server_version_num')::int").fetchone()
    database, version = row or ("", 0)
    return {
        "database": database,
        "server_version": version,
        "system_identifier": identifier_of(connection),
        "migrations": migrations_of(connection),
    }


def identifier_of(connection: psycopg.Connection[Any]) -> str:
    """The number that tells one database cluster from every other."""
    (identifier,) = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone() or ("",)
    return str(identifier)
