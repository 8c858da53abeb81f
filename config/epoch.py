"""The epoch: how often a change could not be told to the cache server, counted in PostgreSQL, which knows every commit.

Every transaction that enters an organisation reads it. Who answers without one (config/fastpath.py) may rely on it for
LEASE seconds after it was last asked for; who counts a new one waits as long before its own answer goes out. So nobody
is told "it is done" while somebody else still answers from what was before.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

LEASE = 0.5  # seconds that an epoch may be relied upon
QUIET = 2.0  # seconds after a new one in which nothing is answered from memory: the next change may follow soon


@dataclass(frozen=True, slots=True)
class Known:
    """What this process has heard last: moments of the monotonic clock."""

    epoch: int
    asked_at: float
    changed_at: float


_known = Known(-1, float("-inf"), float("-inf"))
_lock = threading.Lock()
_waited_at = float("-inf")


def learn(epoch: int, asked_at: float) -> None:
    """Note what PostgreSQL answered to a question that was sent at `asked_at`."""
    global _known
    with _lock:
        if epoch != _known.epoch:
            _known = Known(epoch, asked_at, time.monotonic())
        elif asked_at > _known.asked_at:
            _known = Known(epoch, asked_at, _known.changed_at)


def relied_on() -> int | None:
    """The epoch, while it can have no successor that somebody was told of; else None."""
    known, now = _known, time.monotonic()
    return known.epoch if now - known.asked_at < LEASE and now - known.changed_at > QUIET else None


def wait_until_known(counted_at: float) -> None:
    """Return when no process relies any more on an epoch before the one that was counted just now.

    `counted_at` is a moment before it was counted. During an outage changes follow one another, and each makes every
    process quiet for a while: within it there is nothing to wait for.
    """
    global _waited_at
    if time.monotonic() - _waited_at < QUIET - LEASE:
        return
    time.sleep(LEASE)
    _waited_at = counted_at
