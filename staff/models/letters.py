"""Letters: what the product writes to one person's e-mail address about their access, with one-time links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from config.tenancy import Owned
from staff.models.people import Person

if TYPE_CHECKING:
    from datetime import datetime


class LetterKind(models.TextChoices):
    INVITATION = "invitation", "Choose your password"
    RESET = "reset", "Choose a new password"
    NEW_ADDRESS = "new_address", "Confirm your new e-mail address"
    ADDRESS_CHANGED = "address_changed", "Your e-mail address was changed"
    PASSWORD_CHANGED = "password_changed", "Your password was changed"
    LOCKED = "locked", "Signing in is locked for 15 minutes"
    NEW_DEVICE = "new_device", "You signed in on a new device"
    TOKEN_REUSED = "token_reused", "A session of yours was ended for safety"
    SECOND_FACTOR_ON = "second_factor_on", "Two-step sign-in is on"
    SECOND_FACTOR_OFF = "second_factor_off", "Two-step sign-in is off"
    DATA_COPIED = "data_copied", "A copy of your data was made"
    SESSIONS_ENDED = "sessions_ended", "You were signed out everywhere"
    SECURITY_ALARM = "security_alarm", "Security: please look"


PENDING = {"sent_at": None, "dead_at": None}


class LetterQuerySet(models.QuerySet["Letter"]):
    """Letters, as adjectives."""

    def pending(self) -> Self:
        return self.filter(**PENDING)

    def due(self, now: datetime) -> Self:
        """To be sent, and still of use."""
        return self.pending().filter(due_at__lte=now, expires_at__gt=now)

    def older_than(self, moment: datetime) -> Self:
        return self.filter(created_at__lt=moment)


class Letter(Owned):
    """One e-mail to be sent, written with the fact that it tells of. What opens a door is made when it is sent."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=LetterKind)
    to = models.EmailField(help_text="The address at the time; a changed one is told at both.")
    detail = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="After this it helps nobody and is not sent.")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=120, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["organisation", "due_at", "id"], name="letter_waiting", condition=Q(**PENDING)),
            models.Index(fields=["organisation", "person", "kind"], name="letter_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.person_id}"


class OneTimeLinkQuerySet(models.QuerySet["OneTimeLink"]):
    """One-time links, as adjectives."""

    def good(self, now: datetime) -> Self:
        return self.filter(used_at=None, expires_at__gt=now)

    def for_passwords(self) -> Self:
        return self.filter(letter__kind__in=(LetterKind.INVITATION, LetterKind.RESET))


class OneTimeLink(Owned):
    """What a letter lets its reader do once: set a password, confirm an address. Kept as digests."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="links")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    code_digest = models.CharField(max_length=64, blank=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = OneTimeLinkQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "digest"], name="one_time_link_once")]
        indexes = [models.Index(fields=["organisation", "person", "-id"], name="one_time_link_by_person")]

    def __str__(self) -> str:
        return f"Link {self.pk}"
