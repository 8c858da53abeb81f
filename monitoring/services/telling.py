"""Who hears of an alert: rows in the outboxes, written in the transaction that changed the alert.

Operators are people (of whatever organisation) who run the installation; each hears of it in their own inbox.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse

from config import tenancy
from monitoring import judging
from monitoring.models import Alert, AlertMessage, AlertRule, Level
from monitoring.probes import PROBES
from notifications.kinds import Kind
from notifications.services import Message, tell
from staff.models import Person

Channel = AlertMessage.Channel
OPENED, ESCALATED, CLOSED = "opened", "escalated", "closed"
RUNBOOK = "docs/runbooks/alerts.md"
TITLE = 200


def tell_of(alert: Alert, now: datetime) -> None:
    """Tell of an opening, an escalation or a close, each once. A flapping figure is told once within the cooldown."""
    event = _event(alert, now)
    if event is None:
        return
    operators = _tell_operators(alert, event)
    AlertMessage.objects.bulk_create(_messages(alert, event, operators, now), ignore_conflicts=True)
    if event != CLOSED:
        alert.told_at, alert.told_level = now, alert.level
        alert.save(update_fields=["told_at", "told_level"])


def _event(alert: Alert, now: datetime) -> str | None:
    if not alert.is_open:
        return CLOSED
    if alert.told_level == alert.level or _was_told_lately(alert, now):
        return None
    return ESCALATED if alert.told_level else OPENED


def _was_told_lately(alert: Alert, now: datetime) -> bool:
    """Whether this rule was told at this level or worse within its cooldown."""
    after = now - timedelta(minutes=alert.rule.cooldown) + judging.SLACK
    told = Alert.objects.filter(rule=alert.rule, told_at__gt=after).values_list("told_level", flat=True)
    return any(judging.RANK[Level(level)] >= judging.RANK[Level(alert.level)] for level in told)


def _tell_operators(alert: Alert, event: str) -> list[str]:
    """Into the inbox of every operator, organisation by organisation; returns their addresses."""
    addresses: list[str] = []
    for pk in tenancy.each_organisation():
        with tenancy.organisation(pk):
            people = list(Person.objects.active().filter(is_operator=True))
            addresses += [person.email for person in people]
            if alert.rule.in_app:
                tell(_notice(alert, event, person) for person in people)
    return addresses


def _notice(alert: Alert, event: str, person: Person) -> Message:
    return Message(
        person_id=person.pk,
        kind=Kind.ALERT,
        key=f"alert:{alert.pk}:{event}:{person.pk}",
        title=_title(alert, event),
        body="" if event == CLOSED else PROBES[alert.rule.metric].cure,
        url=address_of(alert),
    )


def _messages(alert: Alert, event: str, operators: list[str], now: datetime) -> Iterable[AlertMessage]:
    rule = alert.rule
    recipients = [(Channel.EMAIL, address) for address in _addresses(rule, operators)]
    if rule.by_webhook and settings.ALERT_WEBHOOK_URL:
        # The address may hold a secret, so it stays in the environment.
        recipients.append((Channel.WEBHOOK, ""))
    for channel, recipient in recipients:
        yield AlertMessage(
            alert=alert,
            event=event,
            channel=channel,
            recipient=recipient,
            title=_title(alert, event)[:TITLE],
            body=_body(alert, event),
            payload=_payload(alert, event) if channel == Channel.WEBHOOK else {},
            created_at=now,
            due_at=now,
        )


def _addresses(rule: AlertRule, operators: list[str]) -> list[str]:
    if not (rule.by_email and settings.EMAIL_HOST):
        return []
    further = [address.strip() for address in rule.also_email.split(",")]
    return list(dict.fromkeys(filter(None, [*operators, *settings.ALERT_EMAILS, *further])))


def address_of(alert: Alert) -> str:
    """The alert's page, as a path of this site."""
    return reverse("admin:monitoring_alert_change", args=[alert.pk])


def _title(alert: Alert, event: str) -> str:
    heading = {OPENED: Level(alert.level).label, ESCALATED: f"Now {alert.level}", CLOSED: "Over"}[event]
    return f"{heading}: {_said(alert, event)}"


def _said(alert: Alert, event: str) -> str:
    return judging.closing_sentence(alert.rule, alert, alert.closed_at) if alert.closed_at else alert.message


def _body(alert: Alert, event: str) -> str:
    probe = PROBES[alert.rule.metric]
    lines = [_said(alert, event), f"Since {alert.opened_at:%Y-%m-%d %H:%M} UTC.", ""]
    if event != CLOSED:
        lines += [f"What to do: {probe.cure}", f"More: {RUNBOOK}#{alert.rule.metric}", ""]
    return "\n".join([*lines, urljoin(settings.SITE_URL, address_of(alert))])


def _payload(alert: Alert, event: str) -> dict[str, object]:
    """What a webhook receives; `text` alone is what chat services show."""
    probe = PROBES[alert.rule.metric]
    return {
        "text": _title(alert, event),
        "event": event,
        "id": str(alert.pk),
        "metric": alert.rule.metric,
        "level": Level.INFO if event == CLOSED else alert.level,
        "message": _said(alert, event),
        "value": alert.value,
        "unit": probe.unit,
        "threshold": alert.threshold,
        "since": alert.opened_at.isoformat(),
        "cure": probe.cure,
        "url": urljoin(settings.SITE_URL, address_of(alert)),
    }
