"""From figures to a verdict: the table on the screen, the same as JSON, and what has changed since the last run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Any

HEADINGS = ("measure", "budget", "measured", "verdict", "last run")


class Verdict(StrEnum):
    """What a row comes to. Only FAILED makes the command fail: a slow machine is no defect, a broken measure is."""

    MET = "met"
    MISSED = "MISSED"
    WATCHED = "watched"
    FAILED = "FAILED"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Budget:
    """One row of the table. Without `most` and `least` there is nothing to keep, only something to watch."""

    name: str
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def words(self) -> str:
        """ "≤ 1 s", "≥ 15 ×" """
        limits = (("≤", self.most), ("≥", self.least))
        return ", ".join(f"{sign} {shown(limit, self.unit)}" for sign, limit in limits if limit is not None)

    def allows(self, value: float) -> bool:
        """Whether a figure keeps it."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that was measured, in its budget's unit, and how."""

    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is done and timed; it answers with a figure for each of its budgets, in their order."""

    key: str
    take: Callable[[], Sequence[Figure]]
    budgets: tuple[Budget, ...]
    on_request: bool = False  # runs only with --<key>


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report."""

    name: str
    unit: str
    budget: str
    value: float | None
    verdict: Verdict
    note: str = ""


def take(measure: Measure) -> list[Row]:
    """Do it. Whatever goes wrong is the verdict of its rows and never ends the run."""
    try:
        figures = list(measure.take())
        pairs = list(zip(measure.budgets, figures, strict=True))
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        return [Row(each.name, each.unit, each.words, None, Verdict.FAILED, why) for each in measure.budgets]
    return [
        Row(each.name, each.unit, each.words, figure.value, judged(each, figure), figure.note) for each, figure in pairs
    ]


def left_out(measure: Measure) -> list[Row]:
    """The rows of a measure that nobody asked for."""
    why = f"measured only with --{measure.key}"
    return [Row(each.name, each.unit, each.words, None, Verdict.LEFT_OUT, why) for each in measure.budgets]


def judged(budget: Budget, figure: Figure) -> Verdict:
    """Whether the figure keeps the budget."""
    if not budget.words:
        return Verdict.WATCHED
    return Verdict.MET if budget.allows(figure.value) else Verdict.MISSED


def in_the_middle(values: Sequence[float]) -> Figure:
    """The median of several runs in seconds, with their span beside it."""
    note = f"median of {len(values)}, {shown(min(values), 's')} to {shown(max(values), 's')}"
    return Figure(median(values), note)


def exit_code(rows: Iterable[Row]) -> int:
    """1 when something could not be measured; a missed budget is for people to judge."""
    return int(any(row.verdict is Verdict.FAILED for row in rows))


def table(rows: Sequence[Row], before: dict[str, float]) -> str:
    """The report as text: aligned columns, then a line about how each was measured or why it was not."""
    lines = [HEADINGS, *(_cells(row, before.get(row.name)) for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEADINGS))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    text.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"{row.name}: {row.note}" for row in rows if row.note]
    return "\n".join([*text, "", *notes])


def described(machine: dict[str, Any]) -> str:
    """A machine in one line."""
    return ", ".join(f"{name} {value}" for name, value in machine.items())


def shown(value: float, unit: str) -> str:
    """A number with three digits that mean something: "0.0421 s", "23.1 s", "9 queries"."""
    number = f"{value:.0f}" if value == round(value) or value >= 100 else f"{value:.3g}"
    return f"{number} {unit}"


def read_last(path: Path) -> dict[str, float]:
    """What each row came to when it was last measured; empty before the first run."""
    return {name: row["value"] for name, row in _read(path).get("rows", {}).items()}


def last_machine(path: Path) -> dict[str, Any]:
    """What the last run was measured on."""
    return dict(_read(path).get("machine", {}))


def write(path: Path, rows: Sequence[Row], machine: dict[str, Any]) -> None:
    """Keep the run as JSON. A row that was not measured this time keeps its last figures, with that run's machine."""
    kept = _read(path).get("rows", {})
    measured = {row.name: {**asdict(row), "machine": machine} for row in rows if row.value is not None}
    run = [asdict(row) for row in rows]
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine, "run": run, "rows": {**kept, **measured}}, indent=2, ensure_ascii=False)
    path.write_text(text + "\n")


def _cells(row: Row, last: float | None) -> tuple[str, ...]:
    value = "" if row.value is None else shown(row.value, row.unit)
    before = "" if last is None else shown(last, row.unit)
    if last and row.value is not None:
        before += f" ({(row.value - last) / last:+.0%})"
    return row.name, row.budget, value, row.verdict.value, before


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
