"""The circuit breaker: a cache server that is gone is not asked again at every request."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half-open"


class Breaker:
    """Open after three failures in ten seconds, or at once after one timeout, since each of those costs half a second.

    While it is open nobody is let through; every five seconds one caller tries whether the server is back. Threads
    of a process share one; processes find out each for themselves.
    """

    FAILURES, WITHIN, PAUSE = 3, 10.0, 5.0
    # An answer slower than this costs people more than the copy saves them.
    SLOW = 0.2

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: deque[float] = deque(maxlen=self.FAILURES)
        self._open_until: float | None = None

    @property
    def state(self) -> str:
        """ "closed", "open", or "half-open" where the next caller will try."""
        with self._lock:
            if self._open_until is None:
                return CLOSED
            return OPEN if self._clock() < self._open_until else HALF_OPEN

    def lets_through(self) -> bool:
        """Whether to ask the server now. Whoever is let through while it is open tries for everybody."""
        if self._open_until is None:  # read without the lock: a late answer costs one failed call
            return True
        with self._lock:
            now = self._clock()
            if self._open_until is None:
                return True
            if now < self._open_until:
                return False
            self._open_until = now + self.PAUSE
            return True

    def answered(self, seconds: float) -> None:
        """The server answered, in that time."""
        if seconds > self.SLOW:
            self.failed()
        elif self._open_until is not None or self._failures:
            with self._lock:
                # One quick answer among slow ones does not make the server well again.
                if self._open_until is not None:
                    self._open_until = None
                    self._failures.clear()

    def failed(self, *, at_once: bool = False) -> None:
        """The server refused, broke off or was slow; `at_once` for a timeout."""
        with self._lock:
            now = self._clock()
            self._failures.append(now)
            often = len(self._failures) == self.FAILURES and now - self._failures[0] <= self.WITHIN
            if at_once or often or self._open_until is not None:
                self._open_until = now + self.PAUSE
