"""What people are told: the outbox that promises it, and the notification that they read."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models

from config.tenancy import Owned
from notifications.kinds import Kind
from staff.models import Person


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    """Outbox rows, as adjectives."""

    def waiting(self, now: datetime) -> Self:
        """Due, not delivered and not given up."""
        return self.filter(delivered_at=None, dead_at=None, due_at__lte=now)

    def dead(self) -> Self:
        return self.filter(dead_at__isnull=False)


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

    objects = OutboxQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="outbox_key_once")]
        indexes = [
            models.Index(
                fields=["organisation", "due_at", "id"],
                name="outbox_waiting",
                condition=models.Q(delivered_at=None, dead_at=None),
            ),
            # The few that were given up, which are counted every minute.
            models.Index(fields=["organisation"], name="outbox_dead", condition=models.Q(dead_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}: {self.title}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications, as adjectives. Everybody's are their own: no role reads another person's."""

    def visible_to(self, user: Person) -> Self:
        return self.filter(person=user)

    def unread(self) -> Self:
        return self.filter(read_at=None)


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
            models.Index(
                fields=["organisation", "person"], name="notification_unread", condition=models.Q(read_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_unread(self) -> bool:
        return self.read_at is None
