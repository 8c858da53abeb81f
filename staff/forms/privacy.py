"""What people type about data: their password for a copy, why somebody is erased, a number that vouches."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from config.blind import NORMALISED
from staff.forms.people import OwnForm, RefusableForm, password_field
from staff.models import Erasure, Person
from staff.models.privacy import LONGEST_ERASURE_REASON
from staff.services.erasing import erase
from staff.services.signing import require_password

LEAST_COMPARED = 6  # letters and digits: shorter ones would be tried out


class CopyForm(OwnForm):
    """One's own password, before a copy of anybody's data goes out."""

    password = password_field("Your password")

    def act(self, given: dict[str, Any]) -> None:
        require_password(self.user, given["password"])


class EraseForm(RefusableForm):
    """Why, and the employee number typed."""

    reason = forms.CharField(
        label="Why", max_length=LONGEST_ERASURE_REASON, help_text="It is kept with the erasure. Name nobody in it."
    )
    typed = forms.CharField(label="Employee number", max_length=20, widget=forms.TextInput({"autocomplete": "off"}))

    erasure: Erasure

    def __init__(self, *args: Any, user: Person, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.person = user, person
        self.fields["typed"].help_text = f"Type {person.employee_number} to confirm."

    def act(self, given: dict[str, Any]) -> None:
        with transaction.atomic():
            self.erasure = erase(self.person, reason=given["reason"], typed=given["typed"], by=self.user)


class NumberForm(forms.Form):
    """A telephone or identity number of a guarantor. It is posted: an address would stand in logs."""

    number = forms.CharField(
        label="Telephone or identity number", max_length=40, widget=forms.TextInput({"autocomplete": "off"})
    )

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        if len(NORMALISED["identity"](number)) < LEAST_COMPARED:
            raise ValidationError("Write the whole number: the sealed ones are compared as a whole.")
        return number
