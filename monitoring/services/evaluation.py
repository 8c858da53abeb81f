"""Every minute: measure, judge, and open, escalate or close alerts.

Each rule is one transaction that begins by locking its row. Two evaluators at once therefore take turns, and the
second finds the alert open; should the lock ever be forgotten, a unique key still allows one open alert a rule.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from monitoring import judging
from monitoring.models import Alert, AlertRule, Level, Sample, State
from monitoring.probes import PROBES, Reading
from monitoring.services.messages import hint_if_due
from monitoring.services.telling import tell_of

log = logging.getLogger(__name__)

KEPT = timedelta(hours=48)
DETAIL, MESSAGE = 200, 300


class SomeRulesFailed(Exception):
    """The other rules were evaluated; the text says which were not."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rule's probe says over the rule's two windows, and why it could not say anything."""

    at_warning: Reading | None
    at_critical: Reading | None
    fault: str = ""


def evaluate(now: datetime, only: Iterable[str] = PROBES) -> int:
    """Bring every rule (or `only` these metrics) up to date; returns how many alerts stand open.

    Raises SomeRulesFailed at the end, so that one rule's failure stops none of the others.
    """
    failed = []
    for rule in AlertRule.objects.filter(metric__in=set(only) & PROBES.keys()):
        measured = _measure(rule, now)
        try:
            _apply(rule.pk, measured, now)
        except Exception as error:
            log.exception("The alert rule %s was not evaluated; the others go on.", rule.metric)
            failed.append(f"{rule.metric} ({type(error).__name__}: {error})")
            connection.close_if_unusable_or_obsolete()
    Sample.objects.filter(at__lt=now - KEPT).delete()
    hint_if_due(now)
    if failed:
        raise SomeRulesFailed(f"Not evaluated: {'; '.join(failed)}")
    return Alert.objects.standing().count()


def _measure(rule: AlertRule, now: datetime) -> Measured:
    """Ask the probe. One that fails has measured nothing: unknown, which in time is an alert of its own."""
    try:
        # A savepoint where a transaction is open: a failed query must not take the evaluation with it.
        with transaction.atomic():
            at_warning = _ask(rule, rule.window, now)
            same = rule.critical_window in (None, rule.window)
            return Measured(at_warning, at_warning if same else _ask(rule, rule.critical_window or 0, now))
    except Exception as error:
        log.exception("%s could not be measured.", rule.metric)
        connection.close_if_unusable_or_obsolete()
        # Only its kind: tenants read this too, and the words of a database name its host.
        return Measured(None, None, type(error).__name__)


def _ask(rule: AlertRule, minutes: int, now: datetime) -> Reading | None:
    return PROBES[rule.metric].measure(timedelta(minutes=minutes), now)


@transaction.atomic
def _apply(pk: int, measured: Measured, now: datetime) -> None:
    rule = AlertRule.objects.select_for_update().get(pk=pk)
    if rule.evaluated_at and rule.evaluated_at > now:
        return  # somebody who measured later was here first
    state = judging.judge(rule, measured.at_warning, measured.at_critical)
    reading = measured.at_critical if state == State.CRITICAL else measured.at_warning
    judging.remember(rule, state, now)
    rule.value = reading.value if reading else None
    rule.samples = reading.samples if reading else 0
    rule.detail = (reading.detail if reading else measured.fault).split("\n")[0][:DETAIL]
    rule.evaluated_at = now
    rule.save()
    _keep_sample(rule, measured.at_warning, now)
    _follow(rule, now)


def _keep_sample(rule: AlertRule, reading: Reading | None, now: datetime) -> None:
    sample = Sample(
        metric=rule.metric,
        at=now.replace(second=0, microsecond=0),
        value=reading.value if reading else None,
        samples=reading.samples if reading else 0,
    )
    Sample.objects.bulk_create(
        [sample], update_conflicts=True, unique_fields=["metric", "at"], update_fields=["value", "samples"]
    )


def _follow(rule: AlertRule, now: datetime) -> None:
    """Bring the rule's alert to where the figure is."""
    alert = Alert.objects.standing().filter(rule=rule).first()
    due = judging.due_level(rule, now) if rule.is_enabled else None
    if alert is None:
        if due:
            tell_of(_open(rule, due, now), now)
    elif judging.is_over(rule, now):
        _close(alert, rule, now)
    else:
        _keep_open(alert, rule, due, now)
        tell_of(alert, now)


def _open(rule: AlertRule, level: Level, now: datetime) -> Alert:
    return Alert.objects.create(
        rule=rule,
        level=level,
        message=judging.sentence(rule, level)[:MESSAGE],
        value=rule.value,
        threshold=judging.threshold_of(rule, level),
        opened_at=now,
    )


def _keep_open(alert: Alert, rule: AlertRule, due: Level | None, now: datetime) -> None:
    """Follow the value; a worse level escalates. A better one does not calm it: the alert is as bad as it was."""
    alert.value = rule.value
    if due and judging.RANK[due] > judging.RANK[Level(alert.level)]:
        alert.level, alert.escalated_at = due, now
    if due == alert.level:
        alert.message = judging.sentence(rule, due)[:MESSAGE]
        alert.threshold = judging.threshold_of(rule, due)
    alert.save()


def _close(alert: Alert, rule: AlertRule, now: datetime) -> None:
    alert.value, alert.closed_at = rule.value, now
    alert.save()
    if alert.told_at:
        tell_of(alert, now)
