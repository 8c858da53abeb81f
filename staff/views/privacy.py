"""One's own data, copies of it, erasure, and who vouches for many."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Forbidden
from config.refusals import FORM, REFUSED
from staff.documents.serving import zip_of
from staff.forms.privacy import CopyForm, EraseForm, NumberForm
from staff.models import ConsentKind, Door, Person
from staff.roles import may, require
from staff.selectors.privacy import fates, guaranteed_by
from staff.selectors.privacy import own_data as own_data_of
from staff.services.access import opened
from staff.services.consenting import answer
from staff.services.erasing import refuse_erasing
from staff.services.exporting import export
from staff.signin import user_of

MOST_FOUND = 50


@login_required
@never_cache
@require_safe
def own_data(request: HttpRequest) -> HttpResponse:
    """What is kept about oneself, what one agreed to, and the way to a copy."""
    user = user_of(request)
    return render(request, "staff/own_data.html", {"page": own_data_of(user), "form": CopyForm(user=user)})


@login_required
@require_POST
def consent(request: HttpRequest, kind: str) -> HttpResponse:
    """Agree to something, or take it back."""
    if kind not in ConsentKind.values:
        raise Http404
    given = request.POST.get("answer") == "yes"
    answer(user_of(request), ConsentKind(kind), is_given=given, door=Door.PAGE)
    messages.success(request, "Noted.")
    return redirect("own-data")


@sensitive_post_parameters("password")
@login_required
@never_cache
@require_POST
def own_copy(request: HttpRequest) -> HttpResponseBase:
    """Download all that is kept about oneself, for the password."""
    user = user_of(request)
    form = CopyForm(request.POST, user=user)
    if form.is_valid():
        return zip_of(export(user, by=user))
    return render(request, "staff/own_data.html", {"page": own_data_of(user), "form": form}, status=REFUSED)


@sensitive_post_parameters("password")
@login_required
@never_cache
@require_http_methods(FORM)
def copy(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A copy of all that is kept about somebody, by Human Resource, for their own password."""
    user, person = user_of(request), _person(request, pk)
    if not may(user, "export_people"):
        raise Forbidden("Only Human Resource makes copies of other people’s data.")
    form = CopyForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        return zip_of(export(person, by=user))
    context = {"form": form, "person": person}
    return render(request, "staff/data_copy.html", context, status=REFUSED if form.errors else 200)


@login_required
@never_cache
@require_http_methods(FORM)
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """What erasing somebody means, then, with a reason and their number, it is so."""
    user, person = user_of(request), _person(request, pk)
    refuse_erasing(person, by=user)
    form = EraseForm(request.POST or None, user=user, person=person)
    if request.method == "POST" and form.is_valid():
        messages.success(request, f"Erased: what stays is {form.erasure.person.full_name}.")
        return redirect("person", pk=pk)
    context = {"form": form, "person": person, "fates": fates()}
    return render(request, "staff/erase.html", context, status=REFUSED if form.errors else 200)


@login_required
@never_cache
@require_http_methods(FORM)
def guarantors(request: HttpRequest) -> HttpResponse:
    """For whom one number vouches. Each person found is a look at their guarantors, and is written down."""
    user = user_of(request)
    require(user, "see_papers")
    form, people = NumberForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        found = guaranteed_by("phone", "phone_index", number) | guaranteed_by("identity", "identity_index", number)
        people = list(found.with_places()[:MOST_FOUND])
        for person in people:
            opened(person, "Guarantors, by their number", by=user)
    context = {"form": form, "people": people}
    return render(request, "staff/guarantors.html", context, status=REFUSED if form.errors else 200)


def _person(request: HttpRequest, pk: int) -> Person:
    people = Person.objects.visible_to(user_of(request)).with_places().select_related("organisation")
    return get_object_or_404(people, pk=pk)
