"""Answers that take the same time whatever they found, so that a clock tells a stranger nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_sooner_than(seconds: float) -> Iterator[None]:
    """Leave the block after so many seconds at the earliest, also by an exception."""
    begun = time.monotonic()
    try:
        yield
    finally:
        wait_until(begun + seconds)


def wait_until(moment: float) -> None:
    """Return at this moment of the monotonic clock, or now if it is over."""
    time.sleep(max(moment - time.monotonic(), 0))
