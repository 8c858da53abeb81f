"""Visits: an operator of the installation looks into another organisation, with a reason and for an hour at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from config.tenancy import Owned

if TYPE_CHECKING:
    from datetime import datetime


class VisitQuerySet(models.QuerySet["Visit"]):
    """Visits, as adjectives."""

    def going_on(self, now: datetime) -> Self:
        """Those that still open something."""
        return self.filter(ended_at=None, ends_at__gt=now)

    def over(self, now: datetime) -> Self:
        """Those whose hour is over and of which nobody has written so."""
        return self.filter(ended_at=None, ends_at__lte=now)

    def older_than(self, moment: datetime) -> Self:
        return self.filter(ends_at__lt=moment)


class Visit(Owned):
    """One look of an operator's into this organisation. It belongs to the organisation that is visited.

    The operator is named by a plain id and by name: their row belongs to another organisation, so no key can reach it.
    """

    operator_id = models.BigIntegerField()
    operator_name = models.CharField("operator", max_length=121)
    reason = models.CharField(max_length=300)
    begun_at = models.DateTimeField("begin")
    ends_at = models.DateTimeField("latest end")
    ended_at = models.DateTimeField("end", null=True, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="visit_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("begun_at")), name="visit_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator_name}, {self.begun_at:%d %b %Y %H:%M}"
