"""What people sign in with beside their password: the second step, its recovery codes, and the passwords they had."""

from __future__ import annotations

from typing import Self

from django.db import models

from config.sealed import SealedTextField
from config.tenancy import Owned
from staff.models.people import Person


class SecondFactorQuerySet(models.QuerySet["SecondFactor"]):
    """Second factors, as adjectives."""

    def in_use(self) -> Self:
        """Confirmed by a first code; until then it protects nothing and asks for nothing."""
        return self.filter(confirmed_at__isnull=False)


class SecondFactor(Owned):
    """An authenticator app of one person. A code is good for one step of 30 seconds, and each step for one code."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    secret = SealedTextField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)

    objects = SecondFactorQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "person"], name="second_factor_once")]

    def __str__(self) -> str:
        return f"Second step of {self.person_id}"


class RecoveryCodeQuerySet(models.QuerySet["RecoveryCode"]):
    """Recovery codes, as adjectives."""

    def unused(self) -> Self:
        return self.filter(used_at=None)


class RecoveryCode(Owned):
    """A way in without the authenticator, once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    objects = RecoveryCodeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "person", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"Recovery code of {self.person_id}"


class PastPasswordQuerySet(models.QuerySet["PastPassword"]):
    """Passwords of the past, as adjectives."""

    def of(self, person: Person) -> Self:
        """The person's, the latest first."""
        return self.filter(person=person).order_by("-id")


class PastPassword(Owned):
    """A password that somebody had, as its hash: it is not taken again for a while."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    password = models.CharField(max_length=128)
    replaced_at = models.DateTimeField()

    objects = PastPasswordQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "person", "-id"], name="past_password_by_person")]

    def __str__(self) -> str:
        return f"A password of {self.person_id} until {self.replaced_at:%d %b %Y}"
