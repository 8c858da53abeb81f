"""What people type about careers: the steps of a change, and how somebody leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib.sessions.backends.base import SessionBase

from config.errors import Invalid
from config.secrets import Unreadable, decrypt, encrypt
from staff.forms.fields import day_field, hours_field, salary_field, salary_label
from staff.models import Branch, Clearance, Department, Leaving, Person, Role, SubDepartment
from staff.models.careers import LONGEST_REASON
from staff.selectors.careers import roles_up_to
from staff.services import ChangeDetails


def _text(label: str, hint: str = "", longest: int = LONGEST_REASON) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=False, max_length=longest, widget=forms.Textarea({"rows": 3})
    )


class StepForm(forms.Form):
    """One step of a change. `user` makes it, of `person`."""

    def __init__(self, *args: Any, user: Person, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.person = user, person
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on who makes the change, and of whom."""


class StaffStep(StepForm):
    effective_on = day_field("First day of the change", "Today, if nothing is said. A later day comes about by itself.")


class RoleStep(StepForm):
    role = forms.ModelChoiceField(queryset=Role.objects.none(), empty_label=None)

    def prepare(self) -> None:
        self.fields["role"].queryset = roles_up_to(self.user)  # type: ignore[attr-defined]


class LocationStep(StepForm):
    branch = forms.ModelChoiceField(queryset=Branch.objects.none(), required=False, empty_label="None: all branches")
    department = forms.ModelChoiceField(
        queryset=Department.objects.none(), required=False, empty_label="None: all departments"
    )
    sub_department = forms.ModelChoiceField(
        queryset=SubDepartment.objects.none(), required=False, empty_label="None", label="Sub-department"
    )

    def prepare(self) -> None:
        rows = {
            "branch": Branch.objects.filter(is_active=True),
            "department": Department.objects.all(),
            "sub_department": SubDepartment.objects.select_related("department"),
        }
        for name, queryset in rows.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]


class SalaryStep(StepForm):
    salary = salary_field("Empty: as it is.")
    contract_hours = hours_field()

    def prepare(self) -> None:
        self.fields["salary"].label = salary_label(self.user)


class ReviewStep(StepForm):
    reason = _text("Reason", "For the history. Needed where a level is skipped, such as from cashier to senior admin.")


STEPS: dict[str, tuple[str, type[StepForm]]] = {
    "staff": ("Staff", StaffStep),
    "role": ("Role", RoleStep),
    "location": ("Location", LocationStep),
    "salary": ("Salary", SalaryStep),
    "review": ("Review", ReviewStep),
}


@dataclass
class Draft:
    """What has been typed so far, as it was typed. Sealed in the session: a salary is among it."""

    seen: int | None = None
    typed: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, session: SessionBase, person: Person) -> Draft | None:
        """The draft about this person, if there is one that can still be read."""
        try:
            return cls(**json.loads(decrypt(session[_key(person)])))
        except (KeyError, Unreadable):
            return None

    def keep(self, session: SessionBase, person: Person) -> None:
        session[_key(person)] = encrypt(json.dumps({"seen": self.seen, "typed": self.typed}))

    @staticmethod
    def drop(session: SessionBase, person: Person) -> None:
        session.pop(_key(person), None)


def _key(person: Person) -> str:
    return f"career:{person.pk}"


def form_of(step: str, draft: Draft, *, user: Person, person: Person) -> StepForm:
    """A step with what was typed in it; where nothing was, with what is so now."""
    form = STEPS[step][1]
    if set(form.base_fields) & draft.typed.keys():
        return form(draft.typed, user=user, person=person)
    present = {name: getattr(person, name, None) for name in form.base_fields}
    return form(initial=present, user=user, person=person)


def details_in(draft: Draft, *, user: Person, person: Person) -> ChangeDetails:
    """What the steps ask for altogether. Raises Invalid, naming the step, for what cannot be read."""
    found: dict[str, Any] = {}
    for step, (title, form) in STEPS.items():
        asked = {name: draft.typed[name] for name in form.base_fields if name in draft.typed}
        # What was left as it is need not be looked up again.
        wanted = {name: text for name, text in asked.items() if text != _present(person, name)}
        if not wanted:
            continue
        filled = form(
            {**{name: _present(person, name) for name in form.base_fields}, **wanted}, user=user, person=person
        )
        for name in [name for name in filled.fields if name not in wanted]:
            del filled.fields[name]
        if not filled.is_valid():
            sentence = str(next(iter(filled.errors.values()))[0])
            raise Invalid(f"{title}: {sentence}", code="step", fields={step: sentence})
        found |= filled.cleaned_data
    day, reason = found.pop("effective_on", None), found.pop("reason", "")
    if found.get("salary", "") is None:
        del found["salary"]
    return ChangeDetails(found, effective_on=day, reason=reason, seen=draft.seen)


def _present(person: Person, name: str) -> str:
    """What a form sends for a field that was left alone."""
    value = getattr(person, f"{name}_id", getattr(person, name, None))
    return "" if value is None else str(value)


class LeavingForm(forms.Form):
    """How somebody leaves."""

    leaving = forms.ChoiceField(choices=Leaving.choices, label="Why they leave")
    last_working_day = day_field("Last working day", "Today, if nothing is said: then their access ends at once.")
    reason = _text("Reason", "For the history; the person does not see it here once their access has ended.")
    clearance = forms.ChoiceField(
        choices=Clearance.choices, help_text="Whether keys, uniform and whatever else is the organisation’s are back."
    )
