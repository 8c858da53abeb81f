"""The pages of leaving: how somebody leaves, who has left and what they still have, and the way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Forbidden, Refused
from config.refusals import REFUSED
from staff import selectors, services
from staff.forms.careers import LeavingForm
from staff.models import Clearance, EmploymentEvent, Leaving, Person, State
from staff.roles import may, may_see_salary
from staff.signin import user_of
from staff.visibility import visible_person


@login_required
@require_http_methods(["GET", "POST"])
def terminate(request: HttpRequest, pk: int) -> HttpResponse:
    """How somebody leaves: first what that would mean, then, pressed once more, it is so."""
    user, person = user_of(request), _leaving_person(request, pk)
    form = LeavingForm(request.POST or None, initial={"leaving": Leaving.RESIGNED, "clearance": Clearance.PENDING})
    context: dict[str, Any] = {"person": person, "form": form}
    if request.method == "GET" or request.POST.get("do") == "back":
        return render(request, "staff/terminate.html", context)
    if not form.is_valid():
        return render(request, "staff/terminate.html", context, status=REFUSED)
    details = services.LeavingDetails(**form.cleaned_data)
    try:
        event = services.drafted_leaving(person, details, by=user)
        if request.POST.get("do") == "confirm":
            event = services.terminate(person, details, by=user)
            messages.success(request, _done(event))
            return redirect("left")
    except Refused as refused:
        context["refused"] = refused
        return render(request, "staff/terminate.html", context, status=REFUSED)
    return render(request, "staff/terminate.html", {**context, "event": event, "means": _what_it_means(event)})


def _what_it_means(event: EmploymentEvent) -> list[str]:
    """The sentences of the last look, the other apps' among them."""
    person, since = event.person, None
    if event.state == State.PLANNED:
        since = event.effective_on + timedelta(days=1)
        access = f"{person} keeps access until the end of {event.effective_on:%-d %B %Y} and is told that it ends then."
    else:
        access = f"{person} loses access at once: every session and token ends."
    said = [import_string(name)(person, since=since) for name in settings.WHAT_LEAVING_MEANS]
    return [access, *said, "Nothing is deleted; restoring gives the access back, but no shift."]


def _done(event: EmploymentEvent) -> str:
    if event.state == State.PLANNED:
        return f"{event.person} leaves; the last working day is {event.effective_on:%-d %B %Y}."
    return f"{event.person} has left and has no access any more."


@login_required
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo somebody's leaving."""
    person = _leaving_person(request, pk)
    event = services.restore(person, by=user_of(request), reason=request.POST.get("reason", ""))
    has_access = event.person.is_active
    said = "is back, and has access" if has_access else "is back; their access was taken away before, and stays so"
    messages.success(request, f"{person} {said}.")
    return redirect("person", pk=pk)


@login_required
@require_safe
def left(request: HttpRequest) -> HttpResponse:
    """Who has left or will, and whether they have given back what is the organisation's."""
    user = user_of(request)
    if not may(user, "see_profiles"):
        raise Forbidden("Who has left is for those who see profiles.")
    clearance = request.GET.get("clearance", "")
    clearance = clearance if clearance in Clearance.values else ""
    people, following = selectors.leavers(user, clearance=clearance, after=request.GET.get("cursor", ""))
    query = urlencode({"clearance": clearance, "cursor": following or ""})
    context = {
        "people": people,
        "clearance": clearance,
        "clearances": Clearance.choices,
        "next_url": f"{reverse('left')}?{query}" if following else "",
        "may_act": may(user, "end_employment"),
    }
    return render(request, "staff/left.html", context)


@login_required
@require_POST
def clearance(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what somebody who leaves has given back."""
    user = user_of(request)
    events = EmploymentEvent.objects.visible_to(user).select_related("person__role")
    event = get_object_or_404(events, pk=pk)
    wanted = request.POST.get("clearance", "")
    state = Clearance(wanted) if wanted in Clearance.values else Clearance.PENDING
    services.set_clearance(event, state, by=user, note=request.POST.get("note", ""))
    messages.success(request, f"Noted for {event.person}: {state.label.lower()}.")
    return redirect("left")


@login_required
@never_cache
@require_safe
def salary(request: HttpRequest, pk: int) -> HttpResponse:
    """What somebody is and was paid; opening another's is written down."""
    user = user_of(request)
    person = visible_person(user, pk)
    if not may_see_salary(user, person):
        raise Forbidden("Salaries are for the Chief Officers, Human Resource and auditors, and each for themselves.")
    services.opened(person, "Salary", by=user)
    rows = selectors.salary_page(person, currency=user.organisation.currency)
    return render(request, "staff/salary.html", {"person": person, "rows": rows, "is_own": person.pk == user.pk})


def _leaving_person(request: HttpRequest, pk: int) -> Person:
    user = user_of(request)
    person = visible_person(user, pk)
    if not may(user, "end_employment"):
        raise Forbidden("Only the Chief Officers and Human Resource end and restore employment.")
    return person
