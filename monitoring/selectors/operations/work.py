"""Jobs, queues, outbox, copies and backups, as the tables show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from config.caching import Figures
from config.celery import QUEUES
from monitoring.backups.selectors import BackupPoint, BackupsPanel
from monitoring.heartbeats import Signs
from monitoring.looks.product import BEAT, WORKER
from monitoring.models import Backup, JobRun
from monitoring.selectors.jobs import NEVER, JobStatus
from monitoring.selectors.operations.moments import Moments
from monitoring.traffic import store
from monitoring.wording import shown, span
from notifications.selectors import Backlog

BACKUPS = 6
OK, OFF, SILENT, UNHEARD, RUNNING = "ok", "off", "silent", "never", "running"

# (state of a chip, its words) by how the last run of a job ended.
ENDED: dict[str, tuple[str, str]] = {
    JobRun.Outcome.DONE: (OK, "OK"),
    JobRun.Outcome.RUNNING: (RUNNING, "Running"),
    JobRun.Outcome.FAILED: ("failed", "Failed"),
    NEVER: (UNHEARD, "Never ran"),
}
# What stands where the length of a run is not known.
NOT_ENDED = {JobRun.Outcome.RUNNING: "still running", NEVER: "not yet"}


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job: when it comes, how it went last. `error` is for operators: it may quote what the job worked on."""

    name: str
    purpose: str
    comes: str
    last: str
    took: str
    state: str
    word: str
    error: str


@dataclass(frozen=True, slots=True)
class QueueLine:
    """Who consumes one queue; `waiting` is in words where nobody knows it."""

    name: str
    purpose: str
    waiting: str
    heard: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is to be told to people, over all organisations: numbers, never a message."""

    waiting: str
    dead: str
    is_dead: bool


@dataclass(frozen=True, slots=True)
class CopyLine:
    """How one kind of copy served in the last 24 hours."""

    name: str
    rate: str
    hits: str
    misses: str
    bypasses: str
    lives: str


@dataclass(frozen=True, slots=True)
class Copies:
    """The cache, kind by kind."""

    is_connected: bool
    rate: str
    memory: str
    lines: tuple[CopyLine, ...]


@dataclass(frozen=True, slots=True)
class BackupLine:
    """One backup; `error` is for operators: it names folders."""

    taken: str
    size: str
    took: str
    state: str
    word: str
    error: str


@dataclass(frozen=True, slots=True)
class Backups:
    """The newest backups, and what they are worth."""

    lines: tuple[BackupLine, ...]
    last_good: str
    last_verified: str
    next: str


def job_lines(jobs: Iterable[JobStatus], moments: Moments) -> tuple[JobLine, ...]:
    return tuple(_job(job, moments) for job in jobs)


def _job(job: JobStatus, moments: Moments) -> JobLine:
    state, word = (job.trouble, job.trouble.capitalize()) if job.trouble else ENDED[job.outcome]
    return JobLine(
        name=job.name.replace("_", " ").capitalize(),
        purpose=job.purpose,
        comes=moments.comes(job),
        last=moments.say(job.started_at),
        took=NOT_ENDED.get(job.outcome, "unknown") if job.seconds is None else took(job.seconds),
        state=state if job.is_enabled else OFF,
        word=word if job.is_enabled else "Switched off",
        error=job.error,
    )


def took(seconds: float) -> str:
    """ "0.3 s", "41 s", "3 min 12 s" """
    return f"{seconds:.1f} s" if seconds < 10 else span(seconds)


def depths() -> dict[str, int]:
    """How many tasks wait in each queue. One round trip; raises redis.RedisError."""
    pipeline = store.client().pipeline(transaction=False)
    for queue in QUEUES:
        pipeline.llen(queue)
    return dict(zip(QUEUES, pipeline.execute(), strict=True))


def queue_lines(signs: Signs, waiting: dict[str, int] | None) -> tuple[QueueLine, ...]:
    """The beat, then every queue; `waiting` is None where the broker does not say."""
    lines = [QueueLine("beat", "looks at the schedule and sends what is due", "", *_heard(signs.beat, BEAT))]
    for queue, purpose in QUEUES.items():
        words = "unknown" if waiting is None else f"{waiting[queue]:,}"
        lines.append(QueueLine(queue, purpose, words, *_heard(signs.queues[queue], WORKER)))
    return tuple(lines)


def _heard(age: float | None, limits: tuple[float, float]) -> tuple[str, str, str]:
    """When somebody was last heard of; the state of a chip, and its word."""
    if age is None:
        return "never", UNHEARD, "Never heard of"
    return f"{span(age)} ago", *((OK, "OK") if age <= limits[0] else (SILENT, "Silent"))


def outbox(backlog: Backlog) -> Outbox:
    waiting = "nothing waits"
    if backlog.oldest_seconds is not None:
        waiting = f"{backlog.waiting:,} due and waiting, the oldest for {span(backlog.oldest_seconds)}"
    return Outbox(waiting, f"{backlog.dead:,} gave up", is_dead=backlog.dead > 0)


def copies(figures: Figures) -> Copies:
    """Without its server nothing is known of the cache but that."""
    known = figures.connected
    memory = figures.memory_bytes
    return Copies(
        is_connected=known,
        rate=_rate(figures.hit_rate, known),
        memory="unknown" if memory is None else size(memory),
        lines=tuple(
            CopyLine(
                name=entry.name.replace("_", " ").capitalize(),
                rate=_rate(entry.hit_rate, known),
                hits=_count(entry.hits, known),
                misses=_count(entry.misses, known),
                bypasses=_count(entry.bypasses, known),
                lives=span(entry.ttl),
            )
            for entry in figures.entries
        ),
    )


def _rate(rate: float | None, known: bool) -> str:
    if not known:
        return "unknown"
    return "not asked yet" if rate is None else shown(rate, "%")


def _count(number: int, known: bool) -> str:
    return f"{number:,}" if known else "unknown"


def size(number: float) -> str:
    """ "1.84 GB" """
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:,.2f} GB"


def backups(panel: BackupsPanel, moments: Moments) -> Backups:
    newest: Sequence[BackupPoint] = panel.history[::-1][:BACKUPS]
    return Backups(
        lines=tuple(_backup(point, moments) for point in newest),
        last_good=_age(panel.last_good, moments),
        last_verified=_age(panel.last_verified, moments),
        next=moments.say(panel.next_at, "not planned"),
    )


def _backup(point: BackupPoint, moments: Moments) -> BackupLine:
    state, word = ("ok", "Restored on trial") if point.verified else PROOFS[point.outcome]
    if point.outcome in (Backup.Outcome.FAILED, Backup.Outcome.REMOVED):
        state, word = PROOFS[point.outcome]
    return BackupLine(
        taken=moments.say(point.at),
        size=size(point.size) if point.size else "unknown",
        took="not ended" if point.seconds is None else took(point.seconds),
        state=state,
        word=word,
        error=point.error,
    )


# What a backup is worth that was not (or not only) restored on trial.
PROOFS: dict[str, tuple[str, str]] = {
    Backup.Outcome.RUNNING: (RUNNING, "Running"),
    Backup.Outcome.DONE: ("pending", "Not restored yet"),
    Backup.Outcome.FAILED: ("failed", "Bad"),
    Backup.Outcome.REMOVED: ("", "Removed"),
}


def _age(moment: datetime | None, moments: Moments) -> str:
    if moment is None:
        return "never"
    return f"{span((moments.now - moment).total_seconds())} ago"
