"""What is noticed of attacks beside the audit log, what was told of them, and who wants no e-mail about it.

What changed, who signed in and what was refused there stands in the audit log already; `staff/security/kinds.py` says
which of its entries are security events. Rows here tell of what no change shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from config.tenancy import Owned
from staff.models.people import Person
from staff.roles import may

if TYPE_CHECKING:
    from datetime import datetime


class SecurityKind(models.TextChoices):
    SIGN_IN_FAILED = "sign_in_failed", "Wrong password or code"
    LOCKED = "locked", "Account locked"
    TOKEN_REUSED = "token_reused", "Copied token"
    NEW_DEVICE = "new_device", "New device"
    SECOND_STEP_OFF = "second_step_off", "Second step taken off"
    SECOND_STEP_RULE = "second_step_rule", "Rule of the second step changed"
    ROLE_CHANGED = "role_changed", "Role of a person changed"
    PERMISSIONS_CHANGED = "permissions_changed", "Permissions changed"
    EXPORT = "export", "Export"
    VISIT = "visit", "Visit of an operator"
    DENIED_BURST = "denied_burst", "Refused again and again"
    PROBE_BURST = "probe_burst", "Looking for what is not theirs"
    INJECTION = "injection", "Attack in a request"


class SecurityEventQuerySet(models.QuerySet["SecurityEvent"]):
    """Security events, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        """All of the organisation's for who reads the audit log; for everybody else there are none."""
        return self if may(user, "read_audit") else self.none()

    def older_than(self, moment: datetime) -> Self:
        return self.filter(at__lt=moment)


class SecurityEvent(Owned):
    """Something that a signed-in person's requests came to. It holds nothing of what they sent."""

    kind = models.CharField(max_length=20, choices=SecurityKind)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField()
    address = models.CharField(max_length=45)
    device = models.CharField(max_length=80)
    request_id = models.CharField(max_length=64)
    route = models.CharField(max_length=200, help_text="The pattern of the last address: “/people/<int:pk>/”.")
    what = models.CharField(max_length=20, blank=True, help_text="Of an attack in a request: of which family.")

    objects = SecurityEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "at", "id"], name="security_by_moment"),
            models.Index(fields=["organisation", "person", "at"], name="security_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.person_id}"


class SecurityAlarm(Owned):
    """When a kind of event was last told about a person, and how many have been held back since."""

    kind = models.CharField(max_length=20, choices=SecurityKind)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_index=False, related_name="+")
    told_at = models.DateTimeField()
    # Held back since then; and before then, as that message said.
    held = models.PositiveIntegerField(default=0)
    said = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind", "person"], name="security_alarm_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: told {self.told_at:%d %b %Y %H:%M}"


class SecurityMute(Owned):
    """Somebody who reads the audit log and wants no e-mails about security; their inbox still tells them."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_index=False, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "person"], name="security_mute_once")]

    def __str__(self) -> str:
        return f"No e-mails to {self.person_id}"
