"""Fields that several forms have: days, gender, pay and hours."""

from __future__ import annotations

from decimal import Decimal

from django import forms

from config.ranges import FIRST_DAY, LAST_DAY
from staff.models import Gender, Person


def day_field(label: str, hint: str = "", *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput(
        {"type": "date", "min": f"{FIRST_DAY:%Y-%m-%d}", "max": f"{LAST_DAY:%Y-%m-%d}"}, "%Y-%m-%d"
    )
    return forms.DateField(label=label, help_text=hint, required=required, widget=widget)


def gender_field() -> forms.TypedChoiceField:
    """What somebody says of their gender; nothing, unless it is said."""
    # First in the list, because a browser shows the first where a draft says nothing yet.
    said = [choice for choice in Gender.choices if choice[0] != Gender.NOT_SAID]
    choices = [(Gender.NOT_SAID.value, Gender.NOT_SAID.label), *said]
    return forms.TypedChoiceField(choices=choices, initial=Gender.NOT_SAID, required=False, empty_value=Gender.NOT_SAID)


def salary_field(hint: str) -> forms.DecimalField:
    """A month's pay, or nothing; its form says in which currency (`salary_label`)."""
    return forms.DecimalField(
        required=False,
        max_digits=14,
        decimal_places=2,
        min_value=Decimal("0.01"),
        help_text=hint,
        error_messages={"min_value": "A salary is more than nothing."},
    )


def salary_label(user: Person) -> str:
    """What that field is called in the user's organisation."""
    return f"Salary a month, {user.organisation.currency}"


def hours_field() -> forms.DecimalField:
    """What a contract asks of a week."""
    return forms.DecimalField(label="Contract hours a week", max_digits=4, decimal_places=1, min_value=0, max_value=168)
