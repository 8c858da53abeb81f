"""Looks at the product's own work: is the beat alive, are queues consumed, do jobs run, does the outbox empty."""

from __future__ import annotations

from config.services.state import Fault
from monitoring.backups.erasures import behind
from monitoring.looks.site import Seen, Site, State, well

# Seconds of silence, or of waiting, and letters: a warning above the first, critical above the second.
BEAT, WORKER, OLDEST, DEAD = (180, 600), (60, 300), (60, 300), (0, 9)


def beat(site: Site) -> Seen:
    """Whether somebody looks at the schedule."""
    silence = site.work.beat_silence
    if silence is None:
        return Seen(State.DEGRADED, "The beat has never been heard of.")
    return Seen(_state(silence, BEAT), f"The beat was heard of {silence:.0f} s ago.")


def workers(site: Site) -> Seen:
    """Whether each queue's tasks are consumed."""
    ages = site.work.queues
    unheard = [queue for queue, age in ages.items() if age is None]
    heard = {queue: age for queue, age in ages.items() if age is not None}
    silent = [f"{queue} for {age:.0f} s" for queue, age in heard.items() if age > WORKER[0]]
    if not unheard and not silent:
        return well(f"All {len(ages)} queues are consumed.")
    state = _state(max(heard.values(), default=0), WORKER)
    sentences = [f"Not consumed: {', '.join(silent)}."] if silent else []
    sentences += [f"Never consumed: {', '.join(unheard)}."] if unheard else []
    return Seen(state if state is State.CRITICAL else State.DEGRADED, " ".join(sentences))


def jobs(site: Site) -> Seen:
    """Whether every job began in time and ended well."""
    if site.work.troubled:
        return Seen(State.DEGRADED, " ".join(status.sentence for status in site.work.troubled))
    return well("Every job ran in time.")


def outbox(site: Site) -> Seen:
    """Whether what is to be told reaches people, over all organisations."""
    backlog = site.work.backlog
    state = max(_state(backlog.oldest_seconds or 0, OLDEST), _state(backlog.dead, DEAD), key=list(State).index)
    waiting = f"{backlog.waiting} wait" + (
        f", the oldest for {backlog.oldest_seconds:.0f} s" if backlog.oldest_seconds is not None else ""
    )
    return Seen(state, f"{waiting}; {backlog.dead} dead letters.")


def erasures(site: Site) -> Seen:
    """Whether every erasure is written down beside the backups, so that it holds after a restore."""
    try:
        missing = behind()
    except (OSError, Fault) as fault:
        return Seen(State.DEGRADED, f"The ledger of erasures cannot be read: {fault}")
    if missing:
        return Seen(State.DEGRADED, f"{missing} erasures are not in every ledger beside the backups.")
    return well("Every erasure is in the ledger beside the backups.")


def _state(value: float, limits: tuple[float, float]) -> State:
    warning, critical = limits
    if value > critical:
        return State.CRITICAL
    return State.DEGRADED if value > warning else State.HEALTHY
