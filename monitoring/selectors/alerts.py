"""What people see of alerts: each rule as it stands, a day of it as a picture, and who took an alert on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median

from django.db.models import FilteredRelation, Q

from monitoring.models import Alert, AlertRule, Level, Sample, State
from monitoring.probes import PROBES
from monitoring.wording import shown
from staff.models import Person

Direction = AlertRule.Direction
DAY, BUCKET = timedelta(hours=24), timedelta(minutes=15)
WIDTH, HEIGHT, ROOM = 960, 160, 1.15  # the picture's units, and how far it reaches beyond the largest figure
SCALE = 6  # hours between two times below the picture


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule as it stands now; `state` is unknown where nobody has measured for three minutes."""

    metric: str
    label: str
    unit: str
    value: float | None
    shown: str
    samples: int
    detail: str
    state: State
    warning: float | None
    critical: float | None
    when: str
    alert: Alert | None
    cure: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold in the picture; `y` from the top."""

    level: str
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the table behind the picture."""

    label: str
    least: str
    middle: str
    most: str
    unknown: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A day of one figure: unbroken stretches as SVG points, the thresholds, and the same in numbers."""

    lines: tuple[str, ...]
    limits: tuple[Limit, ...]
    scale: tuple[str, ...]
    summary: str
    hours: tuple[Hour, ...]
    width: int = WIDTH
    height: int = HEIGHT


def rules_with_alerts() -> list[tuple[AlertRule, Alert | None]]:
    """Every rule with its open alert, of which a unique key allows one. One query."""
    is_open = FilteredRelation("alerts", condition=Q(alerts__closed_at=None))
    rules = AlertRule.objects.filter(metric__in=PROBES).annotate(standing=is_open)
    joined = rules.select_related("standing")  # type: ignore[misc]  # it knows no names of annotations
    # Django leaves the attribute out where the join has found nothing.
    return [(rule, getattr(rule, "standing", None)) for rule in joined]


def rule_lines(now: datetime) -> list[RuleLine]:
    """Every rule as it stands. One query."""
    return [rule_line(rule, alert, now) for rule, alert in rules_with_alerts()]


def rule_line(rule: AlertRule, alert: Alert | None, now: datetime) -> RuleLine:
    """One rule as it stands, with its open alert or None."""
    probe, stale = PROBES[rule.metric], rule.is_stale(now)
    value = None if stale else rule.value
    return RuleLine(
        metric=rule.metric,
        label=probe.label,
        unit=probe.unit,
        value=value,
        shown=shown(value, probe.unit),
        samples=rule.samples,
        detail=rule.detail,
        state=State.UNKNOWN if stale else State(rule.state),
        warning=rule.warning,
        critical=rule.critical,
        when=alert_when(rule),
        alert=alert,
        cure=probe.cure,
    )


def alert_when(rule: AlertRule) -> str:
    """When this rule is an alert: "above 2 % (critical 5 %), over 5 min"."""
    if not rule.is_enabled:
        return "never: switched off"
    probe = PROBES[rule.metric]
    warning, critical = shown(rule.warning, probe.unit), shown(rule.critical, probe.unit)
    limits = {
        (True, True): f"{warning} (critical {critical})",
        (True, False): warning,
        (False, True): f"{critical} (critical)",
    }[rule.warning is not None, rule.critical is not None]
    over = f", over {shown(rule.window * 60, 's')}" if probe.longest else ""
    held = f", for {rule.hold} min" if rule.hold else ""
    return f"{Direction(rule.direction).label} {limits}{over}{held}"


def gauge(rule: AlertRule) -> tuple[float, list[float]]:
    """The value and the thresholds as parts of a bar, 0 to 100: the worst threshold stands at three quarters."""
    limits = [limit for limit in (rule.warning, rule.critical) if limit is not None]
    top = max(max(limits) / 0.75, rule.value or 0) or 1
    return 100 * (rule.value or 0) / top, [100 * limit / top for limit in limits]


def picture(rule: AlertRule, now: datetime) -> Picture:
    """The last 24 hours of a rule's figure, in quarters of an hour, each at its worst. One query."""
    start = _floor(now - DAY, BUCKET)
    samples = list(Sample.objects.since(start).filter(metric=rule.metric, at__lte=now).order_by("at"))
    limits = {Level.WARNING: rule.warning, Level.CRITICAL: rule.critical}
    known = [sample.value for sample in samples if sample.value is not None]
    top = max([*known, *(limit for limit in limits.values() if limit is not None)], default=1) * ROOM or 1
    unit = PROBES[rule.metric].unit
    return Picture(
        lines=tuple(_lines(_worst(rule, samples), start, now, top)),
        limits=tuple(
            Limit(level, round(HEIGHT * (1 - limit / top), 1), f"{level} {shown(limit, unit)}")
            for level, limit in limits.items()
            if limit is not None
        ),
        scale=tuple(f"{now - timedelta(hours=hours):%H:%M}" for hours in range(24, 0, -SCALE)),
        summary=_summary(rule, known, unit),
        hours=tuple(_hours(samples, unit)),
    )


def _worst(rule: AlertRule, samples: Iterable[Sample]) -> list[tuple[datetime, float | None]]:
    """The worst of each quarter of an hour; one that nobody could measure at all has no value."""
    worst = min if rule.direction == Direction.BELOW else max
    found: list[tuple[datetime, float | None]] = []
    for moment, group in groupby(samples, key=lambda sample: _floor(sample.at, BUCKET)):
        known = [sample.value for sample in group if sample.value is not None]
        found.append((moment, worst(known) if known else None))
    return found


def _lines(points: list[tuple[datetime, float | None]], start: datetime, now: datetime, top: float) -> Iterable[str]:
    """Unbroken stretches: what was not measured is a gap, never a line drawn across."""
    stretch: list[str] = []
    before = start
    for moment, value in points:
        if stretch and (value is None or moment - before > BUCKET):
            yield " ".join(stretch)
            stretch = []
        if value is not None:
            x = WIDTH * min((moment - start) / (now - start), 1)
            stretch.append(f"{x:.1f},{HEIGHT * (1 - value / top):.1f}")
        before = moment
    if stretch:
        yield " ".join(stretch)


def _summary(rule: AlertRule, known: list[float], unit: str) -> str:
    label = PROBES[rule.metric].label
    if not known:
        return f"{label}: not measured in the last 24 hours"
    least, most = shown(min(known), unit), shown(max(known), unit)
    return f"{label} over 24 hours: {least} to {most}, {shown(known[-1], unit)} at last; alert {alert_when(rule)}"


def _hours(samples: Iterable[Sample], unit: str) -> Iterable[Hour]:
    for hour, group in groupby(samples, key=lambda sample: _floor(sample.at, timedelta(hours=1))):
        minutes = list(group)
        known = [sample.value for sample in minutes if sample.value is not None]
        least, middle, most = (shown(of(known), unit) if known else "unknown" for of in (min, median, max))
        yield Hour(f"{hour:%a %H:%M}", least, middle, most, len(minutes) - len(known))


def _floor(moment: datetime, step: timedelta) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // step * step


def may_see_author(alert: Alert, user: object) -> bool:
    """Who took an alert on, and their note: for operators and for that person's own organisation."""
    return isinstance(user, Person) and (user.is_operator or user.organisation_id == alert.acknowledged_in)


def acknowledged_label(alert: Alert, user: Person) -> str:
    """Who took it on and when, as far as this user may know; empty where nobody did."""
    if alert.acknowledged_at is None:
        return ""
    who = alert.acknowledged_by if may_see_author(alert, user) else "somebody of another organisation"
    return f"{who}, {alert.acknowledged_at:%d %b %H:%M} UTC"
