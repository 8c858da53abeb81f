"""What planners type, read: a sentence beside every field that cannot be understood, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from config.errors import Invalid, Refused
from config.refusals import show_refusal
from roster.entry import Hours, read_hours
from roster.models import Shift
from roster.selectors.teams import Opening
from roster.services import NewShift
from staff.models import Person, Role
from staff.roles import Category

NOBODY_LIKE_THAT = "There is nobody like that among the people you plan for."


class PersonField(forms.IntegerField):
    """A person whom the planner reaches, by id; empty is an open shift. `also` has the shift already."""

    def __init__(self, *, user: Person, also: int | None = None, **options: Any) -> None:
        self.user, self.also = user, also
        super().__init__(required=False, error_messages={"invalid": NOBODY_LIKE_THAT}, **options)

    def clean(self, value: Any) -> Person | None:
        number = super().clean(value)
        if number is None:
            return None
        if not 0 < number < 2**63:
            raise forms.ValidationError(NOBODY_LIKE_THAT)
        reached = Person.objects.visible_to(self.user)
        people = Person.objects.filter(pk=number) if number == self.also else reached.filter(pk=number)
        person = people.with_places().first()
        if person is None:
            raise forms.ValidationError(NOBODY_LIKE_THAT)
        return person


class DayField(forms.ChoiceField):
    """A day of the roster's week."""

    def __init__(self, days: Sequence[date]) -> None:
        names = [(day.isoformat(), f"{day:%A %-d %B}") for day in days]
        super().__init__(label="Day", choices=names, error_messages={"invalid_choice": "Choose a day of this week."})

    def clean(self, value: Any) -> date:
        return date.fromisoformat(super().clean(value))


class PlannerForm(forms.Form):
    """What the planner's forms share: a refusal of a service lands beside the field that it is about."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    refused_with = 0

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form."""
        if self.refused_with:
            return self.refused_with
        return 422 if self.is_bound and self.errors else 200

    def refuse(self, refusal: Refused) -> None:
        """Take a service's refusal, beside the fields that it names or above the form."""
        self.refused_with = refusal.status
        show_refusal(self, refusal)


class ShiftForm(PlannerForm):
    """A shift: hours as people write them, who works it, as what."""

    hours = forms.CharField(label="Hours and break", max_length=60, required=False)
    role = forms.ModelChoiceField(Role.objects.none(), required=False, empty_label="Any role")
    note = forms.CharField(max_length=200, required=False)
    reason = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: Any, user: Person, opening: Opening, days: Sequence[date], **options: Any) -> None:
        super().__init__(*args, **options)
        self.holder = self.initial.get("person")
        self.fields["person"] = PersonField(user=user, also=self.holder)
        self.fields["date"] = DayField(days)
        role = self.fields["role"]
        assert isinstance(role, forms.ModelChoiceField)  # noqa: S101
        role.queryset = roles_of(opening, also=self.initial.get("role"))
        for name in ("hours", "note", "reason"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_hours(self) -> Hours:
        """The hours, or the reader's own sentence about them."""
        text = self.cleaned_data["hours"]
        if not text.strip():
            raise forms.ValidationError("Which hours? Write them like 9-17, 22-6, or 9-17 30b with a 30 min break.")
        try:
            return read_hours(text)
        except Invalid as error:
            raise forms.ValidationError(error.sentence) from error

    def new_shift(self) -> NewShift:
        """The shift that the planner asks for; only after is_valid()."""
        asked = self.cleaned_data
        return NewShift(
            asked["date"],
            asked["hours"],
            asked["role"],
            asked["person"],
            asked["note"].strip(),
            asked["reason"].strip(),
        )

    def typed(self, name: str) -> str:
        """A field as it stands on the page."""
        return str((self.data.get(name) if self.is_bound else self.initial.get(name)) or "")

    def follow(self, shift: Shift) -> None:
        """Keep what was typed, and look at the shift as it stands now: its change has been told by the sentence."""
        version = Shift.objects.filter(pk=shift.pk).values_list("version", flat=True).first()
        self.data = {**{name: self.data.get(name) for name in self.data}, "version": str(version or 0)}

    @property
    def chosen_person(self) -> str:
        """The id of the person who is ticked, as text; empty for an open shift."""
        return self.typed("person")


class TargetForm(PlannerForm):
    """Another cell for a shift: a day, and a person or nobody."""

    def __init__(self, *args: Any, user: Person, days: Sequence[date], holder: int | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["date"] = DayField(days)
        self.fields["person"] = PersonField(user=user, also=holder)


def roles_of(opening: Opening, *, also: int | None) -> QuerySet[Role]:
    """The roles that a team's shift may ask for: of this department or of any, and the one it asks for already."""
    here = Q(department=None) | Q(department=opening.department)
    return Role.objects.filter((here & ~Q(category=Category.SENIOR_ADMIN)) | Q(pk=also))
