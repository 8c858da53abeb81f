"""The audit log: what was done, and the chain that shows whether anybody has touched it since.

The database writes these rows (staff/migrations/0003_audit.py); nobody adds, changes or removes one from here. People
and rows are named by plain ids, without foreign keys: the log outlives what it tells of.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from django.db import models

from config.tenancy import Owned
from staff.roles import may

if TYPE_CHECKING:
    from staff.models.people import Person


class AuditKind(models.TextChoices):
    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    REMOVED = "removed", "Removed"
    LOADED = "loaded", "Loaded in bulk"
    SIGN_IN = "sign_in", "Signed in"
    SIGN_OUT = "sign_out", "Signed out"
    REFRESH = "refresh", "Session renewed"
    READ = "read", "Opened"
    EXPORT = "export", "Exported"
    IMPORT = "import", "Imported"
    FORGOTTEN = "forgotten", "Log shortened"
    ERASED = "erased", "Personal values erased"


class AuditOutcome(models.TextChoices):
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    LOCKED = "locked", "Locked"


# Entries that may be security events (staff/security/kinds.py), few among all; they have an index of their own.
OF_SECURITY = (
    models.Q(kind__in=[AuditKind.SIGN_IN, AuditKind.REFRESH, AuditKind.EXPORT])
    | models.Q(
        kind__in=[AuditKind.CHANGED, AuditKind.REMOVED],
        about__in=["staff.SecondFactor", "staff.Person", "staff.Role", "staff.Organisation"],
    )
    | models.Q(kind=AuditKind.ADDED, about="staff.Visit")
)


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Entries, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        """All of the organisation's for who may read the audit log; for everybody else there are none."""
        return self if may(user, "read_audit") else self.none()

    def of_security(self) -> Self:
        """Those among which security events are to be looked for, by the condition of their index."""
        return self.filter(OF_SECURITY)

    def on_days(self, first: date | None, last: date | None, zone: ZoneInfo) -> Self:
        """Those from the beginning of one day to the end of another, by the clock of a zone; None leaves it open."""
        found = self
        if first:
            found = found.filter(at__gte=datetime.combine(first, time(), zone))
        if last:
            found = found.filter(at__lt=datetime.combine(last + timedelta(days=1), time(), zone))
        return found


class AuditEntry(Owned):
    """One thing that was done. `before` and `after` hold only what differs, by the columns of the row."""

    # Of the transaction that wrote it: the entries of one make up one link of the chain, in this order.
    link = models.BigIntegerField()
    position = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=AuditKind)
    outcome = models.CharField(max_length=8, choices=AuditOutcome, default=AuditOutcome.DONE)
    about = models.CharField("what", max_length=60, help_text="The kind of row, as “staff.Person”.")
    about_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField("whom it concerns", null=True)
    actor_id = models.BigIntegerField("who", null=True)
    actor_name = models.CharField(max_length=60, help_text="What ran without a person: “job outbox_sweep”.")
    address = models.CharField(max_length=45)
    agent = models.CharField(max_length=200)
    request_id = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    # Of what was written, whatever was erased since: the chain is made of it.
    hash = models.BinaryField(max_length=32)
    # When personal values were masked, and the hash of what is left; an entry of the chain vouches for it.
    erased_at = models.DateTimeField("values erased at", null=True)
    erased_hash = models.BinaryField(max_length=32, null=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "link", "position"], name="audit_entry_place_once")
        ]
        indexes = [
            models.Index(fields=["organisation", "at", "id"], name="audit_by_moment"),
            models.Index(
                fields=["organisation", "person_id", "at", "id"],
                name="audit_by_person",
                condition=models.Q(person_id__isnull=False),
            ),
            models.Index(
                fields=["organisation", "actor_id", "at", "id"],
                name="audit_by_actor",
                condition=models.Q(actor_id__isnull=False),
            ),
            models.Index(fields=["organisation", "at", "id"], name="audit_of_security", condition=OF_SECURITY),
        ]

    def __str__(self) -> str:
        return f"Entry {self.pk}"


class AuditLink(Owned):
    """One link of an organisation's chain: the entries of one transaction, sealed as it commits."""

    number = models.BigIntegerField(null=True)
    entries = models.PositiveIntegerField(null=True)
    hash = models.BinaryField(max_length=32, null=True)
    sealed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="audit_link_number_once")]
        verbose_name = "link of the audit log"

    def __str__(self) -> str:
        return f"Link {self.number}"


class AuditHead(Owned):
    """Where an organisation's chain ends, and where it begins once old links were removed."""

    links = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32, default=b"")
    anchor = models.BigIntegerField(default=0)
    anchor_hash = models.BinaryField(max_length=32, default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="audit_head_once")]
        verbose_name = "head of the audit log"

    def __str__(self) -> str:
        return f"{self.links} links"
