"""Alerts and their rules in the admin: what is wrong, since when, what to do; and when a figure becomes an alert."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from monitoring.models import Alert, AlertRule, State
from monitoring.probes import PROBES
from monitoring.selectors.alerts import (
    RuleLine,
    acknowledged_label,
    alert_when,
    gauge,
    may_see_author,
    picture,
    rule_line,
)
from monitoring.services.alerts import acknowledge, change_rule
from monitoring.services.telling import RUNBOOK
from monitoring.wording import shown, span
from staff.admin.base import ReachAdmin, ServiceForm
from staff.signin import user_of

BEYOND = (State.WARNING, State.CRITICAL)


class RuleForm(ServiceForm):
    """Sets a rule through its one service."""

    def write(self) -> Model:
        return change_rule(self.instance, self.cleaned_data, by=self.user)


@admin.register(AlertRule)
class AlertRuleAdmin(ReachAdmin):
    """Read by the senior administrators, set by the installation's operator. There is one row for each figure."""

    view_verb, change_verb = "see_monitoring", "set_alert_rules"
    form = RuleForm
    list_display = ("signal", "now", "against_the_limit", "alert_when", "standing")
    list_filter = ("is_enabled", "state")
    ordering = ("id",)
    change_form_before_template = "admin/monitoring/rule_picture.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRule]:
        open_alerts = Prefetch("alerts", Alert.objects.standing(), to_attr="open_alerts")
        return AlertRule.objects.filter(metric__in=PROBES).prefetch_related(open_alerts)

    def get_fieldsets(self, request: HttpRequest, obj: AlertRule | None = None) -> Any:
        probe = PROBES[obj.metric] if obj else None
        looks_back = ("window", "critical_window") if probe and probe.longest else ()
        unit = f" ({probe.unit})" if probe and probe.unit else ""
        return (
            (f"Thresholds{unit}", {"fields": ("is_enabled", "direction", "warning", "critical")}),
            ("How it is judged", {"fields": (*looks_back, "minimum_samples", "hold", "calm")}),
            ("Who is told", {"fields": ("in_app", "by_email", "by_webhook", "also_email", "cooldown")}),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        rule, now = self.get_object(request, object_id), timezone.now()
        context = {**_picture_of(rule, now), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description="signal", ordering="id")
    def signal(self, rule: AlertRule) -> str:
        return PROBES[rule.metric].label

    @admin.display(description="now")
    def now(self, rule: AlertRule) -> SafeString:
        return format_html('<span class="alert-figure">{}</span>', rule_line(rule, None, timezone.now()).shown)

    @admin.display(description="against the limit")
    def against_the_limit(self, rule: AlertRule) -> SafeString:
        value, limits = gauge(rule)
        shape = {"value": value, "limits": limits, "over": rule.state in BEYOND}
        return render_to_string("admin/monitoring/_gauge.html", shape)

    @admin.display(description="alert when")
    def alert_when(self, rule: AlertRule) -> str:
        return alert_when(rule)

    @admin.display(description="state")
    def standing(self, rule: Any) -> SafeString:
        now = timezone.now()
        return _state(rule, rule_line(rule, next(iter(rule.open_alerts), None), now), now)


def _state(rule: AlertRule, line: RuleLine, now: datetime) -> SafeString:
    """A word and an icon, never a colour alone."""
    level, words = str(line.state), str(line.state.label)
    if line.alert:
        level = line.alert.level
        words = f"{line.alert.get_level_display()} for {span((now - line.alert.opened_at).total_seconds())}"
    elif line.state in BEYOND:
        words = f"{words}, but not for long enough yet" if rule.is_enabled else f"{words}, but switched off"
    return render_to_string("admin/monitoring/_state.html", {"level": level, "words": words})


def _picture_of(rule: AlertRule, now: datetime) -> dict[str, Any]:
    alert = Alert.objects.standing().filter(rule=rule).first()
    line = rule_line(rule, alert, now)
    return {
        "title": line.label,
        "line": line,
        "state": _state(rule, line, now),
        "picture": picture(rule, now),
        "runbook": f"{RUNBOOK}#{rule.metric}",
    }


class AlertForm(ServiceForm):
    """Takes an alert on."""

    def write(self) -> Model:
        return acknowledge(self.instance, note=self.cleaned_data["note"], by=self.user)


@admin.register(Alert)
class AlertAdmin(ReachAdmin):
    """What is wrong, what was, and who took it on. The evaluation opens and closes these; people acknowledge."""

    view_verb, change_verb = "see_monitoring", "acknowledge_alerts"
    form = AlertForm
    list_display = ("message", "level_label", "opened_at", "acknowledged", "closed_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "level")
    empty_text = "No figure has been beyond its threshold so far."
    list_select_related = ("rule",)
    ordering = ("-id",)
    actions = ("acknowledge_chosen",)
    change_form_before_template = "admin/monitoring/rule_picture.html"
    change_form_template = "admin/monitoring/alert_form.html"

    def get_fields(self, request: HttpRequest, obj: Alert | None = None) -> tuple[str, ...]:
        told = ("message", "level_label", "value_label", "threshold_label", "opened_at", "escalated_at", "told_at")
        return (*told, "closed_at", "acknowledged", "note")

    def get_readonly_fields(self, request: HttpRequest, obj: Alert | None = None) -> tuple[str, ...]:
        return tuple(name for name in self.get_fields(request, obj) if name != "note" or not _can_be_taken(obj))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        taken = isinstance(obj, Alert) and not _can_be_taken(obj)
        return super().has_change_permission(request, obj) and not taken

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        alert = self.get_object(request, object_id)
        context = {**_picture_of(alert.rule, timezone.now()), "title": "Alert", **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row as this user may read it: another organisation's note is none of theirs."""
        alert = super().get_object(request, object_id, from_field)
        alert.acknowledged_label = acknowledged_label(alert, user_of(request))
        if not may_see_author(alert, user_of(request)):
            alert.note = ""
        return alert

    @admin.display(description="level", ordering="level")
    def level_label(self, alert: Alert) -> SafeString:
        words = alert.get_level_display() if alert.is_open else f"Over; was {alert.level}"
        return render_to_string(
            "admin/monitoring/_state.html", {"level": alert.level if alert.is_open else "ok", "words": words}
        )

    @admin.display(description="last measured")
    def value_label(self, alert: Alert) -> str:
        return shown(alert.value, PROBES[alert.rule.metric].unit)

    @admin.display(description="threshold")
    def threshold_label(self, alert: Alert) -> str:
        return shown(alert.threshold, PROBES[alert.rule.metric].unit)

    @admin.display(description="acknowledged")
    def acknowledged(self, alert: Any) -> str:
        known = getattr(alert, "acknowledged_label", None)
        if known is None:  # in the list, which asks for no names
            return f"{alert.acknowledged_at:%d %b %H:%M} UTC" if alert.acknowledged_at else ""
        return str(known)

    @admin.action(description="Acknowledge", permissions=["change"])
    def acknowledge_chosen(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        user = user_of(request)
        self.each(request, alerts, lambda alert: acknowledge(alert, by=user), "acknowledged")


def _can_be_taken(alert: Alert | None) -> bool:
    return alert is not None and alert.is_open and alert.acknowledged_at is None
