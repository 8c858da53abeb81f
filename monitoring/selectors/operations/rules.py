"""Thresholds with their figures, and the alerts that stand open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitoring.models import Alert, AlertRule, Level, State
from monitoring.selectors.alerts import acknowledged_label, gauge, may_see_author, rule_line, rules_with_alerts
from monitoring.selectors.operations.moments import Moments
from monitoring.wording import span
from staff.models import Person

BEYOND = (State.WARNING, State.CRITICAL)
# Worst first. QUIET and UNKNOWN of a rule say nothing of the thing that it watches.
WORST = (State.CRITICAL, State.WARNING)


@dataclass(frozen=True, slots=True)
class Threshold:
    """One rule: its figure against its limits, as parts of a bar from 0 to 100; `bar` is None where it is not known.

    While an alert stands open, its level is the state, whatever the last minute's figure says.
    """

    id: int
    metric: str
    label: str
    unit: str
    shown: str
    detail: str
    when: str
    state: State
    word: str
    is_over: bool
    is_enabled: bool
    warning: float | None
    critical: float | None
    bar: float | None
    ticks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """One alert that stands open, as far as the viewer may know it."""

    id: int
    level: Level
    level_label: str
    message: str
    since: str
    cure: str
    taken: str
    note: str


@dataclass(frozen=True, slots=True)
class Rules:
    """All of them, what is beyond its limits first, then in the table's order; and the alerts, worst first."""

    thresholds: tuple[Threshold, ...]
    alerts: tuple[OpenAlert, ...]

    def of(self, metric: str) -> Threshold | None:
        return next((threshold for threshold in self.thresholds if threshold.metric == metric), None)

    def worst(self, metrics: Iterable[str]) -> State:
        """How the worst of these stands; those that are switched off do not count."""
        states = {one.state for one in self.thresholds if one.metric in metrics and one.is_enabled}
        return next((state for state in WORST if state in states), State.OK)


def rules_now(moments: Moments, viewer: Person) -> Rules:
    """Every rule and its open alert as they stand now. One query."""
    found = rules_with_alerts()
    standing = [(rule, alert) for rule, alert in found if alert is not None]
    standing.sort(key=lambda pair: (pair[1].level != Level.CRITICAL, pair[1].opened_at))
    thresholds = [_threshold(rule, alert, moments.now) for rule, alert in found]
    return Rules(
        thresholds=tuple(sorted(thresholds, key=lambda one: not one.is_over)),
        alerts=tuple(_open_alert(rule, alert, moments, viewer) for rule, alert in standing),
    )


def _threshold(rule: AlertRule, alert: Alert | None, now: datetime) -> Threshold:
    line, (value, limits) = rule_line(rule, alert, now), gauge(rule)
    state = State(alert.level) if alert else line.state
    return Threshold(
        id=rule.pk,
        metric=rule.metric,
        label=line.label,
        unit=line.unit,
        shown=line.shown,
        detail=line.detail,
        when=line.when,
        state=state,
        word=_word(rule, state, alert, now),
        is_over=state in BEYOND,
        is_enabled=rule.is_enabled,
        warning=rule.warning,
        critical=rule.critical,
        bar=None if line.value is None else value,
        ticks=tuple(limits),
    )


def _word(rule: AlertRule, state: State, alert: Alert | None, now: datetime) -> str:
    if alert is not None:
        return f"{alert.get_level_display()} for {span((now - alert.opened_at).total_seconds())}"
    if not rule.is_enabled:
        return "Switched off"
    return f"{state.label}, not for long enough yet" if state in BEYOND else str(state.label)


def _open_alert(rule: AlertRule, alert: Alert, moments: Moments, viewer: Person) -> OpenAlert:
    return OpenAlert(
        id=alert.pk,
        level=Level(alert.level),
        level_label=alert.get_level_display(),
        message=alert.message,
        since=moments.say(alert.opened_at),
        cure=rule_line(rule, alert, moments.now).cure,
        taken=acknowledged_label(alert, viewer),
        note=alert.note if may_see_author(alert, viewer) else "",
    )
