"""Six words on top of the page: web, database, cache, jobs, outbox, e-mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from config.caching import Figures
from monitoring.heartbeats import Signs
from monitoring.models import State
from monitoring.selectors.jobs import FAILED, LATE, JobStatus
from monitoring.selectors.operations.counts import Counted
from monitoring.selectors.operations.parts import DATABASE, Connections, Part
from monitoring.selectors.operations.rules import WORST, Rules
from monitoring.wording import shown, span
from notifications.selectors import Backlog

WORDS: dict[State, tuple[str, str]] = {
    State.OK: ("ok", "OK"),
    State.WARNING: ("attn", "Look"),
    State.CRITICAL: ("danger", "Act now"),
    State.UNKNOWN: ("", "Unknown"),
    State.QUIET: ("", "Not set up"),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One part of the installation: its disc's kind, a word, and a figure; `anchor` is where the page says more."""

    name: str
    icon: str
    kind: str
    word: str
    figure: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the tiles are told of; every part may be missing."""

    rules: Part[Rules]
    counted: Part[Counted]
    database: Part[Connections]
    copies: Part[Figures]
    jobs: Part[list[JobStatus]]
    signs: Part[Signs]
    backlog: Part[Backlog]


Saying = tuple[State, str]


def web(seen: Seen) -> Saying:
    found = seen.counted.value
    if found is None:
        return State.UNKNOWN, "not counted now"
    return State.OK, counted(found.now.processes, "process", "processes")


def database(seen: Seen) -> Saying:
    found = seen.database.value
    if any(part.why == DATABASE for part in (seen.database, seen.rules, seen.jobs, seen.signs, seen.backlog)):
        return State.WARNING, "does not answer in time"
    return (State.OK, f"{found.used} of {found.most} connections") if found else (State.UNKNOWN, "could not be read")


def cache(seen: Seen) -> Saying:
    found = seen.copies.value
    if found is None or not found.connected:
        return State.WARNING if found else State.UNKNOWN, "does not answer"
    return State.OK, "not asked yet" if found.hit_rate is None else f"{shown(found.hit_rate, '%')} hits"


def jobs(seen: Seen) -> Saying:
    """On time says only who has heard of the beat: without one nobody waits for a job."""
    found, signs = seen.jobs.value, seen.signs.value
    if found is None or signs is None:
        return State.UNKNOWN, "could not be read"
    for trouble in (FAILED, LATE):
        if number := sum(job.trouble == trouble for job in found):
            return State.WARNING, f"{number} {trouble}"
    if signs.beat is None:
        return State.UNKNOWN, "no beat yet"
    return State.OK, f"{sum(job.is_enabled for job in found)} on time"


def outbox(seen: Seen) -> Saying:
    found = seen.backlog.value
    if found is None:
        return State.UNKNOWN, "could not be read"
    if found.dead:
        return State.WARNING, f"{found.dead:,} gave up"
    if found.oldest_seconds is None:
        return State.OK, "nothing waits"
    return State.OK, f"{found.waiting:,} for {span(found.oldest_seconds)}"


def email(seen: Seen) -> Saying:
    """Nobody asks the mail server on the way: what counts is whether it took what alerts had to say."""
    if not settings.EMAIL_HOST:
        return State.QUIET, "no EMAIL_URL"
    rule = seen.rules.value.of("alerts_untold") if seen.rules.value else None
    if rule is None or rule.bar is None:
        return State.UNKNOWN, "not measured now"
    return State.OK, f"{rule.shown} gave up"


# What each tile is told by itself, and by which figures besides.
TILES: dict[str, tuple[str, str, Callable[[Seen], Saying], tuple[str, ...]]] = {
    "Web": (
        "server",
        "requests",
        web,
        (
            "error_rate",
            "availability",
            "response_average",
            "response_p95",
            "slowest_endpoint",
            "burn_1h",
            "burn_6h",
            "burn_3d",
        ),
    ),
    "Database": ("db", "thresholds", database, ("database_connections",)),
    "Cache": ("pulse", "copies", cache, ("cache_hit_rate", "redis_down")),
    "Jobs": ("clock", "jobs", jobs, ("jobs_failing", "jobs_late", "beat_silent", "worker_silent")),
    "Outbox": ("inbox", "outbox", outbox, ("outbox_oldest", "dead_letters")),
    "E-mail": ("mail", "thresholds", email, ("alerts_untold",)),
}


def tiles(seen: Seen) -> tuple[Tile, ...]:
    found = []
    for name, (icon, anchor, say, metrics) in TILES.items():
        state, figure = say(seen)
        by_rules = seen.rules.value.worst(metrics) if seen.rules.value else State.OK
        worst = next((one for one in WORST if one in (state, by_rules)), state)
        found.append(Tile(name, icon, *WORDS[worst], figure, anchor))
    return tuple(found)


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
