"""What people agreed to, what they were told of it, and who was erased: rows that are added and never changed."""

from __future__ import annotations

from typing import Self

from django.db import models

from config.tenancy import Owned
from staff.models.people import Person
from staff.models.sessions import Door
from staff.roles import may

LONGEST_NOTICE = 8000
LONGEST_ERASURE_REASON = 300


class ConsentKind(models.TextChoices):
    """What people are asked for; the words that they read are in staff/consents.py."""

    NOTICE = "notice", "Privacy notice"
    PICTURE = "picture", "Picture in the directory"
    MESSAGES = "messages", "Messages by WhatsApp and SMS"


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Answers, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        """One's own; those of everybody for who edits people."""
        return self if may(user, "edit_people") else self.filter(person=user)

    def latest_of(self, person: Person) -> Self:
        """The answer of each kind that counts: the last."""
        return self.filter(person=person).order_by("kind", "-id").distinct("kind")


class Consent(Owned):
    """One answer of one person: given, or taken back. PostgreSQL refuses every change of a row."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="consents")
    kind = models.CharField(max_length=10, choices=ConsentKind)
    version = models.PositiveIntegerField(help_text="Of the text that they read.")
    is_given = models.BooleanField("given")
    at = models.DateTimeField()
    door = models.CharField("where", max_length=4, choices=Door)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["organisation", "person", "kind", "-id"], name="consent_by_person")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {'given' if self.is_given else 'taken back'} by {self.person}"


class PrivacyNoticeQuerySet(models.QuerySet["PrivacyNotice"]):
    """Notices, as adjectives. Everybody may read what is kept about them and why."""

    def visible_to(self, user: Person) -> Self:
        return self

    def in_force(self) -> PrivacyNotice | None:
        """The newest; None where the organisation has written none of its own."""
        return self.order_by("-version").first()


class PrivacyNotice(Owned):
    """An organisation's own words on what it keeps about people. A new one takes the place of the last."""

    version = models.PositiveIntegerField(editable=False)
    text = models.TextField(max_length=LONGEST_NOTICE)
    at = models.DateTimeField(editable=False)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, editable=False, related_name="+")

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["organisation", "version"], name="privacy_notice_version_once")]

    def __str__(self) -> str:
        return f"Privacy notice {self.version}"


class ErasureQuerySet(models.QuerySet["Erasure"]):
    """Erasures, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        return self if may(user, "read_audit") else self.none()


class Erasure(Owned):
    """Somebody's personal data was erased; `by` is None where a job or a restore did it. Never changed or removed."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="erasures")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=LONGEST_ERASURE_REASON)
    counts = models.JSONField(help_text="Rows and files, by table.")
    # Under which names their files lay: random ones, so that what a crash left behind can still be removed.
    files = models.JSONField(default=list, editable=False)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Erasure of {self.person}, {self.at:%-d %b %Y}"
