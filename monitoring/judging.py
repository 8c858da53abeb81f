"""What a measurement means for a rule: its state, since when, and whether that is an alert yet. Writes nothing."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime, timedelta

from monitoring.models import Alert, AlertRule, Level, State
from monitoring.probes import PROBES, Reading
from monitoring.wording import shown, span

Direction = AlertRule.Direction
BEYOND: dict[str, Callable[[float, float], bool]] = {
    Direction.ABOVE: operator.gt,
    Direction.FROM: operator.ge,
    Direction.BELOW: operator.lt,
}
RANK = {Level.INFO: 0, Level.WARNING: 1, Level.CRITICAL: 2}

UNKNOWN_AFTER = timedelta(minutes=5)  # then that nothing is known is the alert
UNBROKEN = timedelta(minutes=5)  # without a look for longer than this, nobody knows that a stretch went on
SLACK = timedelta(seconds=10)  # beat's minutes are not exact


def judge(rule: AlertRule, at_warning: Reading | None, at_critical: Reading | None) -> State:
    """The state that two readings mean: one over the rule's window, one over its window for critical."""
    if at_warning is None or at_critical is None:
        return State.UNKNOWN
    if _is_beyond(rule, rule.critical, at_critical):
        return State.CRITICAL
    if _is_beyond(rule, rule.warning, at_warning):
        return State.WARNING
    return State.OK if at_warning.samples >= rule.minimum_samples else State.QUIET


def _is_beyond(rule: AlertRule, threshold: float | None, reading: Reading) -> bool:
    enough = reading.samples >= rule.minimum_samples
    return threshold is not None and enough and BEYOND[rule.direction](reading.value, threshold)


def remember(rule: AlertRule, state: State, now: datetime) -> None:
    """Move the rule's clocks: each runs from the first minute of an unbroken stretch."""
    if rule.evaluated_at and now - rule.evaluated_at > UNBROKEN:
        rule.warning_since = rule.critical_since = rule.calm_since = rule.unknown_since = None
    rule.state = state
    rule.warning_since = _running(rule.warning_since, state in (State.WARNING, State.CRITICAL), now)
    rule.critical_since = _running(rule.critical_since, state == State.CRITICAL, now)
    rule.calm_since = _running(rule.calm_since, state in (State.OK, State.QUIET), now)
    rule.unknown_since = _running(rule.unknown_since, state == State.UNKNOWN, now)


def _running(since: datetime | None, goes_on: bool, now: datetime) -> datetime | None:
    return (since or now) if goes_on else None


def due_level(rule: AlertRule, now: datetime) -> Level | None:
    """The level at which the rule should have an alert by now, or None."""
    hold = timedelta(minutes=rule.hold)
    if _has_lasted(rule.critical_since, hold, now):
        return Level.CRITICAL
    if _has_lasted(rule.warning_since, hold, now) or _has_lasted(rule.unknown_since, UNKNOWN_AFTER, now):
        return Level.WARNING
    return None


def is_over(rule: AlertRule, now: datetime) -> bool:
    """Whether the figure has been within bounds for as long as the rule asks, or the rule was switched off."""
    return not rule.is_enabled or _has_lasted(rule.calm_since, timedelta(minutes=rule.calm), now)


def _has_lasted(since: datetime | None, length: timedelta, now: datetime) -> bool:
    return since is not None and now - since >= length - SLACK


def threshold_of(rule: AlertRule, level: str) -> float | None:
    """The threshold that stands for a level."""
    return rule.critical if level == Level.CRITICAL else rule.warning if rule.warning is not None else rule.critical


def sentence(rule: AlertRule, level: Level) -> str:
    """What is wrong, in one sentence with figures."""
    probe = PROBES[rule.metric]
    if rule.state == State.UNKNOWN:
        since = f" since {rule.unknown_since:%H:%M} UTC" if rule.unknown_since else ""
        return f"{probe.label} cannot be measured{since}."
    where = f" ({rule.detail})" if rule.detail else ""
    limit = shown(threshold_of(rule, level), probe.unit)
    side = Direction(rule.direction).label
    return f"{probe.label}: {shown(rule.value, probe.unit)}{where}, {side} the {level} threshold of {limit}."


def closing_sentence(rule: AlertRule, alert: Alert, now: datetime) -> str:
    """That it is over, and how long it took."""
    lasted = span((now - alert.opened_at).total_seconds())
    label = PROBES[rule.metric].label
    if not rule.is_enabled:
        return f"{label} is no longer watched: the rule was switched off."
    return f"{label} is back within bounds: {shown(rule.value, PROBES[rule.metric].unit)}, after {lasted}."
