"""The report as rows: on the screen, in .local/load.json for the next run to compare with, and as the exit code."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.load.results import Figures, Sample, in_words, judged, overall
from benchmarks.load.scenarios import Scenario
from benchmarks.report import Verdict

HEADINGS = (
    "scenario", "target", "verdict", "grade", "requests", "success", "avg", "min", "max", "p50", "p95", "p99", "req/s",
    "hits", "errors", "last run",
)  # fmt: skip
Before = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of request, or one second, of a scenario."""

    name: str
    requests: int
    average: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario in the report. Times are in milliseconds, shares in percent, `cpu` in cores."""

    key: str
    title: str
    target: str
    value: float | None  # the figure that the target is about
    requests: int
    success: float
    average: float | None
    least: float | None
    most: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    per_second: float
    hit_rate: float | None
    bypasses: int
    errors: str
    verdict: Verdict
    grade: str
    why: str
    cpu: Mapping[str, float]
    kinds: tuple[Part, ...]
    seconds: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One more promise that a run can be held to."""

    key: str
    title: str
    target: str
    value: float | None
    verdict: Verdict
    note: str = ""


def row_of(scenario: Scenario, figures: Figures, cpu: Mapping[str, float]) -> Row:
    """What a scenario came to."""
    judgement, times = judged(scenario.target, figures), figures.times
    return Row(
        key=scenario.key,
        title=scenario.title,
        target=scenario.target.words,
        value=getattr(figures, scenario.target.figure),
        requests=figures.requests,
        success=figures.success,
        average=figures.average,
        least=times[0] if times else None,
        most=times[-1] if times else None,
        p50=figures.percentile(50),
        p95=figures.p95,
        p99=figures.percentile(99),
        per_second=figures.per_second,
        hit_rate=figures.hit_rate,
        bypasses=figures.outcomes["BYPASS"],
        errors=in_words(figures.statuses),
        verdict=judgement.verdict,
        grade=judgement.grade,
        why=judgement.why,
        cpu=cpu,
        kinds=_parts(figures.samples, lambda sample: sample.name),
        seconds=_parts(figures.samples, lambda sample: f"{int(sample.at):03}"),
    )


def at_least(key: str, title: str, least: float, value: float | None, note: str = "") -> Check:
    """A share that must not be smaller; without a value there was nothing to hold it to."""
    if value is None:
        return Check(key, title, f"≥ {least:g} %", None, Verdict.LEFT_OUT, note)
    return Check(key, title, f"≥ {least:g} %", value, Verdict.MET if value >= least else Verdict.MISSED, note)


def exit_code(rows: Iterable[Row], checks: Iterable[Check]) -> int:
    """1 as soon as one target is missed."""
    return int(any(each.verdict is Verdict.MISSED for each in (*rows, *checks)))


def grade(rows: Iterable[Row]) -> str:
    """The suite's."""
    return overall(row.grade for row in rows)


def table(rows: Sequence[Row], checks: Sequence[Check], before: Before) -> str:
    """The report as text: the scenarios, where the computing went, the other promises, and why something missed."""
    lines = [HEADINGS, *(cells(row, before) for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEADINGS))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    text.insert(1, "  ".join("-" * width for width in widths))
    text += ["", *(f"{row.key}: cores used: {cores(row)}" for row in rows)]
    text += ["", *(_in_a_line(check) for check in checks)]
    text += [f"{row.key} missed: {row.why}" for row in rows if row.why]
    return "\n".join([*text, "", f"Grade {grade(rows)}"])


def cells(row: Row, before: Before) -> tuple[str, ...]:
    """A row in words, column by column."""
    times = (row.average, row.least, row.most, row.p50, row.p95, row.p99)
    return (
        f"{row.key} {row.title}",
        row.target,
        row.verdict.value,
        row.grade,
        f"{row.requests:,}",
        percent(row.success),
        *(milliseconds(time) for time in times),
        f"{row.per_second:.0f}",
        percent(row.hit_rate) + (f" ({row.bypasses} bypassed)" if row.bypasses else ""),
        row.errors or "none",
        compared(row, before),
    )


def milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"


def percent(value: float | None) -> str:
    """Never rounded up to a whole hundred."""
    if value is None:
        return ""
    return "100 %" if value == 100 else f"{min(value, 99.99):.2f} %" if value > 99 else f"{value:.1f} %"


def cores(row: Row) -> str:
    """ "web 1.21 (2.4 ms a request), PostgreSQL 0.33 (0.7 ms), …": what a request costs hardly depends on how busy
    the machine is with other things, as its time does."""
    return ", ".join(
        f"{part} {used:.2f} ({1000 * used / row.per_second:.1f} ms{'' if place else ' a request'})"
        for place, (part, used) in enumerate(row.cpu.items())
    )


def compared(row: Row, before: Before) -> str:
    """The last run's figure beside this one's, where there are both."""
    last = before.get(row.key, {}).get("average")
    if last is None:
        return ""
    change = f" ({(row.average - last) / last:+.0%})" if row.average is not None and last else ""
    return f"avg {milliseconds(last)}{change}"


def read_last(path: Path) -> dict[str, Any]:
    """The last run as it was written; empty before the first, and where the file is damaged."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, rows: Sequence[Row], checks: Sequence[Check], about: Mapping[str, Any]) -> None:
    """Keep the run. A scenario that was not played this time keeps its last figures, with that run's machine."""
    kept = read_last(path).get("rows", {})
    played = {row.key: {**asdict(row), "machine": about["machine"]} for row in rows}
    run = {**about, "grade": grade(rows), "played": list(played), "checks": [asdict(each) for each in checks]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**run, "rows": {**kept, **played}}, indent=2, ensure_ascii=False) + "\n")


def _parts(samples: Sequence[Sample], name_of: Any) -> tuple[Part, ...]:
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[name_of(sample)].append(sample)
    parts = []
    for name, group in sorted(groups.items()):
        figures = Figures(group, 1)
        parts.append(Part(name, len(group), figures.average, figures.p95))
    return tuple(parts)


def _in_a_line(check: Check) -> str:
    note = f" ({check.note})" if check.note else ""
    return f"{check.key} {check.title} {check.target}: {percent(check.value)} {check.verdict}{note}"
