"""The operator's pages: every organisation of the installation, what it may use, and a look into one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.ranges import LARGEST_ID
from config.refusals import REFUSED, show_refusal
from staff import selectors
from staff.forms.organisations import FoundForm, PlanForm, SecondStepOfForm, VisitForm
from staff.models import Organisation, Person, SecondStep
from staff.plans import Plan
from staff.services import operating
from staff.services.founding import ask_second_step, resume_organisation, suspend_organisation
from staff.services.plans import change_plan
from staff.services.visits import begin_visit
from staff.signin import user_of
from staff.visiting import leave, remember


@login_required
@never_cache
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """All of them, with their plan and how much of it they use."""
    _operator(request)
    rows, following = selectors.organisations(after=request.GET.get("cursor", "").replace("\x00", ""))
    next_url = f"{reverse('organisations')}?{urlencode({'cursor': following})}" if following else ""
    return render(request, "staff/organisations.html", {"organisations": rows, "next_url": next_url})


@login_required
@require_http_methods(["GET", "POST"])
def organisation_new(request: HttpRequest) -> HttpResponse:
    """Found an organisation; its first person is written to."""
    user = _operator(request)
    form = FoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        plan = Plan(form.cleaned_data["plan"])
        try:
            pk = operating.found_as_operator(form.details(), plan=plan, by=user, now=timezone.now())
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(
                request, f"{form.cleaned_data['name']} is founded; {form.cleaned_data['hr_email']} is written to."
            )
            return redirect("organisation", pk=pk)
    return render(request, "staff/organisation_new.html", {"form": form}, status=REFUSED if form.errors else 200)


@login_required
@never_cache
@require_safe
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """One organisation, and what an operator may do with it."""
    _operator(request)
    return _page(request, pk)


@login_required
@require_POST
def organisation_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Move it to another plan."""
    form = PlanForm(request.POST)
    return _done(request, pk, "plan_form", form, lambda row: change_plan(row.pk, form.change()), "The plan is changed.")


@login_required
@require_POST
def organisation_second_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Say for whom signing in takes two steps there."""
    form = SecondStepOfForm(request.POST)
    said = "From their next sign-in on, this is so."
    return _done(request, pk, "step_form", form, lambda row: ask_second_step(row, _step_in(form)), said)


@login_required
@require_POST
def organisation_suspend(request: HttpRequest, pk: int) -> HttpResponse:
    """Lock everybody of it out."""
    user, now = _operator(request), timezone.now()

    def suspend(row: Organisation) -> None:
        operating.refuse_own(row, by=user, sentence="You would lock yourself out: this is your own organisation.")
        suspend_organisation(row, now=now)

    return _done(request, pk, "", forms.Form({}), suspend, "It is suspended: nobody of it can sign in.")


@login_required
@require_POST
def organisation_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let it in again."""
    return _done(request, pk, "", forms.Form({}), resume_organisation, "Its people may sign in again.")


@login_required
@require_POST
def organisation_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a visit, to read only; one that is going on ends."""
    user, now = _operator(request), timezone.now()
    _row(pk)
    form = VisitForm(request.POST)
    if form.is_valid():
        try:
            visit = begin_visit(pk, by=user, reason=form.cleaned_data["reason"], now=now)
        except Refused as refused:
            show_refusal(form, refused)
        else:
            leave(request, by=user, now=now)
            remember(request, visit)
            return redirect("home")
    return _page(request, pk, visit_form=form, status=REFUSED)


@login_required
@require_POST
def visit_end(request: HttpRequest) -> HttpResponse:
    """End one's visit."""
    if leave(request, by=_operator(request), now=timezone.now()):
        messages.success(request, "The visit has ended.")
    return redirect("home")


def _operator(request: HttpRequest) -> Person:
    """The signed-in operator; everybody else is refused before anything is looked up."""
    user = user_of(request)
    operating.require_operator(user)
    return user


def _row(pk: int) -> selectors.OrganisationRow:
    found = selectors.organisation(pk) if pk <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, pk: int, *, status: int = 200, **refused: Any) -> HttpResponse:
    row = _row(pk)
    context = {
        "row": row,
        "is_own": row.id == user_of(request).organisation_id,
        "plan_form": PlanForm(initial={"plan": row.plan}),
        "step_form": SecondStepOfForm(initial={"second_step": row.second_step}),
        "visit_form": VisitForm(),
    }
    return render(request, "staff/organisation.html", {**context, **refused}, status=status)


def _done(
    request: HttpRequest, pk: int, name: str, form: forms.Form, act: Callable[[Organisation], object], said: str
) -> HttpResponse:
    """Do one thing to an organisation as its operator, and go back to its page; a refusal stands beside the form."""
    user = _operator(request)
    row = _row(pk)
    if form.is_valid():
        try:
            with operating.entered(row.id, by=user) as entered:
                act(entered)
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, f"{row.name}: {said}")
            return redirect("organisation", pk=pk)
    refusal = form.non_field_errors()[0] if not name and form.non_field_errors() else ""
    return _page(request, pk, status=REFUSED, refusal=refusal, **({name: form} if name else {}))


def _step_in(form: forms.Form) -> SecondStep:
    return SecondStep(form.cleaned_data["second_step"])
