"""What people are told: the outbox that promises it, and the notification that they read."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from config.tenancy import Owned
from notifications.kinds import Kind
from staff.models import Person

# Whether a message is still to be delivered; the index over those that wait says the same.
PENDING = {"delivered_at": None, "dead_at": None, "expired_at": None}


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    """Outbox rows, as adjectives."""

    def waiting(self, now: datetime) -> Self:
        """Due, not delivered, not given up and not too late."""
        return self.filter(**PENDING, due_at__lte=now)

    def dead(self) -> Self:
        return self.filter(dead_at__isnull=False)

    def closed_before(self, moment: datetime) -> Self:
        """Delivered, given up or held back before then; what still waits is never among them."""
        return self.filter(
            Q(delivered_at__lt=moment) | Q(dead_at__lt=moment) | Q(expired_at__lt=moment), created_at__lt=moment
        )


class OutboxMessage(Owned):
    """One thing to tell one person, written in the transaction of the fact itself.

    `key` names the fact: the same key twice is the same message, and the second is not written.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=160)
    body = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    # From then on it helps nobody: a reminder of a shift that has begun. `expired_at` says that it was held back.
    expires_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="outbox_key_once")]
        indexes = [
            models.Index(
                fields=["organisation", "due_at", "id"],
                name="outbox_waiting",
                condition=Q(**PENDING),
            ),
            # A handful of rows, counted every minute.
            models.Index(
                fields=["organisation", "dead_at"],
                name="outbox_dead",
                condition=Q(dead_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}: {self.title}"

    def is_too_late(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications, as adjectives. Everybody's are their own: no role reads another person's."""

    def visible_to(self, user: Person) -> Self:
        return self.filter(person=user)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def older_than(self, moment: datetime) -> Self:
        return self.filter(created_at__lt=moment)


class Notification(Owned):
    """A message in a person's inbox."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notifications")
    message = models.ForeignKey(
        OutboxMessage, on_delete=models.SET_NULL, null=True, related_name="notifications", editable=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=160)
    body = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            # A message reaches an inbox once. Not a OneToOneField: its unique key would span organisations.
            models.UniqueConstraint(fields=["organisation", "message"], name="notification_once_a_message")
        ]
        indexes = [
            models.Index(fields=["organisation", "person", "-id"], name="notification_by_person"),
            models.Index(fields=["organisation", "person"], name="notification_unread", condition=Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_unread(self) -> bool:
        return self.read_at is None
