"""What it costs that every request is counted, written to the log and held to its limits."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import process_time

from benchmarks import bare, stage
from benchmarks.report import Figure
from config import logs
from config.tests.fast import Door

ROUNDS, TIMES = 40, 50
OBSERVED = ["config.errors.RequestId", "monitoring.middleware.Observe", "config.throttle.RateLimits"]


def observing() -> tuple[Figure]:
    """A view that does nothing, in turn with and without the three middlewares; CPU time, all threads included."""
    plain, observed = bare.site(), bare.site(around=OBSERVED)
    without, with_ = [], []
    with _unread_lines():
        for _ in range(ROUNDS):
            without.append(stage.seconds_of(lambda: _ask(plain), process_time) / TIMES)
            with_.append(stage.seconds_of(lambda: _ask(observed), process_time) / TIMES)
            stage.forget_limits()
    more, least = median(with_) - median(without), median(without)
    return (Figure(more / least, f"{more * 1e6:.0f} µs of CPU on top of {least * 1e6:.0f} µs"),)


def _ask(site: Door) -> None:
    for _ in range(TIMES):
        site.get(bare.PATH)


@contextmanager
def _unread_lines() -> Iterator[None]:
    """The lines are written, but nobody reads them on this screen."""
    before, nowhere = logs.STDOUT, os.open(os.devnull, os.O_WRONLY)
    silence = logging.root.manager.disable
    logging.disable(logging.NOTSET)
    logs.STDOUT = nowhere
    try:
        yield
    finally:
        logs.STDOUT = before
        logging.disable(silence)
        os.close(nowhere)
