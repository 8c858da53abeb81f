"""The pages of people: the directory, one's own account."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from staff import selectors
from staff.forms import TeamForm
from staff.roles import may
from staff.services.history import today_for
from staff.signin import user_of

LOOKS = {"theme": {"light", "dark"}, "density": {"comfortable", "compact"}}
A_YEAR = 365 * 24 * 3600


@login_required
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """The directory of those in reach; the same page answers htmx, which takes its part out of it."""
    form = TeamForm(request.GET)
    after = request.GET.get("cursor", "")
    user = user_of(request)
    found = selectors.team(user, wanted=form.wanted(), after=after, today=today_for(user))
    people = "1 person" if found.total == 1 else f"{found.total:,} people"
    page = {
        "people": found.people,
        "form": form,
        "count_label": people,
        "next_url": next_url(request, found.next),
        "sees_changes": may(user, "see_salaries") or may(user, "propose_changes"),
        "sees_leavers": may(user, "see_profiles"),
        "may_hire": may(user, "hire"),
    }
    return render(request, "staff/team.html", {"page": page})


@login_required
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """One's own card, and how this device shows the product."""
    return render(request, "staff/account.html", {"account": selectors.account(user_of(request))})


@login_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Theme and density of this device: a cookie, which static/js/theme.js writes in the same way."""
    response = redirect("account")
    for name, choices in LOOKS.items():
        value = request.POST.get(name, "")
        if value in choices:
            response.set_cookie(name, value, max_age=A_YEAR, samesite="Lax", secure=settings.HTTPS)
        else:
            response.delete_cookie(name, samesite="Lax")
    return response


def next_url(request: HttpRequest, cursor: str | None) -> str:
    """Where a list goes on, asked for the same; nothing where it ends."""
    if cursor is None:
        return ""
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"
