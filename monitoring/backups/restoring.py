"""The way back to a moment: a backup, and the WAL after it, in the place of the embedded server's data."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from config.services.archive import Archive
from config.services.checkout import locked
from config.services.postgres import Postgres
from config.services.scratch import USER, Scratch
from config.services.state import APP, OWNER, Fault
from monitoring.backups import dumping, media
from monitoring.backups.making import archive_into
from monitoring.backups.manifest import Manifest
from monitoring.backups.plan import Plan
from monitoring.backups.progress import Progress
from monitoring.backups.scratch import check_files, scratch, stage_wal, unpack
from monitoring.backups.source import Source
from monitoring.backups.vault import Entry, Vault, name_of

LAST_WRITE = re.compile(r"last completed transaction was at log time (\S+ \S+)")
TOO_LATE = "recovery ended before configured recovery target was reached"


# What is done to a restored database, told how to log in to it.
Settling = Callable[[Source], None]


@dataclass(frozen=True)
class Restored:
    """What a restore did. `last_write` is the newest transaction that came back, None when none came after the base."""

    backup: str
    last_write: datetime | None
    stopped_at: datetime
    seconds: float
    uploads: int
    aside: str


def choose(vault: Vault, to: datetime | None) -> Entry:
    """The newest good backup that ended before the moment and leads to where the database is now."""
    for entry in vault.entries():
        manifest = entry.manifest
        if not entry.good or manifest is None or (to and manifest.ended_at > to):
            continue
        if manifest.wal is None or leads_on(vault.wal(manifest.system_identifier), manifest):
            return entry
    moment = f"before {to:%Y-%m-%d %H:%M:%S} UTC " if to else ""
    raise Fault(f"There is no good backup {moment}in {vault.folder}; `manage.py backups` lists what there is.")


def leads_on(archive: Archive, manifest: Manifest) -> bool:
    """Whether recovery from this backup can reach the newest timeline: after a restore, the backups that were taken
    between the moment it went back to and the restore itself lead only to what was given up."""
    timeline, histories = manifest.needed.start[:8], archive.histories()
    if not histories or timeline == histories[-1]:
        return True
    for line in archive.read(f"{histories[-1]}.history").splitlines():
        parent, switch, *_ = line.split() or ("0", "0/0")
        if int(parent) == int(timeline, 16):
            return position(manifest.needed.lsn) <= position(switch)
    return False


def position(lsn: str) -> int:
    """A place in the WAL as a number."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def restore(
    plan: Plan,
    entry: Entry,
    to: datetime | None,
    progress: Progress,
    *,
    at: datetime,
    before_opening: Settling | None = None,
) -> Restored:
    """Bring the embedded server back to a moment (None: to its last write); call it under the vault's lock.

    Everything that can fail is done beside the data that is to be replaced; when it fails, that is served again.
    `before_opening` does what has to be done to the restored database before anybody works in it: until then it lets in
    nobody but the superuser, also if that fails.
    """
    began, manifest, vault = time.monotonic(), entry.believed(), plan.vault
    current = plan.source.server
    check_files(entry, manifest)
    if current is None or manifest.wal is None:
        return _restore_dump(plan, entry, progress, at=at, before_opening=before_opening)
    with scratch(*plan.place, lasting=True) as server:
        unpack(entry, vault, server, progress)
        with locked(plan.root):
            current.down()
            stopped_at = datetime.now(UTC)
            try:
                last_write = _recover(server, current, entry, vault, plan.key, to)
                if before_opening:
                    server.execute(f"ALTER DATABASE {manifest.database} CONNECTION LIMIT 0", "be shut")
                aside = _swap(server, current, at)
                if current.archive_settings.exists():
                    archive_into(current, vault, plan.key, manifest.system_identifier)
            finally:
                current.up()
    _keep_histories(vault.wal(manifest.system_identifier), current)
    uploads = media.restore(_uploads(entry, vault), vault, plan.uploads)
    if before_opening:
        _settle(plan.source, manifest.database, before_opening)
    return Restored(entry.name, last_write, stopped_at, time.monotonic() - began, uploads, aside)


def _settle(source: Source, database: str, before_opening: Settling) -> None:
    """Do what has to be done while the database is shut, and open it only then."""
    before_opening(source)
    with source.connect() as connection:
        connection.execute(f"ALTER DATABASE {database} CONNECTION LIMIT -1")


def _restore_dump(
    plan: Plan, entry: Entry, progress: Progress, *, at: datetime, before_opening: Settling | None
) -> Restored:
    """A dump goes back into the server it is read into; what was written after it is not in it."""
    began, manifest = time.monotonic(), entry.believed()
    if manifest.wal:
        raise Fault(f"Backup {entry.name} is of an embedded server; restore it where DATABASE_URL is not set.")
    aside = dumping.put_in_place(entry, plan.vault, plan.source, progress, at=at, before_opening=before_opening)
    uploads = media.restore(_uploads(entry, plan.vault), plan.vault, plan.uploads)
    return Restored(entry.name, manifest.started_at, at, time.monotonic() - began, uploads, f"the database {aside}")


def _recover(
    server: Scratch, current: Postgres, entry: Entry, vault: Vault, key: str, to: datetime | None
) -> datetime | None:
    manifest = entry.believed()
    stage_wal(vault, server, key, manifest)
    _bring_unarchived(server, current, vault.wal(manifest.system_identifier), manifest)
    target = {"recovery_target_time": to.astimezone(UTC).isoformat(sep=" ")} if to else {}
    try:
        server.recover(**target)
    except Fault as fault:
        # Nothing was written after the moment, so the end of the WAL is that moment.
        if not to or TOO_LATE not in str(fault):
            raise
        server.recover()
    passwords = server.checkout.state.passwords
    server.set_passwords({USER: passwords["postgres"], OWNER: passwords[OWNER], APP: passwords[APP]})
    found = LAST_WRITE.findall(server.log.read_text(errors="replace"))
    return datetime.fromisoformat(found[-1]).replace(tzinfo=UTC) if found else None


def _bring_unarchived(server: Scratch, current: Postgres, archive: Archive, manifest: Manifest) -> None:
    """Hand over the WAL that the stopped server had not archived yet: its last writes after a crash."""
    for path in sorted((current.data / "pg_wal").glob("[0-9A-F]" * 24)):
        if path.name[8:] >= manifest.needed.start[8:] and not archive.path(path.name).exists():
            shutil.copy(path, server.data / "pg_wal")
            server.own(server.data / "pg_wal" / path.name)


def _swap(server: Scratch, current: Postgres, at: datetime) -> str:
    aside = current.data.with_name(f"data.before-{name_of(at)}")
    current.checkout.folder("postgres")
    if current.data.exists():
        current.data.rename(aside)
    server.data.rename(current.data)
    return str(aside) if aside.exists() else ""


def _keep_histories(archive: Archive, current: Postgres) -> None:
    """Archive where the new timeline began: the server does so only for timelines that begin while it archives."""
    for path in (current.data / "pg_wal").glob("*.history"):
        archive.store(path, path.name)
        if account := current.checkout.account:
            archive.own(path.name, account.uid, account.gid)


def _uploads(entry: Entry, vault: Vault) -> media.Index:
    return media.since(vault, media.read_index(entry.folder / media.INDEX, vault.key))
