"""Handing in papers, and saying whom to call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.db import transaction

from config.errors import Refused
from config.refusals import show_refusal
from staff.services.contacts import GUARANTOR, KIN
from staff.services.papers import Upload


class ServedForm(forms.Form):
    """A form whose last word is the service's: what it refuses stands beside the field concerned, or above them all.
    `outcome` is what the service answered."""

    outcome: Any = None

    def said(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """Whether the service did it; if not, the form says why."""
        try:
            with transaction.atomic():
                self.outcome = verb(*args, **kwargs)
        except Refused as refused:
            show_refusal(self, refused)
            return False
        return True


class FileForm(ServedForm):
    """A file to keep; what it is, its content says."""

    kind = forms.ChoiceField(label="What it is")
    file = forms.FileField(
        label="File",
        help_text="PDF, JPEG or PNG, 5 MB at most.",
        allow_empty_file=True,  # the service has a sentence for it
        max_length=None,
        widget=forms.FileInput({"accept": "application/pdf,image/jpeg,image/png"}),
    )

    def __init__(self, *args: Any, kinds: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for mypy
        field.choices = list(kinds)

    @property
    def upload(self) -> Upload:
        return Upload.of(self.cleaned_data["file"])


class DocumentForm(FileForm):
    """A document, and until when it holds."""

    expires_on = forms.DateField(
        label="Last day of validity",
        help_text="Leave it empty for what never expires.",
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )


class ContactForm(ServedForm):
    """Somebody outside; the service says what is missing or too long."""

    FIELDS: ClassVar[Mapping[str, tuple[str, int]]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (words, longest) in self.FIELDS.items():
            area = forms.Textarea({"rows": 2}) if name == "address" else None
            field = forms.CharField(label=words.capitalize(), max_length=longest, required=False, widget=area)
            self.fields[name] = field


class KinForm(ContactForm):
    FIELDS = KIN


class GuarantorForm(ContactForm):
    FIELDS = GUARANTOR
