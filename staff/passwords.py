"""The rule about passwords that Django does not bring: none of the last five again."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError

from staff.models import PastPassword, Person

REMEMBERED = 5  # with the present one


class NotAmongTheLast:
    """A password validator of AUTH_PASSWORD_VALIDATORS. Each look costs a hash, 30 ms."""

    def validate(self, password: str, user: Person | None = None) -> None:
        if user is None or user.pk is None:
            return
        past = PastPassword.objects.of(user).values_list("password", flat=True)[: REMEMBERED - 1]
        if any(check_password(password, known) for known in (user.password, *past)):
            raise ValidationError("You have used this password before; choose one that is new.", code="used_before")

    def get_help_text(self) -> str:
        return f"None of your last {REMEMBERED} passwords."
