"""A day of one figure: SVG geometry from the server, the limits, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitoring.models import State
from monitoring.selectors.operations.rules import Threshold
from monitoring.wording import shown

WIDTH, HEIGHT = 960, 120
ROOM = 1.15  # how far a chart reaches beyond its largest figure

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line in unbroken stretches: what is not known is a gap. Areas only under the chart's main line."""

    label: str
    aisle: int
    stretches: tuple[str, ...]
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold in the chart; `y` from the top."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind a chart, an hour a row, the latest first."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart says beside the picture: the figure now, its unit, the peak, and a few facts."""

    title: str
    figure: str
    unit: str
    peak: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A day of one figure. `alert` says when it becomes one, empty where there is no rule; so `state` and `word`."""

    id: str
    words: Words
    curves: tuple[Curve, ...]
    limits: tuple[Limit, ...]
    scale: tuple[str, ...]
    summary: str
    table: Table
    alert: str = ""
    state: str = ""
    word: str = ""
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Series:
    """One figure by the quarter of an hour: None where it is not known."""

    label: str
    values: Values
    aisle: int = 1


def chart(
    id: str, words: Words, series: Sequence[Series], scale: tuple[str, ...], table: Table, rule: Threshold | None = None
) -> Chart:
    """Draw the first series as the main line, the others thinner above it, all to one scale with the rule's limits."""
    limits = _limits(rule)
    known = [value for one in series for value in one.values if value is not None]
    # Far off, a critical limit would press everything else to the ground; then only the milder one is drawn.
    top = max([*known, *list(limits.values())[:1]], default=1) * ROOM or 1
    return Chart(
        id=id,
        words=words,
        curves=tuple(_curve(one, top, is_main=number == 0) for number, one in enumerate(series)),
        limits=tuple(
            Limit(round(HEIGHT * (1 - limit / top), 1), f"{level} {shown(limit, rule.unit if rule else '')}")
            for level, limit in limits.items()
            if limit <= top
        ),
        scale=scale,
        summary=_summary(words, series[0].values),
        table=table,
        alert=f"Alert {rule.when}" if rule else "",
        state=(rule.state if rule.is_enabled else "off") if rule else "",
        word="" if rule is None or rule.state == State.OK else rule.word,
    )


def _limits(rule: Threshold | None) -> dict[str, float]:
    """What makes an alert, the milder limit first; nothing while the rule is switched off."""
    if rule is None or not rule.is_enabled:
        return {}
    limits = {"warning": rule.warning, "critical": rule.critical}
    return {level: limit for level, limit in limits.items() if limit is not None}


def _summary(words: Words, values: Values) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return f"{words.title} over 24 hours: nothing was counted"
    now = f"{words.figure} {words.unit}".strip()
    return f"{words.title} over 24 hours: {min(known):,.0f} to {max(known):,.0f}, {now} now"


def _curve(series: Series, top: float, *, is_main: bool) -> Curve:
    stretches = [_wide_enough(stretch) for stretch in _stretches(series.values, top)]
    areas = [f"{s[0][0]:.1f},{HEIGHT} {_points(s)} {s[-1][0]:.1f},{HEIGHT}" for s in stretches] if is_main else []
    return Curve(series.label, series.aisle, tuple(_points(stretch) for stretch in stretches), tuple(areas))


def _stretches(values: Values, top: float) -> Iterable[list[tuple[float, float]]]:
    """Unbroken runs of known values as points of the picture."""
    step = WIDTH / max(len(values) - 1, 1)
    run: list[tuple[float, float]] = []
    for number, value in enumerate(values):
        if value is not None:
            run.append((number * step, HEIGHT * (1 - value / top)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _wide_enough(run: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A single quarter of an hour between two gaps would be a line without length, and so not seen."""
    (x, y), quarter = run[0], WIDTH / 96
    return run if len(run) > 1 else [(max(x - quarter / 2, 0), y), (min(x + quarter / 2, WIDTH), y)]


def _points(run: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
