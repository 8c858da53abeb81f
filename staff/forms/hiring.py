"""What people type while they hire somebody: a form, or rows of one, for each step; and the whole of it, read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format

from config.errors import Invalid
from staff.forms.fields import day_field, gender_field, hours_field, salary_field, salary_label
from staff.models import Education, Experience, HiringDraft, Person
from staff.models.hiring import FIRST, STEPS, steps_of
from staff.roles import reach_of
from staff.selectors.hiring import grantable_roles, places_to_hire_at
from staff.services import HireDetails, check_hires
from staff.services.background import background_faults
from staff.services.contacts import GUARANTOR, KIN, guarantor_faults, kin_faults
from staff.services.drafts import Hiring

PLACES = ("branch", "department", "sub_department")


class HireForm(forms.Form):
    """One step, or one row of it, typed by `user`, who hires."""

    def __init__(self, *args: Any, user: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.prepare()
        for field in self.fields.values():
            field.error_messages["required"] = f"{field.label} is missing."

    def prepare(self) -> None:
        """Fill in what depends on who hires."""

    def faults(self, given: Mapping[str, Any]) -> Mapping[str, str]:
        """What the services would find wrong: {field: one sentence}."""
        return {}

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not self.errors:
            for name, sentence in self.faults(given).items():
                self.add_error(name if name in self.fields else None, sentence)
        return given


class RowField(forms.ChoiceField):
    """A choice among rows that are read once, for the list and for what was chosen in it."""

    default_error_messages: ClassVar = {"invalid_choice": "Your role does not hire there."}

    def __init__(self, *, empty: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.empty, self.rows = empty, dict[str, Model]()

    def offer(self, rows: Iterable[Model]) -> None:
        """Let one of these be chosen."""
        self.rows = {str(row.pk): row for row in rows}
        self.choices = [("", self.empty), *((pk, str(row)) for pk, row in self.rows.items())]

    def clean(self, value: Any) -> Model | None:
        return self.rows.get(super().clean(value))


def _text(label: str, longest: int, hint: str = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, help_text=hint, required=required)


class BasicsForm(HireForm):
    """Who they are, as what and where they are hired."""

    first_name = _text("First name", 60, required=True)
    last_name = _text("Last name", 60, required=True)
    email = forms.EmailField(
        label="E-mail", max_length=254, help_text="The invitation goes there; they sign in with it."
    )
    phone = _text("Work phone", 20)
    personal_phone = _text("Personal phone", 20)
    address = forms.CharField(required=False, max_length=300, widget=forms.Textarea({"rows": 2}))
    date_of_birth = day_field("Birth date")
    gender = gender_field()
    role = RowField(
        label="Role", empty="Choose a role", error_messages={"invalid_choice": "Your role does not hire for this one."}
    )
    branch = RowField(empty="None: all branches", required=False)
    department = RowField(empty="None: all departments", required=False)
    sub_department = RowField(empty="None", required=False, label="Sub-department")
    hired_on = day_field("First working day", required=True)
    contract_hours = hours_field()

    def prepare(self) -> None:
        for name in ("role", *PLACES):
            field = self.fields[name]
            assert isinstance(field, RowField)  # noqa: S101  # for mypy
            field.offer(grantable_roles(self.user) if name == "role" else places_to_hire_at(self.user, name))
        here = {name.removesuffix("_id"): pk for name, pk in reach_of(self.user).places.items()}
        today = timezone.localdate(timezone=self.user.home_zone)
        self.initial = {"hired_on": today, "contract_hours": 40, **here, **self.initial}

    def faults(self, given: Mapping[str, Any]) -> Mapping[str, str]:
        return check_hires([HireDetails(**given)], by=self.user)[0]


class EducationForm(HireForm):
    institution = _text("School or institution", 120, required=True)
    qualification = _text("Qualification", 80, "Such as WAEC, National Diploma, B.Sc.", required=True)
    field = _text("Field of study", 80)
    begun_on = day_field("From", "The first of the month, where only that is known.")
    ended_on = day_field("To", "Empty while it goes on.")

    def faults(self, given: Mapping[str, Any]) -> Mapping[str, str]:
        return background_faults(Education, given)


class ExperienceForm(HireForm):
    employer = _text("Employer", 120, required=True)
    position = _text("Position", 80, required=True)
    begun_on = day_field("From", "The first of the month, where only that is known.")
    ended_on = day_field("To", "Empty while it goes on.")
    why_left = _text("Why they left", 200)

    def faults(self, given: Mapping[str, Any]) -> Mapping[str, str]:
        return background_faults(Experience, given)


class SalaryForm(HireForm):
    salary = salary_field("Empty: it is set later.")

    def prepare(self) -> None:
        self.fields["salary"].label = salary_label(self.user)


class OutsiderForm(HireForm):
    """Somebody outside; the service says what is missing or too long."""

    described: ClassVar[Mapping[str, tuple[str, int]]]

    def prepare(self) -> None:
        for name, (words, longest) in self.described.items():
            area = forms.Textarea({"rows": 2}) if name == "address" else None
            field = forms.CharField(label=words.capitalize(), max_length=longest, required=False, widget=area)
            self.fields[name] = field


class KinRow(OutsiderForm):
    described = KIN

    def faults(self, given: Mapping[str, Any]) -> Mapping[str, str]:
        return kin_faults(given)


class GuarantorRow(OutsiderForm):
    described = GUARANTOR

    def faults(self, given: Mapping[str, Any]) -> Mapping[str, str]:
        return guarantor_faults(given)


FORMS: dict[str, type[HireForm]] = {
    "basics": BasicsForm,
    "education": EducationForm,
    "experience": ExperienceForm,
    "salary": SalaryForm,
    "next_of_kin": KinRow,
    "guarantors": GuarantorRow,
}


def fields_of(step: str) -> tuple[str, ...]:
    """The names of a step's fields."""
    form = FORMS[step]
    return tuple(form.described) if issubclass(form, OutsiderForm) else tuple(form.base_fields)


def typed_in(step: str, post: QueryDict, *, without: int | None = None) -> Any:
    """What a page sent for a step, as texts: of rows, those in which anything was typed, but for one by its number."""
    names = fields_of(step)
    if not STEPS[step].rows:
        return {name: post.get(name, "") for name in names}
    numbers = [number for number in range(STEPS[step].rows) if number != without]
    rows = [{name: post.get(f"{number}-{name}", "") for name in names} for number in numbers]
    return [row for row in rows if any(text.strip() for text in row.values())]


def forms_of(step: str, draft: HiringDraft, *, user: Person, blank: bool = False) -> list[HireForm]:
    """The forms of a step with what was typed in them; of rows one more is empty where `blank` is wished or none is
    there yet."""
    forms = _filled(step, draft, user) if draft.content.get(step) else []
    if not STEPS[step].rows:
        return forms or [FORMS[step](user=user)]
    if (blank or not forms) and len(forms) < STEPS[step].rows:
        forms.append(FORMS[step](prefix=str(len(forms)), user=user))
    return forms


def filled_in(draft: HiringDraft, *, user: Person) -> dict[str, list[HireForm]]:
    """The forms that were filled in, by step, of the steps that the user has. Read once: each asks for its choices."""
    return {step: _filled(step, draft, user) for step in steps_of(user) if step in FORMS}


def faults_of(filled: Mapping[str, list[HireForm]], *, only_typed: bool = False) -> dict[str, str]:
    """What is wrong, as {"education.0.institution": sentence}; with `only_typed` nothing is missing yet."""
    faults = {}
    for step, rows in filled.items():
        for form in rows:
            for name, sentences in form.errors.items():
                if form.data.get(form.add_prefix(name)) or not only_typed:
                    place = f"{step}.{form.prefix}" if form.prefix else step
                    faults[f"{place}.{name}"] = str(sentences[0])
    return faults


def hiring_in(draft: HiringDraft, *, user: Person) -> Hiring:
    """The whole draft, read. Raises Invalid, naming the step, for the first thing that is not right."""
    filled = filled_in(draft, user=user)
    if faults := faults_of(filled):
        where, sentence = next(iter(faults.items()))
        step = where.partition(".")[0]
        raise Invalid(f"{STEPS[step].title}: {sentence}", code="step", fields={step: sentence, **faults})
    read = {step: [form.cleaned_data for form in rows] for step, rows in filled.items()}
    [basics], pay = read.pop(FIRST), read.pop("salary", [])
    return Hiring(HireDetails(**basics, **(pay[0] if pay else {})), read)


def told_in(form: HireForm) -> list[tuple[str, str]]:
    """What a filled form says, by the labels of its fields: for the last look."""
    form.is_valid()
    said = [(str(field.label), _worded(field, form.cleaned_data.get(field.name, field.value()))) for field in form]
    return [(label, text) for label, text in said if text]


def _worded(field: forms.BoundField, value: Any) -> str:
    if isinstance(value, str) and isinstance(field.field, forms.ChoiceField):
        words: dict[Any, Any] = dict(field.field.choices)  # type: ignore[arg-type]  # ours are pairs
        return str(words.get(value, value))
    if isinstance(value, date):
        return date_format(value, "j F Y")
    if isinstance(value, Decimal):
        return f"{value:,f}"
    return "" if value is None else str(value)


def _filled(step: str, draft: HiringDraft, user: Person) -> list[HireForm]:
    """The forms that were filled in; the first step counts as filled, as nobody is hired without it."""
    form, typed = FORMS[step], draft.content.get(step)
    if STEPS[step].rows:
        rows = enumerate(typed or [])
        return [form({f"{n}-{name}": text for name, text in row.items()}, prefix=str(n), user=user) for n, row in rows]
    return [form(typed or {}, user=user)] if typed or step == FIRST else []
