"""What people do with alerts: acknowledge one, and set the rules by which they open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from config.errors import Forbidden, Invalid, Refused
from monitoring.models import Alert, AlertRule
from monitoring.probes import PROBES
from staff.models import Person
from staff.roles import may

EDITABLE = (
    "is_enabled", "direction", "warning", "critical", "window", "critical_window", "minimum_samples", "hold", "calm",
    "cooldown", "in_app", "by_email", "by_webhook", "also_email",
)  # fmt: skip
NOTE = 300
MOST_VALUE = 1e9
DAY = 24 * 60
# Field: least, most, what it counts.
RANGES: dict[str, tuple[int, int, str]] = {
    "window": (1, 3 * DAY, "minutes"),
    "critical_window": (1, 3 * DAY, "minutes"),
    "minimum_samples": (1, 1_000_000, "samples"),
    "hold": (0, DAY, "minutes"),
    "calm": (0, DAY, "minutes"),
    "cooldown": (0, 7 * DAY, "minutes"),
}


def acknowledge(alert: Alert, *, note: str = "", by: Person) -> Alert:
    """Take an open alert on: everybody sees that somebody looks at it. The first one counts; raises Refused after."""
    if not may(by, "acknowledge_alerts"):
        raise Forbidden("Alerts are acknowledged by Human Resource, the executives and the operator.")
    if len(note) > NOTE:
        sentence = f"A note has at most {NOTE} characters."
        raise Invalid(sentence, fields={"note": sentence})
    taken = Alert.objects.standing().filter(pk=alert.pk, acknowledged_at=None)
    written = taken.update(
        acknowledged_at=timezone.now(),
        acknowledged_by=by.full_name,
        acknowledged_in=by.organisation_id,
        note=note.strip(),
    )
    alert.refresh_from_db()
    if not written:
        raise Refused(
            "Somebody has acknowledged this alert already." if alert.is_open else "This alert has closed by itself."
        )
    return alert


def change_rule(rule: AlertRule, changes: Mapping[str, Any], *, by: Person) -> AlertRule:
    """Set a rule. Raises Forbidden for anybody but an operator, Invalid with a sentence for each field at fault."""
    if not may(by, "set_alert_rules"):
        raise Forbidden("Alert rules are set by the installation's operator.")
    # Locked: an evaluation in between must not be undone by what this row was before it.
    held = AlertRule.objects.select_for_update().get(pk=rule.pk)
    for name in EDITABLE:
        if name in changes:
            setattr(held, name, changes[name])
    faults = {**_ranges(held), **_thresholds(held), **_addresses(held)}
    if faults:
        sentence = next(iter(faults.values())) if len(faults) == 1 else f"{len(faults)} things are not right."
        raise Invalid(sentence, fields=faults)
    held.save(update_fields=EDITABLE)
    return held


def _ranges(rule: AlertRule) -> dict[str, str]:
    faults = {}
    longest = PROBES[rule.metric].longest or 3 * DAY
    for name, (least, most, unit) in RANGES.items():
        value = getattr(rule, name)
        if value is None and name == "critical_window":
            continue
        if name.endswith("window"):
            most = min(most, longest)
        if value is None or not least <= value <= most:
            faults[name] = f"This lies between {least} and {most:,} {unit}."
    return faults


def _thresholds(rule: AlertRule) -> dict[str, str]:
    probe = PROBES[rule.metric]
    most = MOST_VALUE if probe.most is None else probe.most
    if rule.direction not in AlertRule.Direction.values:
        return {"direction": "Choose above, at or above, or below."}
    if rule.warning is None and rule.critical is None:
        return {"warning": "Without any threshold this can never be an alert; switch the rule off instead."}
    faults = {}
    for name in ("warning", "critical"):
        value = getattr(rule, name)
        if value is not None and not (math.isfinite(value) and 0 <= value <= most):
            faults[name] = f"This lies between 0 and {most:,.0f}{probe.unit and f' {probe.unit}'}."
    if not faults and rule.warning is not None and rule.critical is not None and not _is_worse(rule):
        side = "below" if rule.direction == AlertRule.Direction.BELOW else "above"
        faults["critical"] = f"Critical lies {side} the warning threshold: it is the worse of the two."
    return faults


def _is_worse(rule: AlertRule) -> bool:
    assert rule.warning is not None and rule.critical is not None  # noqa: S101, PT018  # asked only where both are
    return rule.critical < rule.warning if rule.direction == "below" else rule.critical > rule.warning


def _addresses(rule: AlertRule) -> dict[str, str]:
    rule.also_email = ", ".join(part.strip() for part in rule.also_email.split(",") if part.strip())
    for address in filter(None, rule.also_email.split(", ")):
        try:
            validate_email(address)
        except ValidationError:
            return {"also_email": f"“{address}” is no e-mail address; separate several with commas."}
    return {}
