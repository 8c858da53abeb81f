"""What people type: signing in, what they sign in with, and looking for somebody."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from config.errors import Refused, TooMany
from config.refusals import show_refusal
from staff.models import Person
from staff.roles import Category
from staff.selectors import Wanted, places_to_choose
from staff.services import protecting
from staff.services.addresses import ask_new_address
from staff.services.passwords import ask_reset, change_password, reset, reset_by_code
from staff.services.second_factor import WRONG_CODE
from staff.services.signing import WRONG_PASSWORD, Known, check_code, check_password


class RefusableForm(forms.Form):
    """A form whose cleaning ends with the service itself: what it refuses stands beside the field concerned."""

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                self.act(self.cleaned_data)
            except Refused as refused:
                show_refusal(self, refused)
        return self.cleaned_data

    def act(self, given: dict[str, Any]) -> None:
        """Call the one service; every form has its own."""
        raise TypeError(f"{type(self).__name__} does not say which service it calls.")


class LoginForm(forms.Form):
    """E-mail and password. One answer for everything that is wrong, so that nobody learns who is known here."""

    email = forms.CharField(max_length=254)
    password = forms.CharField(max_length=1000, strip=False, widget=forms.PasswordInput)

    known: Known

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        try:
            known = check_password(given["email"], given["password"]) if {"email", "password"} <= given.keys() else None
        except TooMany as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal
        # The fields' own complaints go: the e-mail stays in its box, and one sentence says it all.
        self.errors.clear()
        if known is None:
            raise forms.ValidationError(WRONG_PASSWORD)
        self.known = known
        return given


def password_field(label: str, *, new: bool = False) -> forms.CharField:
    kind = "new-password" if new else "current-password"
    widget = forms.PasswordInput({"autocomplete": kind})
    hint = "Ten characters or more. Not one of your last five, and not one that everybody knows." if new else ""
    return forms.CharField(label=label, max_length=1000, strip=False, widget=widget, help_text=hint)


def _code(label: str) -> forms.CharField:
    box = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=label, max_length=40, widget=forms.TextInput(box))


def _email(label: str = "E-mail") -> forms.CharField:
    box = {"type": "email", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=label, max_length=254, widget=forms.TextInput(box))


class SecondStepForm(RefusableForm):
    """The code at the door, for somebody whose password was right."""

    code = _code("Code of your authenticator app, or a recovery code")

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def act(self, given: dict[str, Any]) -> None:
        if not check_code(self.known, given["code"], now=timezone.now()):
            self.add_error("code", WRONG_CODE)


class ForgotForm(RefusableForm):
    """Whose password is forgotten; what becomes of it looks the same for every address."""

    email = _email()

    def act(self, given: dict[str, Any]) -> None:
        ask_reset(given["email"], now=timezone.now())


class ResetForm(RefusableForm):
    """The six digits of a letter, and the new password."""

    email = _email()
    code = _code("Six digits from the letter")
    password = password_field("New password", new=True)

    def act(self, given: dict[str, Any]) -> None:
        reset_by_code(given["email"], given["code"], given["password"], now=timezone.now())


class NewPasswordForm(RefusableForm):
    """The new password of whoever has followed a letter's link."""

    password = password_field("New password", new=True)

    def __init__(self, *args: Any, link: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.link = link

    def act(self, given: dict[str, Any]) -> None:
        reset(*self.link, given["password"], now=timezone.now())


class OwnForm(RefusableForm):
    """A form about the signed-in person themselves."""

    def __init__(self, *args: Any, user: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user


class ChangePasswordForm(OwnForm):
    """One's present password, and the next."""

    current = password_field("Present password")
    password = password_field("New password", new=True)

    changed: Person

    def act(self, given: dict[str, Any]) -> None:
        user, words = self.user, {"current": given["current"], "new": given["password"]}
        self.changed = change_password(user, **words, session=user.session, now=timezone.now())


class ChangeEmailForm(OwnForm):
    """A new address to sign in with, and the password."""

    email = _email("New e-mail")
    password = password_field("Your password")

    def act(self, given: dict[str, Any]) -> None:
        ask_new_address(self.user, given["email"], password=given["password"])


class ConfirmForm(OwnForm):
    """The first code of a new authenticator app, and the password."""

    otp = _code("Six digits that the app shows")
    password = password_field("Your password")

    codes: list[str]

    def act(self, given: dict[str, Any]) -> None:
        user, words = self.user, {"password": given["password"], "code": given["otp"]}
        self.codes = protecting.turn_on(user, **words, session=user.session, now=timezone.now())


class TurnOffForm(OwnForm):
    """Password and code, to sign in by the password alone from now on."""

    password = password_field("Your password")
    otp = _code("Code of the app, or a recovery code")

    def act(self, given: dict[str, Any]) -> None:
        protecting.turn_off(self.user, password=given["password"], code=given["otp"], now=timezone.now())


class RenewCodesForm(OwnForm):
    """A code, for ten new recovery codes."""

    otp = _code("Code of the app, or a recovery code")

    codes: list[str]

    def act(self, given: dict[str, Any]) -> None:
        self.codes = protecting.renew_codes(self.user, code=given["otp"], now=timezone.now())


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
