"""The nightly upkeep: what expired goes, the database counts its rows again, the cache gives back its memory."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import QuerySet
from django_redis import get_redis_connection

from config.idempotency import KEPT
from config.jobs import in_each_organisation
from config.models import GivenAnswer
from monitoring.services.batches import delete_in_batches

log = logging.getLogger(__name__)

Part = Callable[[datetime], int]


class SomePartsFailed(Exception):
    """The upkeep did what it could; the text says which parts it could not do."""


def keep_up(now: datetime) -> str:
    """Do every part of UPKEEP and say how much each did. Raises SomePartsFailed after all had their turn."""
    return each_part({name: partial(part, now) for name, part in UPKEEP.items()})


def each_part(parts: dict[str, Callable[[], int]]) -> str:
    """Call every part and report its number; one that fails stops none of the others, but fails the run."""
    done, failed = [], []
    for name, part in parts.items():
        try:
            done.append(f"{name} {part()}")
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:
            log.exception("%s failed; the other parts go on.", name)
            failed.append(f"{name} ({type(error).__name__}: {error})")
            connection.close_if_unusable_or_obsolete()
    if failed:
        raise SomePartsFailed(f"Failed: {'; '.join(failed)}. Done: {', '.join(done) or 'nothing'}.")
    return ", ".join(done)


def _sessions(now: datetime) -> int:
    return delete_in_batches(lambda: Session.objects.filter(expire_date__lt=now))


def _given_answers(now: datetime) -> int:
    def given() -> QuerySet[GivenAnswer]:
        return GivenAnswer.objects.filter(created_at__lt=now - KEPT)

    return in_each_organisation(lambda pk: delete_in_batches(given, organisation=pk))


def _temporary_files(now: datetime) -> int:
    """Files that nobody has touched for so many hours, and the folders that this leaves empty."""
    root, before = Path(settings.TEMPORARY_ROOT), (now - timedelta(hours=settings.KEEP_TEMPORARY_HOURS)).timestamp()
    return sum(_removed(path, before) for path in sorted(root.rglob("*"), reverse=True))


def _removed(path: Path, before: float) -> bool:
    try:
        if path.lstat().st_mtime >= before:
            return False
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    except OSError:
        # Not empty, or gone meanwhile; what is neither comes up again tomorrow.
        return False
    return True


def _statistics(now: datetime) -> int:
    """One table at a time, each in a transaction of its own: a lock on all of them would hold up the nightly backup."""
    names = connection.introspection.table_names()
    for name in names:
        with connection.cursor() as cursor:
            cursor.execute("SELECT analyse_table(%s)", [name])
    return len(names)


def _cache(now: datetime) -> int:
    """Let the cache give freed memory back to the system; answers the bytes that it uses."""
    server = get_redis_connection()
    server.execute_command("MEMORY", "PURGE")
    return int(server.info("memory")["used_memory"])


UPKEEP: dict[str, Part] = {
    "expired sessions": _sessions,
    "given answers": _given_answers,
    "temporary files": _temporary_files,
    "tables counted": _statistics,
    "bytes in the cache": _cache,
}
