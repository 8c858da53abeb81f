"""The circuit breaker: a cache server that is gone is not asked again at every request."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import redis

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half-open"


class NotNow(Exception):
    """The breaker is open."""


class Breaker:
    """Open after three failures in ten seconds, or at once after one timeout, since each of those costs half a second.

    Three slow answers one after the other count as well, unless this process is so busy that the slowness is its own:
    turning everybody to the database then would only make it busier.

    While it is open nobody is let through; every five seconds one caller tries whether the server is back. Threads
    of a process share one; processes find out each for themselves.
    """

    FAILURES, WITHIN, PAUSE = 3, 10.0, 5.0
    # An answer slower than this costs people more than the copy saves them.
    SLOW, BUSY = 0.25, 8

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: deque[float] = deque(maxlen=self.FAILURES)
        self._slow = 0
        self._asking = 0
        self._open_until: float | None = None

    @property
    def state(self) -> str:
        """ "closed", "open", or "half-open" where the next caller will try."""
        with self._lock:
            if self._open_until is None:
                return CLOSED
            return OPEN if self._clock() < self._open_until else HALF_OPEN

    @contextmanager
    def asking(self) -> Iterator[None]:
        """One call to the server: its time counts when it answers, its exception as a failure, a timeout at once.

        Raises NotNow, without entering the block, while the breaker is open.
        """
        if not self._lets_through():
            raise NotNow
        began, busy = self._clock(), self._asking > self.BUSY
        self._asking += 1
        try:
            yield
        except Exception as error:
            self._failed(at_once=isinstance(error, redis.TimeoutError))
            raise
        finally:
            self._asking -= 1
        self._answered(slowly=self._clock() - began > self.SLOW and not busy)

    def _lets_through(self) -> bool:
        if self._open_until is None:  # read without the lock: a late look costs one failed call
            return True
        with self._lock:
            now = self._clock()
            if self._open_until is None or now < self._open_until:
                return self._open_until is None
            # Whoever is let through tries for everybody.
            self._open_until = now + self.PAUSE
            return True

    def _answered(self, *, slowly: bool) -> None:
        with self._lock:
            self._slow = self._slow + 1 if slowly else 0
            if self._slow >= self.FAILURES:
                self._open_until = self._clock() + self.PAUSE
            elif not slowly and self._open_until is not None:
                self._open_until = None
                self._failures.clear()

    def _failed(self, *, at_once: bool) -> None:
        with self._lock:
            now = self._clock()
            self._failures.append(now)
            often = len(self._failures) == self.FAILURES and now - self._failures[0] <= self.WITHIN
            if at_once or often or self._open_until is not None:
                self._open_until = now + self.PAUSE
