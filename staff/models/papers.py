"""What a person hands in and is asked for: documents, next of kin, guarantors, and what each category must have."""

from __future__ import annotations

from datetime import date
from typing import Self, TypeVar

from django.db import models

from config.blind import BlindIndexField
from config.sealed import SealedTextField
from config.tenancy import Owned
from staff.documents.kinds import DocumentKind, PaperKind
from staff.models.people import Person
from staff.roles import Category

M = TypeVar("M", bound=models.Model)

LONGEST_MESSAGE = 300


class Kept(Owned):
    """A row that is taken away without being deleted: who took it away, and when, stays."""

    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, editable=False, related_name="+")
    added_at = models.DateTimeField(editable=False)
    removed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


class KeptQuerySet(models.QuerySet[M]):
    """Rows of a person that may be taken away."""

    def present(self) -> Self:
        """Those that nobody has taken away."""
        return self.filter(removed_at=None)


class Paper(Kept):
    """A file: what it is called, what it is, and under which key it lies (staff/documents/storage.py)."""

    key = models.CharField(max_length=32, editable=False)
    name = models.CharField(max_length=100, editable=False)
    media_type = models.CharField(max_length=40, editable=False)
    size = models.PositiveIntegerField(editable=False, help_text="Bytes.")

    class Meta:
        abstract = True

    @property
    def size_label(self) -> str:
        """ "240 kB" """
        return f"{max(self.size // 1000, 1):,} kB"


class DocumentQuerySet(KeptQuerySet["Document"]):
    """Documents, as adjectives."""

    def standing(self) -> Self:
        """Of each person and kind the one that holds longest: renewing a document makes the old one of no account."""
        longest = models.F("expires_on").desc(nulls_first=True)
        return self.present().order_by("person_id", "kind", longest, "-id").distinct("person_id", "kind")


class Document(Paper):
    """One of the fifteen kinds about one person, perhaps until a day."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, choices=DocumentKind)
    expires_on = models.DateField("last day of validity", null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-id"]
        indexes = [models.Index(fields=["organisation", "person", "kind"], name="document_by_person")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.person}"

    def has_expired(self, day: date) -> bool:
        """Whether it is no longer valid on that day."""
        return self.expires_on is not None and self.expires_on < day


class RequiredDocument(Owned):
    """A kind of document that everybody of a role category must have."""

    category = models.CharField(max_length=12, choices=Category)
    kind = models.CharField(max_length=20, choices=DocumentKind)
    is_active = models.BooleanField("is required", default=True)

    class Meta:
        ordering = ["category", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "category", "kind"], name="required_document_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.get_kind_display()}"


class DocumentRequestQuerySet(models.QuerySet["DocumentRequest"]):
    """Requests, as adjectives."""

    def open(self) -> Self:
        """Those that wait for an answer."""
        return self.filter(answered_at=None, withdrawn_at=None)


class DocumentRequest(Owned):
    """Human Resource asks a person for a document, until a day."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="document_requests")
    kind = models.CharField(max_length=20, choices=DocumentKind)
    due_on = models.DateField("due day")
    message = models.CharField(max_length=LONGEST_MESSAGE, blank=True)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, editable=False, related_name="+")
    asked_at = models.DateTimeField(editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    objects = DocumentRequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        # Those that were asked for together are read together.
        indexes = [models.Index(fields=["organisation", "asked_at", "kind"], name="document_request_together")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person", "kind"],
                condition=models.Q(answered_at=None, withdrawn_at=None),
                name="document_request_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.person}"


class NextOfKin(Kept):
    """Whom to call when something happens to a person."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="next_of_kin")
    name = models.CharField(max_length=120)
    relationship = models.CharField(max_length=40)
    phone = SealedTextField()
    phone_index = BlindIndexField(of="phone", kind="phone")
    address = SealedTextField(blank=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "next of kin"
        indexes = [models.Index(fields=["organisation", "phone_index"], name="next_of_kin_by_phone")]

    def __str__(self) -> str:
        return f"{self.name}, {self.relationship}"


class Guarantor(Kept):
    """Somebody outside who vouches for a person."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="guarantors")
    name = models.CharField(max_length=120)
    relationship = models.CharField(max_length=40, blank=True)
    occupation = models.CharField(max_length=80, blank=True)
    phone = SealedTextField()
    phone_index = BlindIndexField(of="phone", kind="phone")
    address = SealedTextField(blank=True)
    identity_number = SealedTextField("national identity number", blank=True)
    identity_index = BlindIndexField(of="identity_number", kind="identity")

    objects = KeptQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["organisation", "phone_index"], name="guarantor_by_phone"),
            models.Index(fields=["organisation", "identity_index"], name="guarantor_by_identity"),
        ]

    def __str__(self) -> str:
        return self.name


class GuarantorPaper(Paper):
    """A guarantor's passport, national id or work id."""

    guarantor = models.ForeignKey(Guarantor, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=12, choices=PaperKind)

    objects = KeptQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "guarantor", "kind"],
                condition=models.Q(removed_at=None),
                name="guarantor_paper_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.guarantor}"
