"""What people ask of the list of security events, and the rule for the second step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from config.ranges import LARGEST_ID
from staff.forms.people import OwnForm
from staff.models import SecondStep, SecurityKind
from staff.selectors.events import Asked, since_days
from staff.services.protecting import set_rule


class EventsForm(forms.Form):
    """What the list of security events may be asked for; what cannot be read says so and asks for nothing."""

    DAYS = (("30", "Last 30 days"), ("7", "Last 7 days"), ("1", "Last 24 hours"), ("all", "All there is"))

    kind = forms.ChoiceField(choices=[("", "Every kind"), *SecurityKind.choices], required=False)
    days = forms.ChoiceField(choices=DAYS, required=False, label="When")
    address = forms.GenericIPAddressField(required=False, label="From the address")
    person = forms.IntegerField(min_value=0, max_value=LARGEST_ID, required=False, widget=forms.HiddenInput)

    def asked(self, *, now: datetime) -> Asked:
        """What is asked for, as far as it can be read."""
        self.is_valid()
        given = self.cleaned_data
        since = since_days(given.get("days") or "30", now=now)
        return Asked(given.get("kind") or "", given.get("person"), given.get("address") or "", since)


class SecondStepRuleForm(OwnForm):
    """Who needs a second step to sign in."""

    rule = forms.ChoiceField(choices=SecondStep.choices)

    def act(self, given: dict[str, Any]) -> None:
        set_rule(SecondStep(given["rule"]), by=self.user, now=timezone.now())
