"""What people type into a profile: Human Resource all of it, everybody their own phones; and a picture."""

from __future__ import annotations

from typing import Any

from django import forms

from staff.forms.fields import day_field, gender_field
from staff.forms.papers import ServedForm
from staff.models import Education, Experience
from staff.services.background import DAYS, KINDS, Background
from staff.services.papers import Upload


def _phone(label: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=20, required=False, widget=forms.TextInput({"type": "tel", "autocomplete": "tel"})
    )


class PhonesForm(ServedForm):
    """What everybody sets for themselves."""

    phone = _phone("Work phone")
    personal_phone = _phone("Personal phone")


class ProfileForm(ServedForm):
    """A profile; role, place and pay change by the career's own steps."""

    first_name = forms.CharField(label="First name", max_length=60)
    last_name = forms.CharField(label="Last name", max_length=60)
    email = forms.EmailField(label="E-mail", max_length=254, help_text="They sign in with it; the old one is told.")
    phone = _phone("Work phone")
    personal_phone = _phone("Personal phone")
    address = forms.CharField(max_length=300, required=False, widget=forms.Textarea({"rows": 2}))
    date_of_birth = day_field("Birth date")
    gender = gender_field()


class PictureForm(ServedForm):
    """A picture; what it is, its content says."""

    file = forms.FileField(
        label="Picture",
        help_text="JPEG or PNG, 5 MB at most. The middle of it is kept as a square.",
        allow_empty_file=True,  # the service has a sentence for it
        widget=forms.FileInput({"accept": "image/jpeg,image/png"}),
    )

    @property
    def upload(self) -> Upload:
        return Upload.of(self.cleaned_data["file"])


class BackgroundForm(ServedForm):
    """A row of education or experience; the service says what is missing or too long."""

    kind: type[Background]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (words, longest) in KINDS[self.kind].texts.items():
            self.fields[name] = forms.CharField(label=words.capitalize(), max_length=longest, required=False)
        self.fields["begun_on"] = day_field("From", "The first of the month, where only that is known.")
        self.fields["ended_on"] = day_field("To", "Empty while it goes on.")

    @classmethod
    def shown(cls, row: Background) -> dict[str, Any]:
        """What stands in a row that is there."""
        return {name: getattr(row, name) for name in (*KINDS[cls.kind].texts, *DAYS)}


class EducationForm(BackgroundForm):
    kind = Education


class ExperienceForm(BackgroundForm):
    kind = Experience
