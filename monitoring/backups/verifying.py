"""Whether a backup is good: it is restored, and what comes back is compared with what was there."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from config.services.archive import Archive
from config.services.checkout import Checkout
from config.services.programs import Programs
from config.services.scratch import Scratch
from config.services.sealed import SUFFIX, Damaged, check
from config.services.server import reason
from config.services.state import Fault
from monitoring.backups import dumping, media
from monitoring.backups.making import TABLES, migrations_of
from monitoring.backups.manifest import Manifest, Verdict, Wal
from monitoring.backups.progress import Progress
from monitoring.backups.scratch import check_files, logged_in, scratch, stage_wal, unpack
from monitoring.backups.source import Source
from monitoring.backups.vault import Entry, Vault
from staff.auditing.chain import verify as verify_chain

Place = tuple[Checkout, Programs]

FOREIGN_KEYS = """
SELECT conrelid::regclass::text, conname,
    (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(conkey) WITH ORDINALITY AS k (n, place)
        JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.n),
    confrelid::regclass::text,
    (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(confkey) WITH ORDINALITY AS k (n, place)
        JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = k.n)
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
CHECKS = """
SELECT conrelid::regclass::text, conname, pg_get_expr(conbin, conrelid) FROM pg_constraint
WHERE contype = 'c' AND conrelid <> 0 AND connamespace = 'public'::regnamespace ORDER BY 1, 2
"""


def verify(entry: Entry, vault: Vault, place: Place, key: str, progress: Progress, *, at: datetime) -> Verdict:
    """Restore a backup on trial, compare, and write down what was found; call it under the vault's lock."""
    began = time.monotonic()
    try:
        try_out(entry, vault, place, key, progress)
        fault = ""
    except (Fault, psycopg.Error) as error:
        fault = " ".join(str(error).split())
    verdict = Verdict(at, fault, round(time.monotonic() - began, 1))
    verdict.write(entry.folder, vault.key)
    return verdict


def try_out(entry: Entry, vault: Vault, place: Place, key: str, progress: Progress) -> None:
    """Raises Fault with the first thing that is wrong."""
    manifest = entry.believed()
    check_files(entry, manifest)
    if manifest.wal:
        check_wal(vault.wal(manifest.system_identifier), manifest.wal, progress)
    with progress.step("Uploaded files") as seen:
        media.check(media.read_index(entry.folder / media.INDEX, vault.key), vault, seen)
    with scratch(*place) as server:
        source = _bring_to_life(entry, vault, server, key, progress)
        compare(source, manifest)
        _check_indexes(source)


def _bring_to_life(entry: Entry, vault: Vault, server: Scratch, key: str, progress: Progress) -> Source:
    manifest = entry.believed()
    if manifest.wal is None:
        return dumping.bring_to_life(entry, vault, server, progress)
    unpack(entry, vault, server, progress)
    stage_wal(vault, server, key, manifest)
    # In its own history, not the newest: a restore may have given up what followed this backup.
    server.recover(recovery_target_name=manifest.wal.restore_point, recovery_target_timeline="current")
    return logged_in(server, manifest.database)


def check_wal(archive: Archive, wal: Wal, progress: Progress) -> None:
    """Open every segment from the backup's first to the newest of its timeline; none may be missing in between."""
    timeline = wal.start[:8]
    present = {path.name.removesuffix(SUFFIX) for path in archive.folder.glob(f"{timeline}{'[0-9A-F]' * 16}{SUFFIX}")}
    newest = max((name for name in present if name >= wal.start), default=wal.end)
    with progress.step("WAL archive") as seen:
        for name in segments(wal.start, max(newest, wal.end), wal.segment_size):
            if name not in present:
                raise Damaged(f"The WAL segment {name} is missing from {archive.folder}.")
            seen(check(archive.path(name), archive.key))


def segments(first: str, last: str, size: int) -> Iterator[str]:
    """The names of all WAL segments from one to another on the same timeline."""
    per_log = 0x1_0000_0000 // size
    start, end = (int(name[8:16], 16) * per_log + int(name[16:], 16) for name in (first, last))
    for number in range(start, end + 1):
        yield f"{first[:8]}{number // per_log:08X}{number % per_log:08X}"


def compare(source: Source, manifest: Manifest) -> None:
    """The rows of every table, the migrations, and every foreign key and check; raises Fault for what differs."""
    with source.connect() as connection:
        _compare_counts(connection, manifest)
        if (found := migrations_of(connection)) != manifest.migrations:
            raise Fault(f"The restored database had other migrations: {sorted(set(found) ^ set(manifest.migrations))}.")
        for table, name, columns, target, keys in connection.execute(FOREIGN_KEYS).fetchall():
            _require_none(connection, _orphans(table, columns, target, keys), f"{table} breaks its foreign key {name}")
        for table, name, rule in connection.execute(CHECKS).fetchall():
            _require_none(connection, f"SELECT count(*) FROM {table} WHERE NOT ({rule})", f"{table} breaks {name}")
        check_audit(connection)


def check_audit(connection: psycopg.Connection[Any]) -> None:
    """Walk every organisation's audit log; raises Fault with the first broken row. A backup from before it has none."""
    if connection.execute("SELECT to_regclass('staff_auditentry')").fetchone() == (None,):
        return
    for pk, slug in connection.execute("SELECT id, slug FROM staff_organisation ORDER BY id").fetchall():
        verdict = verify_chain(connection.cursor(), pk)
        if not verdict.holds:
            raise Fault(f"The audit log of {slug} does not hold: {verdict.fault}")


def _compare_counts(connection: psycopg.Connection[Any], manifest: Manifest) -> None:
    names = {".".join(table): sql.Identifier(*table) for table in connection.execute(TABLES).fetchall()}
    for table, count in (manifest.counts or {}).items():
        if table not in names:
            raise Fault(f"The table {table} did not come back.")
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(names[table])).fetchone()
        if row != (count,):
            raise Fault(f"The table {table} came back with {row[0] if row else 0:,} rows instead of {count:,}.")


def _orphans(table: str, columns: list[str], target: str, keys: list[str]) -> str:
    set_ = " AND ".join(f'child."{column}" IS NOT NULL' for column in columns)
    same = " AND ".join(f'parent."{key}" = child."{column}"' for column, key in zip(columns, keys, strict=True))
    return f"SELECT count(*) FROM {table} child WHERE {set_} AND NOT EXISTS (SELECT FROM {target} parent WHERE {same})"


def _require_none(connection: psycopg.Connection[Any], query: str, what: str) -> None:
    (count,) = connection.execute(sql.SQL(query)).fetchone() or (0,)
    if count:
        raise Fault(f"{count:,} rows of {what}.")


def _check_indexes(source: Source) -> None:
    """Let amcheck walk every table and index, and look up every row in them."""
    options = ("--install-missing", "--heapallindexed", "-d", source.database)
    command, environment = source.command("pg_amcheck", *options)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Fault(f"A table or index of the restored database is damaged: {reason(done.stdout or done.stderr)}.")
