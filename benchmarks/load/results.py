"""From answers to a verdict: percentiles, success, how much of the allowance was used, and the grade of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from statistics import fmean

from benchmarks.report import Verdict

NO_ANSWER, TOO_MANY, NOT_MODIFIED = 0, 429, 304
# How much of its allowance a scenario may use, in percent, for each grade; beyond the last it is an F.
GRADES = {"A": 50, "B": 75, "C": 100, "D": 150, "E": 200}
WORST = "F"


@dataclass(frozen=True, slots=True)
class Sample:
    """One request as its visitor saw it. `at` is in seconds since the scenario began, when the answer was there."""

    name: str
    status: int
    ms: float
    cache: str
    at: float

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300 or self.status == NOT_MODIFIED


@dataclass(frozen=True)
class Figures:
    """What a scenario's answers come to. Times are those of answers that succeeded: a refusal is quick."""

    samples: Sequence[Sample]
    seconds: float

    @cached_property
    def times(self) -> list[float]:
        return sorted(sample.ms for sample in self.samples if sample.succeeded)

    @cached_property
    def statuses(self) -> Counter[int]:
        """The failures by status; NO_ANSWER where none came."""
        return Counter(sample.status for sample in self.samples if not sample.succeeded)

    @cached_property
    def outcomes(self) -> Counter[str]:
        """X-Cache of the answers: HIT, MISS, BYPASS."""
        return Counter(sample.cache for sample in self.samples if sample.cache)

    @property
    def requests(self) -> int:
        return len(self.samples)

    @property
    def success(self) -> float:
        """Percent of the requests."""
        return 100 * len(self.times) / self.requests if self.requests else 0.0

    @property
    def failed(self) -> float:
        return 100 - self.success

    @property
    def average(self) -> float | None:
        return fmean(self.times) if self.times else None

    @property
    def p95(self) -> float | None:
        return self.percentile(95)

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def hit_rate(self) -> float | None:
        """Percent of what the cache was asked, None where it was not."""
        asked = self.outcomes["HIT"] + self.outcomes["MISS"]
        return 100 * self.outcomes["HIT"] / asked if asked else None

    def percentile(self, percent: float) -> float | None:
        """The time within which so many percent of the answers came: the nearest rank, a time that really was."""
        return self.times[max(ceil(percent / 100 * len(self.times)), 1) - 1] if self.times else None


@dataclass(frozen=True, slots=True)
class Target:
    """A figure of a scenario that has to stay below a limit, and how much of the requests must succeed beside it."""

    words: str
    figure: str  # of Figures
    below: float
    least_success: float = 99.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a scenario comes to, and every reason why it missed."""

    verdict: Verdict
    grade: str
    why: str = ""


def judged(target: Target, figures: Figures) -> Judgement:
    """Whether the figures keep the target. Failures beyond the allowance are an F, however quick the rest was."""
    value: float | None = getattr(figures, target.figure)
    if value is None:
        return Judgement(Verdict.MISSED, WORST, "; ".join([*_faults(target, figures), "nothing succeeded"]))
    grade, faults = grade_of(100 * value / target.below), _faults(target, figures)
    if faults:
        return Judgement(Verdict.MISSED, WORST, "; ".join(faults))
    if value >= target.below:
        return Judgement(Verdict.MISSED, max(grade, "D"), "")
    return Judgement(Verdict.MET, grade)


def grade_of(used: float) -> str:
    """The grade for so many percent of an allowance."""
    return next((grade for grade, most in GRADES.items() if used <= most), WORST)


def overall(grades: Iterable[str]) -> str:
    """A suite is as good as its worst scenario."""
    return max(grades, default=WORST)


def in_words(statuses: Counter[int]) -> str:
    """Failures for people: "3 × 429, 1 × no answer"."""
    names = ((count, "no answer" if status == NO_ANSWER else status) for status, count in sorted(statuses.items()))
    return ", ".join(f"{count} × {name}" for count, name in names)


def _faults(target: Target, figures: Figures) -> list[str]:
    """What fails a scenario whatever its times: nobody was to be refused for haste, nothing to break or get lost."""
    unasked = Counter({status: count for status, count in figures.statuses.items() if _is_a_fault(status)})
    faults = [in_words(unasked)] if unasked else []
    if figures.success < target.least_success:
        faults.append(f"{figures.success:.1f} % succeeded, not {target.least_success:g} %")
    return faults


def _is_a_fault(status: int) -> bool:
    return status in (NO_ANSWER, TOO_MANY) or status >= 500
