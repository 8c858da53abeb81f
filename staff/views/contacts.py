"""A person's next of kin and guarantors: seen, added, changed, taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.refusals import FORM, REFUSED
from staff.documents.kinds import PaperKind
from staff.documents.serving import attachment
from staff.forms import ContactForm, FileForm, GuarantorForm, KinForm
from staff.models import Guarantor, GuarantorPaper, NextOfKin, Person
from staff.roles import may
from staff.selectors import tabs_of
from staff.selectors.papers import contacts_of
from staff.selectors.privacy import also_vouches_for
from staff.services import contacts as services
from staff.services.access import opened
from staff.services.papers import add_guarantor_paper, remove_guarantor_paper, require_keeper
from staff.signin import user_of
from staff.visibility import person_with_papers


@login_required
@never_cache
@require_safe
def contacts(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Whom to call, and who vouches."""
    user = user_of(request)
    person = person_with_papers(user, pk or user.pk)
    opened(person, "Next of kin and guarantors", by=user)
    keeps = may(user, "edit_people")
    context = {
        "person": person,
        "is_own": person == user,
        "contacts": contacts_of(person),
        "keeps_kin": keeps or person == user,
        "keeps_guarantors": keeps,
        "most_kin": services.MOST_KIN,
        "tabs": tabs_of(person, viewer=user, here="contacts"),
    }
    return render(request, "staff/contacts.html", context)


@login_required
@never_cache
@require_http_methods(FORM)
def kin_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Note whom to call."""
    user = user_of(request)
    person = person_with_papers(user, pk)
    services.require_own_or_keeper(person, user)
    return _edit(request, person, KinForm, services.add_next_of_kin, person, title="Add a next of kin")


@login_required
@never_cache
@require_http_methods(FORM)
def kin_edit(request: HttpRequest, pk: int, kin: int) -> HttpResponse:
    """Change or take away one."""
    user = user_of(request)
    person = person_with_papers(user, pk)
    found = get_object_or_404(NextOfKin.objects.present(), person=person, pk=kin)
    services.require_own_or_keeper(person, user)
    if request.POST.get("do") == "remove":
        services.remove_next_of_kin(found, by=user)
        return _back(request, person, f"{found.name} is taken away.")
    opened(person, "Next of kin", by=user)
    return _edit(request, person, KinForm, services.change_next_of_kin, found, title=found.name)


@login_required
@never_cache
@require_http_methods(FORM)
def guarantor_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Note who vouches; Human Resource only."""
    user = user_of(request)
    person = person_with_papers(user, pk)
    require_keeper(user)
    return _edit(request, person, GuarantorForm, services.add_guarantor, person, title="Add a guarantor")


@login_required
@never_cache
@require_http_methods(FORM)
def guarantor_edit(request: HttpRequest, pk: int, guarantor: int) -> HttpResponse:
    """Change or take away one; Human Resource only."""
    user = user_of(request)
    found = _guarantor(user, pk, guarantor)
    require_keeper(user)
    if request.POST.get("do") == "remove":
        services.remove_guarantor(found, by=user)
        return _back(request, found.person, f"{found.name} is taken away.")
    opened(found.person, "Guarantors", by=user)
    return _edit(request, found.person, GuarantorForm, services.change_guarantor, found, title=found.name)


@login_required
@require_http_methods(FORM)
def paper_add(request: HttpRequest, pk: int, guarantor: int) -> HttpResponse:
    """Keep a guarantor's paper; Human Resource only."""
    user = user_of(request)
    found = _guarantor(user, pk, guarantor)
    require_keeper(user)
    form = FileForm(request.POST or None, request.FILES or None, kinds=PaperKind.choices)
    if request.method == "POST" and form.is_valid():
        kind = PaperKind(form.cleaned_data["kind"])
        if form.said(add_guarantor_paper, found, kind, form.upload, by=user):
            return _back(request, found.person, f"{kind.label} of {found.name}: kept.")
    return _page(request, found.person, form, title=f"A paper of {found.name}", multipart=True)


@login_required
@require_safe
def paper_file(request: HttpRequest, pk: int, paper: int) -> FileResponse:
    """Download a guarantor's paper."""
    user = user_of(request)
    found = _paper(user, pk, paper)
    opened(found.guarantor.person, f"{found.get_kind_display()} of a guarantor, the file", by=user)
    return attachment(found)


@login_required
@require_POST
def paper_remove(request: HttpRequest, pk: int, paper: int) -> HttpResponse:
    """Take a guarantor's paper away; Human Resource only."""
    user = user_of(request)
    found = _paper(user, pk, paper)
    remove_guarantor_paper(found, by=user)
    return _back(request, found.guarantor.person, f"{found.get_kind_display()}: taken away. The record of it stays.")


def _edit(
    request: HttpRequest, person: Person, kind: type[ContactForm], verb: Callable[..., Any], row: Any, *, title: str
) -> HttpResponse:
    """A form for a new row (`row` is the person) or one that is there; back to the list once the service took it."""
    is_new = row is person
    initial = {} if is_new else {name: getattr(row, name) for name in kind.FIELDS}
    form = kind(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and form.said(verb, row, form.cleaned_data, by=user_of(request)):
        _warn_of_others(request, form.outcome)
        return _back(request, person, "Saved.")
    return _page(request, person, form, title=title, removable=not is_new)


def _warn_of_others(request: HttpRequest, saved: Any) -> None:
    """One guarantor for many people is a question for Human Resource, and no reason to refuse."""
    if isinstance(saved, Guarantor) and (warning := also_vouches_for(saved)):
        messages.warning(request, warning)


def _page(request: HttpRequest, person: Person, form: Any, **context: Any) -> HttpResponse:
    back = _list_of(request, person)
    context |= {"person": person, "is_own": person == request.user, "form": form, "back": back}
    return render(request, "staff/contact_form.html", context, status=REFUSED if form.errors else 200)


def _back(request: HttpRequest, person: Person, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect(_list_of(request, person))


def _list_of(request: HttpRequest, person: Person) -> str:
    return tabs_of(person, viewer=user_of(request), here="contacts")[-1].url


def _guarantor(user: Person, pk: int, guarantor: int) -> Guarantor:
    person = person_with_papers(user, pk)
    found = get_object_or_404(Guarantor.objects.present(), person=person, pk=guarantor)
    found.person = person
    return found


def _paper(user: Person, pk: int, paper: int) -> GuarantorPaper:
    person = person_with_papers(user, pk)
    rows = GuarantorPaper.objects.present().select_related("guarantor__person")
    return get_object_or_404(rows, guarantor__person=person, pk=paper)
