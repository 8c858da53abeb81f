"""The one table that belongs to no app: answers that were given under an Idempotency-Key."""

from __future__ import annotations

from django.db import models

from config.tenancy import Owned


class GivenAnswer(Owned):
    """What a write answered the first time, so that a repeated request gets the same and does nothing.

    It commits with the write itself: a write that failed leaves no row, and may be tried again.
    """

    person = models.ForeignKey("staff.Person", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    etag = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "person", "key"], name="given_answer_once"),
        ]
        indexes = [models.Index(fields=["organisation", "created_at"], name="given_answer_by_age")]

    def __str__(self) -> str:
        return f"{self.key} of {self.person_id}"
