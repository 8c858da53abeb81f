"""What is counted of a route or of everything: a handful of sums, and a histogram from which percentiles are read.

The histogram's bounds grow by 5 %, so that a percentile is at most 2.5 % off the true value, from 0.1 ms to days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, log
from typing import Any

SMALLEST = 0.0001  # seconds; everything faster falls into the first step
GROWTH = 1.05
_PER_STEP = 1 / log(GROWTH)


@dataclass(slots=True)
class Tally:
    """Requests that were answered: how many, how they ended, how long they took (seconds)."""

    requests: int = 0
    errors: int = 0
    refusals: int = 0
    seconds: float = 0.0
    fastest: float = float("inf")
    slowest: float = 0.0
    steps: dict[int, int] = field(default_factory=dict)

    def count(self, status: int, seconds: float) -> None:
        """Add one request. 5xx are errors, 4xx refusals."""
        self.requests += 1
        if status >= 500:
            self.errors += 1
        elif status >= 400:
            self.refusals += 1
        self.seconds += seconds
        if seconds < self.fastest:
            self.fastest = seconds
        if seconds > self.slowest:
            self.slowest = seconds
        step = int(log(seconds / SMALLEST) * _PER_STEP) if seconds > SMALLEST else 0
        self.steps[step] = self.steps.get(step, 0) + 1

    def add(self, other: Tally) -> None:
        """Add everything that another tally counted."""
        self.requests += other.requests
        self.errors += other.errors
        self.refusals += other.refusals
        self.seconds += other.seconds
        self.fastest = min(self.fastest, other.fastest)
        self.slowest = max(self.slowest, other.slowest)
        for step, count in other.steps.items():
            self.steps[step] = self.steps.get(step, 0) + count

    def packed(self) -> list[Any]:
        """As JSON knows it; `absorb` reads it back."""
        sums = (self.requests, self.errors, self.refusals, self.seconds, self.fastest, self.slowest)
        return [*sums, *(number for step in self.steps.items() for number in step)]

    def absorb(self, packed: list[Any]) -> None:
        """Add what another process packed. Thousands are added up for one answer, so none is unpacked first."""
        self.requests += packed[0]
        self.errors += packed[1]
        self.refusals += packed[2]
        self.seconds += packed[3]
        if packed[4] < self.fastest:
            self.fastest = packed[4]
        if packed[5] > self.slowest:
            self.slowest = packed[5]
        steps = self.steps
        for at in range(6, len(packed), 2):
            step = packed[at]
            steps[step] = steps.get(step, 0) + packed[at + 1]

    @classmethod
    def of(cls, tallies: Iterable[Tally]) -> Tally:
        """The sum of many."""
        total = cls()
        for tally in tallies:
            total.add(tally)
        return total

    @property
    def average(self) -> float:
        """Mean seconds of a request; 0 when there was none."""
        return self.seconds / self.requests if self.requests else 0.0

    def percentile(self, share: float) -> float:
        """The seconds within which this share of the requests was answered, at most 2.5 % off; 0 without requests."""
        wanted, seen = ceil(share * self.requests), 0
        for step, count in sorted(self.steps.items()):
            seen += count
            if seen >= wanted:
                middle = SMALLEST * GROWTH ** (step + 0.5)
                return min(max(middle, self.fastest), self.slowest)
        return 0.0
