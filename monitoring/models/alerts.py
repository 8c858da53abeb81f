"""Alert rules, what was measured for them, the alerts they open, and the messages that tell of those.

All of it belongs to the installation: one error rate, one disk, whoever the tenants are.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q


class Level(models.TextChoices):
    """How bad it is. INFO is said of an alert that has closed."""

    INFO = "info", "Info"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


class State(models.TextChoices):
    """What the last measurement of a rule says. QUIET: too few samples to judge. UNKNOWN is never fine."""

    OK = "ok", "OK"
    QUIET = "quiet", "Too little to judge"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"
    UNKNOWN = "unknown", "Unknown"


class AlertRule(models.Model):
    """When one figure of the installation becomes an alert, and who is told. `metric` names a row of PROBES."""

    class Direction(models.TextChoices):
        ABOVE = "above", "above"
        FROM = "from", "at or above"
        BELOW = "below", "below"

    metric = models.CharField(max_length=40, unique=True, editable=False)
    is_enabled = models.BooleanField("enabled", default=True, help_text="Off: measured and drawn, but never an alert.")
    direction = models.CharField("alert when the value is", max_length=5, choices=Direction, default=Direction.ABOVE)
    warning = models.FloatField("warning threshold", null=True, blank=True)
    critical = models.FloatField("critical threshold", null=True, blank=True)
    window = models.PositiveIntegerField("measured over", default=5, help_text="Minutes that the figure looks back.")
    critical_window = models.PositiveIntegerField(
        "measured over, for critical", null=True, blank=True, help_text="Minutes; empty: the same as for a warning."
    )
    minimum_samples = models.PositiveIntegerField(
        default=1, help_text="Below so many nothing is judged: one failure of two is no rate."
    )
    hold = models.PositiveIntegerField("must hold for", default=0, help_text="Minutes beyond the threshold, unbroken.")
    calm = models.PositiveIntegerField("closes after", default=5, help_text="Minutes back within bounds, unbroken.")
    cooldown = models.PositiveIntegerField(
        default=30, help_text="Minutes within which the same level is not told a second time."
    )
    in_app = models.BooleanField("tell operators in the product", default=True)
    by_email = models.BooleanField("tell by e-mail", default=True, help_text="Operators, and ALERT_EMAILS.")
    by_webhook = models.BooleanField("tell by webhook", default=True, help_text="The address ALERT_WEBHOOK_URL.")
    also_email = models.CharField(
        "also e-mail", max_length=500, blank=True, help_text="Further addresses, separated by commas."
    )

    # What the evaluation remembers between two minutes. Since when the figure is …
    state = models.CharField(max_length=8, choices=State, default=State.UNKNOWN, editable=False)
    value = models.FloatField(null=True, editable=False)
    samples = models.PositiveIntegerField(default=0, editable=False)
    detail = models.CharField(max_length=200, blank=True, editable=False)
    evaluated_at = models.DateTimeField(null=True, editable=False)
    warning_since = models.DateTimeField(null=True, editable=False)  # … beyond warning, or worse
    critical_since = models.DateTimeField(null=True, editable=False)
    calm_since = models.DateTimeField(null=True, editable=False)
    unknown_since = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(warning__isnull=False) | Q(critical__isnull=False), name="alert_rule_has_a_threshold"
            ),
            models.CheckConstraint(
                condition=Q(warning=None)
                | Q(critical=None)
                | Q(direction="below", critical__lt=F("warning"))
                | (~Q(direction="below") & Q(critical__gt=F("warning"))),
                name="alert_rule_critical_is_worse",
            ),
            models.CheckConstraint(condition=Q(window__gte=1), name="alert_rule_looks_back"),
        ]

    def __str__(self) -> str:
        return self.metric.replace("_", " ").capitalize()

    def is_stale(self, now: datetime) -> bool:
        """Whether the last evaluation is too old to be called "now"."""
        return self.evaluated_at is None or now - self.evaluated_at > timedelta(minutes=3)


class SampleQuerySet(models.QuerySet["Sample"]):
    """Samples, as adjectives."""

    def since(self, moment: datetime) -> Self:
        return self.filter(at__gte=moment)


class Sample(models.Model):
    """What one metric was in one minute; no value where it could not be measured. Kept for two days."""

    metric = models.CharField(max_length=40)
    at = models.DateTimeField()
    value = models.FloatField(null=True)
    samples = models.PositiveIntegerField(default=0)

    objects = SampleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["metric", "at"], name="sample_once_a_minute")]
        indexes = [models.Index(fields=["at"], name="sample_by_age")]

    def __str__(self) -> str:
        return f"{self.metric} {self.at:%H:%M} {self.value}"


class AlertQuerySet(models.QuerySet["Alert"]):
    """Alerts, as adjectives."""

    def standing(self) -> Self:
        """Those that have not closed."""
        return self.filter(closed_at=None)

    def closed_before(self, moment: datetime) -> Self:
        return self.filter(closed_at__lt=moment)


class Alert(models.Model):
    """One episode of one rule, from the opening to the close. `level` is the worst it has been."""

    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="alerts")
    level = models.CharField(max_length=8, choices=Level)
    message = models.CharField(max_length=300)
    value = models.FloatField(null=True, blank=True)
    threshold = models.FloatField(null=True, blank=True)
    opened_at = models.DateTimeField("since")
    escalated_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    # No foreign keys: the row belongs to no organisation. Who it was is shown to that organisation and to operators.
    acknowledged_by = models.CharField(max_length=130, blank=True)
    acknowledged_in = models.BigIntegerField(null=True, blank=True, editable=False)
    note = models.CharField(max_length=300, blank=True, help_text="What you found, and what you are doing about it.")
    told_at = models.DateTimeField(null=True, blank=True)
    told_level = models.CharField(max_length=8, choices=Level, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["rule"], condition=Q(closed_at=None), name="alert_one_open_a_rule")
        ]
        indexes = [models.Index(fields=["rule", "-told_at"], name="alert_told_by_rule")]

    def __str__(self) -> str:
        return self.message

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class AlertMessageQuerySet(models.QuerySet["AlertMessage"]):
    """Messages, as adjectives."""

    def due(self, now: datetime) -> Self:
        """Waiting, and not resting after a failure."""
        return self.filter(delivered_at=None, dead_at=None, due_at__lte=now)

    def alone_before(self, moment: datetime) -> Self:
        """Those of no alert, which nothing else removes."""
        return self.filter(alert=None, created_at__lt=moment)


class AlertMessage(models.Model):
    """The installation's own outbox: one thing to tell one address, written in the transaction of the alert.

    People's notifications go through the outbox of their organisation; an address of the settings has none. Without an
    alert it is a call of the webhook about an organisation's security.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, null=True, related_name="messages")
    event = models.CharField(max_length=10)
    channel = models.CharField(max_length=8, choices=Channel)
    recipient = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    objects = AlertMessageQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "event", "channel", "recipient"], name="alert_message_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], name="alert_message_waiting", condition=Q(delivered_at=None, dead_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.title}"
