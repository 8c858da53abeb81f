"""What an operator types about an organisation."""

from __future__ import annotations

from typing import Any

from django import forms

from staff.models import SecondStep
from staff.plans import WIDEST, Plan
from staff.services.founding import FoundingDetails
from staff.services.plans import PlanChange
from staff.services.visits import LONGEST_REASON


def _day(label: str, help_text: str) -> forms.DateField:
    picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, help_text=help_text, widget=picker)


class FoundForm(forms.Form):
    """A new organisation, and who begins in it."""

    name = forms.CharField(max_length=120)
    slug = forms.SlugField(label="Short name", max_length=50, help_text="In commands and addresses: corner-shops.")
    prefix = forms.CharField(  # type: ignore[assignment]  # the row’s own word; Django takes fields out of the class
        max_length=5, help_text="Begins its employee numbers: two to five capital letters or digits."
    )
    currency = forms.CharField(max_length=3, initial="NGN", help_text="Three letters.")
    timezone = forms.CharField(label="Time zone", max_length=64, initial="Africa/Lagos")
    plan = forms.ChoiceField(choices=Plan.choices, initial=WIDEST)
    hr_first_name = forms.CharField(label="First name of its first person", max_length=60, initial="Human")
    hr_last_name = forms.CharField(label="Last name", max_length=60, initial="Resource")
    hr_email = forms.EmailField(
        label="Their e-mail", help_text="They get a link to choose a password, and bring in the others."
    )

    def details(self) -> FoundingDetails:
        """What was typed, without the plan."""
        return FoundingDetails(**{name: value for name, value in self.cleaned_data.items() if name != "plan"})


class PlanForm(forms.Form):
    """Another plan, from today or a later day."""

    plan = forms.ChoiceField(choices=Plan.choices)
    begins_on = _day("From", "Today, if nothing is said.")
    until = _day("Last day", "For a trial 30 days from today, if nothing is said.")

    def change(self) -> PlanChange:
        given: dict[str, Any] = self.cleaned_data
        return PlanChange(Plan(given["plan"]), until=given["until"], begins_on=given["begins_on"])


class SecondStepOfForm(forms.Form):
    """For whom signing in takes two steps there."""

    second_step = forms.ChoiceField(label="Who signs in by two steps", choices=SecondStep.choices)


class VisitForm(forms.Form):
    """Why an operator looks into an organisation."""

    reason = forms.CharField(max_length=LONGEST_REASON, help_text="Its Human Resource reads this.")
