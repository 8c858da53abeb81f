"""The access log: who opened what of whom. Rows are added and never changed."""

from __future__ import annotations

from typing import Self

from django.db import models

from config.tenancy import Owned
from staff.models.people import Person
from staff.roles import may


class AccessEntryQuerySet(models.QuerySet["AccessEntry"]):
    """Entries, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        """All of the organisation's for who reads the log, none for anybody else."""
        return self.all() if may(user, "see_access_log") else self.none()


class AccessEntry(Owned):
    """Somebody opened something of another person. PostgreSQL refuses every change of a row."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="opened")
    what = models.CharField(max_length=100)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField()

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "access entries"
        indexes = [models.Index(fields=["organisation", "person", "-id"], name="access_by_person")]

    def __str__(self) -> str:
        return f"{self.by} opened “{self.what}” of {self.person}"
