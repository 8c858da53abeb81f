"""Backups as this installation's settings say, each with its row. The one file here that knows Django."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from config.services.state import Fault, replaced
from monitoring.backups import dumping, keeping, ledger, making, media, restoring, verifying
from monitoring.backups import source as sources
from monitoring.backups.manifest import Manifest, Verdict
from monitoring.backups.plan import Plan
from monitoring.backups.progress import Progress
from monitoring.backups.restoring import Restored
from monitoring.backups.source import Source
from monitoring.backups.vault import Entry, Vault, name_of
from monitoring.models import Backup

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"

log = logging.getLogger(__name__)


def plan() -> Plan:
    """What the settings say, with a key."""
    return Plan(
        root=Path(settings.BASE_DIR),
        uploads=Path(settings.MEDIA_ROOT),
        key=settings.BACKUP_KEY,
        to=Path(settings.BACKUP_TO) if settings.BACKUP_TO else None,
        copy_to=Path(settings.BACKUP_COPY_TO) if settings.BACKUP_COPY_TO else None,
        given=_given_server() if replaced("postgres") else None,
    ).with_key()


def _given_server() -> Source:
    """The server of DATABASE_URL, as the role that may read every row."""
    where = settings.BACKUP_DATABASE or settings.DATABASE_OWNER
    found = (
        Path(settings.BACKUP_PROGRAMS)
        if settings.BACKUP_PROGRAMS
        else sources.checkout_of(settings.BASE_DIR)[1].postgres
    )
    return Source(where["HOST"], int(where["PORT"]), where["USER"], where["PASSWORD"], where["NAME"], found)


def back_up(plan: Plan, progress: Progress, *, at: datetime) -> Manifest:
    """Take a backup and let go what retention lets go; raises Fault when there is none. A row tells either way."""
    vault = plan.vault
    with in_one_sentence(), vault.locked("manage.py backup"):
        making.require_new(vault, at)
        # Whoever holds the lock is the only one at work, so what still runs by its row was killed.
        Backup.objects.running().update(outcome=Backup.Outcome.FAILED, ended_at=at, error="It was killed.")
        row = Backup.objects.create(name=name_of(at), started_at=at, location=str(vault.folder))
        try:
            manifest = _make(plan, progress, at=at)
        except BaseException as error:
            row.outcome, row.ended_at, row.error = Backup.Outcome.FAILED, timezone.now(), in_words(error)[:500]
            row.save()
            raise
        keeping.prune(vault, at)
        remember(vault)
        return manifest


def copy(plan: Plan, progress: Progress, *, at: datetime) -> tuple[int, int]:
    """Keep new uploads, and bring all that is new to the second place; returns how many files, and bytes copied."""
    vault = plan.vault
    if not vault.entries():
        return 0, 0
    with in_one_sentence(), vault.locked("the copy to the second place"):
        return media.sweep(plan.uploads, vault, at), _copy(plan, progress, at)


def verified(plan: Plan, name: str, progress: Progress, *, at: datetime) -> Verdict:
    """Restore a backup on trial and keep the verdict; raises Fault when it is bad."""
    vault = plan.vault
    with in_one_sentence(), vault.locked("manage.py verify_backup"):
        verdict = verifying.verify(vault.entry(name), vault, plan.place, plan.key, progress, at=at)
        remember(vault)
    if verdict.fault:
        raise Fault(f"Backup {name} is bad. {verdict.fault}")
    return verdict


def restore(plan: Plan, to: datetime | None, progress: Progress, *, at: datetime) -> Restored:
    """Go back to a moment, forget every cached copy, and bring the rows, which are old now, in line with the vault."""
    vault, lines = plan.vault, ledger.lines_of(plan)
    with in_one_sentence(), vault.locked("manage.py restore"):
        settle = partial(_erase_again, plan) if lines else None
        restored = restoring.restore(plan, restoring.choose(vault, to), to, progress, at=at, before_opening=settle)
        # Read anew: somebody may have been erased until the server stopped.
        ledger.remove_files(ledger.lines_of(plan), plan.uploads)
        connection.close()
        try:
            cache.clear()
        except (RedisError, OSError):
            log.warning(
                "The cache could not be emptied; restart the cache server before people work on.", exc_info=True
            )
        remember(vault)
        return restored


def newest(vault: Vault) -> Entry:
    entries = vault.entries()
    if not entries:
        raise Fault(f"There is no backup in {vault.folder} yet; `manage.py backup` makes the first.")
    return entries[0]


def remember(vault: Vault) -> None:
    """Bring the rows in line with what lies in the vault, which is the truth; without a database, say so and go on."""
    entries = vault.entries()
    try:
        with transaction.atomic():
            for entry in entries:
                Backup.objects.update_or_create(name=entry.name, defaults=_columns(entry))
            gone = Backup.objects.done().exclude(name__in=[entry.name for entry in entries])
            gone.update(outcome=Backup.Outcome.REMOVED)
    except DatabaseError:
        log.warning("The backups' rows could not be written; what lies in the folder counts.", exc_info=True)


def _make(plan: Plan, progress: Progress, *, at: datetime) -> Manifest:
    source, vault = plan.source, plan.vault
    if source.server is None:
        vault.prepare("", None)
        return dumping.make(source, vault, plan.uploads, progress, at=at)
    making.begin_archiving(source, source.server, vault, plan.key)
    return making.make(source, vault, plan.uploads, progress, at=at)


def _erase_again(plan: Plan, source: Source) -> None:
    """Whoever was erased since the backup is erased in it too, before anybody is let in: by a process of its own, which
    logs in to the restored database as its superuser and works as the owner of its tables."""
    owner, application = settings.DATABASE_OWNER, settings.DATABASES["default"]
    where = f"{source.host}:{source.port}/{source.database}"
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{application['USER']}:none@{where}",
        "DATABASE_OWNER_URL": f"postgresql://{source.user}:{quote(source.password, safe='')}@{where}",
        "PGOPTIONS": f"-c role={owner['USER']}",
        "BACKUP_KEY": plan.key,
        "BACKUP_TO": str(plan.vault.folder),
        "BACKUP_COPY_TO": str(plan.second.folder) if plan.second else "",
    }
    command = [sys.executable, str(MANAGE), "gdpr", "again"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Fault(
            f"Nobody is let into what was restored: the erasures could not be applied again ("
            f"{(done.stderr.strip().splitlines() or ['no reason given'])[-1]}). Mend that, and run the restore again."
        )
    # With the lines that fit nobody: whoever restores has to know of them.
    log.warning("%s", " ".join(filter(None, (done.stdout.strip(), done.stderr.strip()))))


def _columns(entry: Entry) -> dict[str, object]:
    manifest, verdict = entry.manifest, entry.verdict
    return {
        "started_at": entry.at,
        "ended_at": manifest.ended_at if manifest else None,
        "kind": manifest.kind if manifest else "",
        "size": manifest.size if manifest else 0,
        "outcome": Backup.Outcome.DONE if entry.good else Backup.Outcome.FAILED,
        "location": str(entry.folder.parent),
        "verified_at": verdict.at if verdict and entry.good else None,
        "error": entry.fault[:500],
    }


def _copy(plan: Plan, progress: Progress, at: datetime) -> int:
    if plan.second is None:
        return 0
    copied = keeping.copy(plan.vault, plan.second, progress)
    keeping.prune(plan.second, at)
    return copied


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Turn what a disk or a server refuses into a Fault: one sentence, as of everything else that goes wrong here."""
    try:
        yield
    except (OSError, psycopg.Error) as error:
        raise Fault(in_words(error)) from error


def in_words(error: BaseException) -> str:
    """What happened, in one sentence."""
    if isinstance(error, OSError):
        return f"{error.filename or 'The backup'}: {error.strerror or error}."
    if isinstance(error, psycopg.Error):
        return f"PostgreSQL: {' '.join(str(error).split())}"
    return str(error) if isinstance(error, Fault) else f"It was ended by {type(error).__name__}."
