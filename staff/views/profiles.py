"""A person's profile beyond the first page: the career, the picture, and changing what stands there."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from config.api import etag_of
from config.refusals import FORM, REFUSED
from staff import selectors
from staff.documents.serving import picture_of
from staff.forms.profiles import BackgroundForm, EducationForm, ExperienceForm, PhonesForm, PictureForm, ProfileForm
from staff.models import Person
from staff.roles import require
from staff.services import background as backgrounds
from staff.services import edit_own, edit_person
from staff.services.pictures import remove_picture, set_picture
from staff.signin import user_of
from staff.visibility import person_with_profile

CHANGED = "Somebody changed this profile after you opened it. Look at what stands there now, then save yours again."


@login_required
@require_safe
def career(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """What became of somebody here, and who opened what of them."""
    user = user_of(request)
    person = person_with_profile(user, pk or user.pk)
    page = selectors.career_page(person, viewer=user)
    return render(request, "staff/career.html", {"page": page, "is_own": person == user})


@login_required
@require_safe
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody's picture, for whoever sees them in the directory."""
    people = Person.objects.visible_to(user_of(request))
    return picture_of(get_object_or_404(people, pk=pk), request)


@login_required
@require_http_methods(FORM)
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Change a profile: one's own picture and phones, and for Human Resource anybody's."""
    user, do = user_of(request), request.POST.get("do")
    people = Person.objects.visible_to(user).with_places()
    if do == "save":  # what is compared is what is saved over; looking holds nothing, nor does the scan of a picture
        people = people.select_for_update(of=("self",))
    person = get_object_or_404(people, pk=pk or user.pk)
    if pk is not None:
        require(user, "edit_people")
    if do == "remove":
        remove_picture(person, by=user)
        return _back(request, person, "The picture is taken down.")
    photo = PictureForm(request.POST, request.FILES) if do == "picture" else PictureForm()
    if photo.is_bound and photo.is_valid() and photo.said(set_picture, person, photo.upload, by=user):
        return _back(request, person, "The picture is kept.")
    kind = PhonesForm if pk is None else ProfileForm
    present = {name: getattr(person, name) for name in kind.base_fields}
    form, version = kind(request.POST if do == "save" else None, initial=present), etag_of(present)
    if form.is_bound and form.is_valid():
        if request.POST.get("version", version) != version:
            form.add_error(None, CHANGED)
        elif _saved(form, person, by=user):
            return _back(request, person, "Saved.")
    context = {
        "person": person, "is_own": pk is None, "form": form, "photo": photo, "version": version,
        "back": _first_tab(request, person), "photo_url": selectors.photo_of(person),
    }  # fmt: skip
    return render(request, "staff/profile_edit.html", context, status=REFUSED if form.errors or photo.errors else 200)


def _saved(form: PhonesForm | ProfileForm, person: Person, *, by: Person) -> bool:
    if isinstance(form, PhonesForm):
        return form.said(edit_own, person, **form.cleaned_data)
    return form.said(edit_person, person, form.cleaned_data, by=by)


@login_required
@require_http_methods(FORM)
def education(request: HttpRequest, pk: int, education: int | None = None) -> HttpResponse:
    """Add, change or take away a school or course; Human Resource only."""
    return _background(request, pk, education, EducationForm, "education")


@login_required
@require_http_methods(FORM)
def experience(request: HttpRequest, pk: int, experience: int | None = None) -> HttpResponse:
    """Add, change or take away a position held elsewhere; Human Resource only."""
    return _background(request, pk, experience, ExperienceForm, "experience")


def _background(request: HttpRequest, pk: int, row: int | None, kind: type[BackgroundForm], word: str) -> HttpResponse:
    user = user_of(request)
    person = person_with_profile(user, pk)
    rows: Any = kind.kind._default_manager.filter(person=person, removed_at=None)
    if request.method == "POST":
        rows = rows.select_for_update(of=("self",))
    found = get_object_or_404(rows, pk=row) if row else None
    backgrounds.require_keeper(user)
    if found and request.POST.get("do") == "remove":
        backgrounds.remove_background(found, by=user)
        return _back(request, person, f"{found}: taken away. The record of it stays.")
    form = kind(request.POST or None, initial=kind.shown(found) if found else {})
    change, add = backgrounds.change_background, backgrounds.add_background
    verb = partial(change, found) if found else partial(add, kind.kind, person)
    if form.is_bound and form.is_valid() and form.said(verb, form.cleaned_data, by=user):
        return _back(request, person, "Saved.")
    context = {
        "title": str(found) if found else f"Add {word}", "person": person, "is_own": person == user, "form": form,
        "back": _first_tab(request, person), "removable": found is not None,
    }  # fmt: skip
    return render(request, "staff/contact_form.html", context, status=REFUSED if form.errors else 200)


def _first_tab(request: HttpRequest, person: Person) -> str:
    return reverse("account") if person == user_of(request) else reverse("person", args=[person.pk])


def _back(request: HttpRequest, person: Person, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect(_first_tab(request, person))
