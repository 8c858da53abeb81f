"""Sessions: every sign-in, at a page or through the API, as a row that can be ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from config.tenancy import Owned
from staff.models.people import Person

if TYPE_CHECKING:
    from datetime import datetime


class Door(models.TextChoices):
    PAGE = "page", "Browser"
    API = "api", "API"


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions, as adjectives. Everybody's are their own."""

    def visible_to(self, user: Person) -> Self:
        return self.filter(person=user)

    def live(self, now: datetime) -> Self:
        """Those that still open something. The reader of a request asks the same in SQL (staff/reader.py)."""
        return self.filter(ended_at=None, good_until__gt=now, token_version=F("person__token_version"))

    def over_before(self, moment: datetime) -> Self:
        return self.filter(Q(good_until__lt=moment) | Q(ended_at__lt=moment))


class Session(Owned):
    """One sign-in of one person on one device.

    It is good until its moment comes, until somebody ends it, or until the person's token version moves on, which ends
    all of theirs. A browser's session holds its id; a token carries it.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sessions")
    door = models.CharField(max_length=4, choices=Door)
    device = models.CharField(max_length=80)
    address = models.CharField(max_length=45)
    token_version = models.PositiveIntegerField()
    # The organisation asks for a second step that the person has not set up: nothing opens but setting it up.
    needs_second_factor = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # `ends_at` is absolute. `good_until` comes before it where a session also ends by itself when nobody uses it.
    ends_at = models.DateTimeField()
    good_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # Digests of the one refresh token that is good now, and of the one that was exchanged for it.
    digest = models.CharField(max_length=64, blank=True)
    previous_digest = models.CharField(max_length=64, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["-seen_at", "-id"]
        indexes = [models.Index(fields=["organisation", "person", "-seen_at"], name="session_by_person")]

    def __str__(self) -> str:
        return f"{self.device}, {self.created_at:%d %b %Y %H:%M}"
