"""What a report may be asked for on its page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from config.ranges import FIRST_DAY, LAST_DAY
from staff.roles import Category
from staff.selectors import places_to_choose
from staff.selectors.reports import BY, SORTS, Asked


class ReportForm(forms.Form):
    """The staff report; whatever cannot be read says so, and the report is as if it had not been said."""

    by = forms.ChoiceField(choices=list(BY.items()), required=False, label="Group by")
    branch = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    department = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    category = forms.ChoiceField(choices=[("", "Any category"), *Category.choices], required=False)
    on = forms.DateField(
        label="Employed on",
        help_text="Today, if empty.",
        required=False,
        widget=forms.DateInput({"type": "date", "min": str(FIRST_DAY), "max": str(LAST_DAY)}, format="%Y-%m-%d"),
    )
    sort = forms.ChoiceField(choices=list(SORTS.items()), required=False, label="List by")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        places = places_to_choose()
        for name in ("branch", "department"):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  # for mypy
            field.choices = [("", f"Any {name}"), *places[name]]

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        if day and not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError(f"Use a day from {FIRST_DAY:%Y} to {LAST_DAY:%Y}.")
        return day

    def asked(self) -> Asked:
        """What is asked for, as far as it can be read; today, if no day is named."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return Asked(**{"on": self.today, **given})
