"""A given server, whose files are out of reach: a dump of its database, and the way back beside the old one."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config.services.scratch import Scratch
from config.services.sealed import CHUNK, Sealing, opened
from config.services.server import reason
from config.services.state import Fault
from monitoring.backups.making import Moment, counts_of, draft_of, finish
from monitoring.backups.manifest import Manifest
from monitoring.backups.progress import Progress
from monitoring.backups.scratch import logged_in
from monitoring.backups.source import Source
from monitoring.backups.vault import Entry, Vault, name_of

DUMP = "dump.sealed"

RIGHTS = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
ROLES = "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"


def make(source: Source, vault: Vault, uploads: Path, progress: Progress, *, at: datetime) -> Manifest:
    """Dump the database and count its rows in one snapshot; call it under the vault's lock."""
    with draft_of(vault, at) as draft, source.connect() as connection:
        _require_rights(connection, source)
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        _dump(source, snapshot, draft / DUMP, vault, progress)
        counts = counts_of(connection)
        roles = tuple(role for (role,) in connection.execute(ROLES).fetchall())
        return finish(connection, vault, draft, uploads, Moment("dump", counts, roles=roles), progress, at=at)


def load(entry: Entry, vault: Vault, target: Source, progress: Progress) -> None:
    """Read a dump into an empty database; raises Fault when PostgreSQL stumbles over any statement."""
    command, environment = target.command("pg_restore", "-d", target.database, "--exit-on-error")
    with (
        progress.step("Loading") as seen,
        tempfile.TemporaryFile() as log,
        opened(entry.folder / DUMP, vault.key) as plain,
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=log) as process,
    ):
        try:
            while process.stdin and (piece := plain.read(CHUNK)):
                process.stdin.write(piece)
                seen(len(piece))
            process.communicate()
        except BrokenPipeError:
            pass  # it gave up, and its own words say why
        except BaseException:
            process.kill()
            raise
        if process.wait() != 0:
            log.seek(0)
            raise Fault(f"The dump could not be loaded: {reason(log.read().decode(errors='replace'))}.")


def bring_to_life(entry: Entry, vault: Vault, server: Scratch, progress: Progress) -> Source:
    """A dump loaded into a fresh scratch server, with roles that own what they owned."""
    manifest = entry.believed()
    server.prepare()
    home = logged_in(server, "postgres")
    with home.connect() as connection:
        for role in manifest.roles:
            if role != home.user:
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(manifest.database)))
    target = replace(home, database=manifest.database)
    load(entry, vault, target, progress)
    return target


def put_in_place(
    entry: Entry,
    vault: Vault,
    source: Source,
    progress: Progress,
    *,
    at: datetime,
    before_opening: Callable[[Source], None] | None = None,
) -> str:
    """Load a dump beside the database of a given server, then let the two change names; returns the old one's new name.

    `before_opening` does what has to be done to it before it has the name. Until the change of names everybody works
    on; whoever is connected then is disconnected.
    """
    fresh, aside = f"{source.database}_restored", f"{source.database}_before_{name_of(at).lower()}"
    home, names = replace(source, database="postgres"), [source.database, fresh, aside]
    old, new, kept = map(sql.Identifier, names)
    with home.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(new))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(new, sql.Identifier(_owner(connection, source)))
        )
        load(entry, vault, replace(source, database=fresh), progress)
        if before_opening:
            before_opening(replace(source, database=fresh))
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(old))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [names[0]])
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(old, kept))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(new, old))
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(kept))
    return aside


def _dump(source: Source, snapshot: str, target: Path, vault: Vault, progress: Progress) -> None:
    # The dump is compressed with everything else when it is sealed.
    options = ["-d", source.database, "-F", "custom", "-Z", "0", "--no-sync", f"--snapshot={snapshot}"]
    with progress.step("Database") as seen, Sealing(target, vault.key) as sealing:
        for piece in source.output_of("pg_dump", *options):
            sealing.write(piece)
            seen(len(piece))


def _require_rights(connection: psycopg.Connection[Any], source: Source) -> None:
    if connection.execute(RIGHTS).fetchone() != (True,):
        raise Fault(
            f"{source.user} sees no rows under row-level security, so it cannot back them up; let BACKUP_DATABASE_URL "
            "name a role that does: CREATE ROLE acemall_backup LOGIN BYPASSRLS IN ROLE pg_read_all_data PASSWORD '…'."
        )


def _owner(connection: psycopg.Connection[Any], source: Source) -> str:
    row = connection.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [source.database]
    ).fetchone()
    return str(row[0]) if row else source.user
