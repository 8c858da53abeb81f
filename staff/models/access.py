"""Who has looked at what of whom."""

from __future__ import annotations

from django.db import models

from config.tenancy import Owned
from staff.models.people import Person


class AccessEntry(Owned):
    """Somebody opened something about another person that is not for everybody. Written once, never changed."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="access_entries")
    what = models.CharField(max_length=200)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "access log"

    def __str__(self) -> str:
        return f"{self.by} opened {self.what} of {self.person}"
