"""What people type: signing in, and looking for somebody."""

from __future__ import annotations

from typing import Any

from django import forms

from config.errors import TooMany
from staff.models import Person
from staff.roles import Category
from staff.selectors import Wanted, places_to_choose
from staff.signin import Login, sign_in

WRONG = "This e-mail and password do not go together."


class LoginForm(forms.Form):
    """E-mail and password. One answer for everything that is wrong, so that nobody learns who is known here."""

    email = forms.CharField(max_length=254)
    password = forms.CharField(max_length=1000, strip=False, widget=forms.PasswordInput)

    login: Login
    person: Person

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        try:
            found = sign_in(given["email"], given["password"]) if {"email", "password"} <= given.keys() else None
        except TooMany as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal
        # The fields' own complaints go: the e-mail stays in its box, and one sentence says it all.
        self.errors.clear()
        if found is None:
            raise forms.ValidationError(WRONG)
        self.login, self.person = found
        return given


class TeamForm(forms.Form):
    """The directory's filters; whatever cannot be read says so and filters nothing."""

    search = forms.CharField(
        max_length=100,
        required=False,
        label="Search",
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    branch = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    department = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    role = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    category = forms.ChoiceField(choices=[("", "Any category"), *Category.choices], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in places_to_choose().items():
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  # for mypy
            field.choices = [("", f"Any {name}"), *choices]

    def wanted(self) -> Wanted:
        """What is asked for, as far as it can be read."""
        self.is_valid()
        return Wanted(**self.cleaned_data)
