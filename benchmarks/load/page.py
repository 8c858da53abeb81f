"""The report as one page that can be sent to anybody: nothing is fetched, nothing runs, light or dark as the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from django.utils.safestring import SafeString

from benchmarks import report as bench
from benchmarks.load import charts, report
from benchmarks.load.report import Check, Row
from benchmarks.load.results import GRADES
from benchmarks.load.scenarios import SCENARIOS, Scenario

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Story:
    """One scenario on the page: its row, its charts, and the tables behind them."""

    row: Row
    cells: tuple[tuple[str, str], ...]
    pause: str
    times: SafeString
    flow: SafeString
    course: SafeString
    cores: str


def write(
    path: Path, rows: Sequence[Row], checks: Sequence[Check], about: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """Draw the page of a run."""
    played_before = before.get("rows", {})
    context = {
        "headings": report.HEADINGS,
        "lines": [report.cells(row, played_before) for row in rows],
        "stories": [_story(row, played_before) for row in rows],
        "checks": [(check, report.percent(check.value)) for check in checks],
        "grade": report.grade(rows),
        "grades": ", ".join(f"{grade} up to {most} %" for grade, most in GRADES.items()),
        "machine": bench.described(about["machine"]),
        "last_machine": bench.described(before["machine"]) if "machine" in before else "",
        "town": about["town"],
    }
    page = Engine(dirs=[str(FOLDER)]).get_template("page.html").render(Context(context))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page)


def _story(row: Row, before: report.Before) -> Story:
    scenario = _scenario(row.key)
    named = {"average": row.average, "p50": row.p50, "p95": row.p95, "p99": row.p99}
    times = {name: time for name, time in named.items() if time is not None}
    figure, below = scenario.target.figure, scenario.target.below
    seconds = [(float(part.name), part) for part in row.seconds]
    return Story(
        row=row,
        cells=tuple(zip(report.HEADINGS[4:], report.cells(row, before)[4:], strict=True)),
        pause=_pause(scenario),
        times=charts.bars(times, "ms", (figure, below) if figure in times else None),
        flow=charts.line([(at, part.requests) for at, part in seconds], "requests/s"),
        course=charts.line([(at, part.p95) for at, part in seconds], "ms", below if figure == "p95" else None),
        cores=report.cores(row),
    )


def _scenario(key: str) -> Scenario:
    return next(scenario for scenario in SCENARIOS if scenario.key == key)


def _pause(scenario: Scenario) -> str:
    least, most = scenario.pause
    came = "one after the other" if scenario.arriving else "all at once"
    return (
        f"they come {came}, and each pauses {least:g} to {most:g} s between requests"
        if most
        else "all at once, without a pause"
    )
