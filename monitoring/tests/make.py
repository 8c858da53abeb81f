"""Plain functions for alerts: the rules as they come, one of them changed, and time that passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from monitoring.defaults import add_missing
from monitoring.models import Alert, AlertRule
from monitoring.services.evaluation import evaluate

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def fresh_rules() -> None:
    """The rules as the migration made them: tests that empty every table take them away."""
    Alert.objects.all().delete()
    AlertRule.objects.all().delete()
    add_missing(AlertRule.objects)


def rule_of(metric: str, **changes: Any) -> AlertRule:
    """The rule of a metric, with other values than it came with."""
    AlertRule.objects.filter(metric=metric).update(**changes)
    return AlertRule.objects.get(metric=metric)


def after(minutes: float, start: datetime = NOON) -> datetime:
    return start + timedelta(minutes=minutes)


def evaluated(metric: str, at: datetime) -> Alert | None:
    """The newest alert of a metric once it was evaluated at that moment, or None."""
    evaluate(at, only=[metric])
    return Alert.objects.filter(rule__metric=metric).first()
