"""What a person sees of a long step: its name at once where it matters, its share done when it takes over 2 s."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

Say = Callable[[str], None]
Seen = Callable[[int], None]

PATIENCE, PACE, UNSEEN_PACE = 2.0, 0.5, 30.0


class Progress:
    """Prints to `stream`; on a terminal one line that changes, elsewhere a line now and then."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stderr
        self._terminal = self.stream.isatty()

    @contextmanager
    def step(self, name: str, total: int = 0) -> Iterator[Seen]:
        """A step of `total` bytes (0: unknown); call what it gives with the number of bytes that have come."""
        began = shown = time.monotonic()
        done, said = 0, False

        def seen(count: int) -> None:
            nonlocal done, shown, said
            done += count
            now = time.monotonic()
            if now - began > PATIENCE and now - shown > (PACE if self._terminal else UNSEEN_PACE if said else 0):
                shown, said = now, True
                self._show(_share(name, done, total))

        yield seen
        if said:
            self._show(f"{name}: done in {time.monotonic() - began:.0f} s, {done / 1e6:,.0f} MB", last=True)

    def say(self, sentence: str) -> None:
        print(sentence, file=self.stream, flush=True)

    def _show(self, line: str, *, last: bool = False) -> None:
        if self._terminal:
            print(f"\r{line:<70}", end="\n" if last else "", file=self.stream, flush=True)
        else:
            self.say(line)


def _share(name: str, done: int, total: int) -> str:
    share = f"{min(done / total, 0.99):.0%} of about {total / 1e6:,.0f} MB" if total else f"{done / 1e6:,.0f} MB"
    return f"{name}: {share}"
