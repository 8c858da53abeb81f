"""The pages of people: sign in and out, the directory, one's own account."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config import tenancy
from staff import selectors
from staff.forms import LoginForm, TeamForm
from staff.models import Person
from staff.roles import may
from staff.signin import ORGANISATION_KEY

LOOKS = {"theme": {"light", "dark"}, "density": {"comfortable", "compact"}}
A_YEAR = 365 * 24 * 3600


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Sign in with e-mail and password, then go on to where one wanted to be."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _enter(request, form)
        return redirect(_onward(request, wanted))
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(_onward(request, wanted))
    return render(request, "login.html", {"form": form, "next": wanted})


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End this session."""
    auth.logout(request)
    return redirect("login")


@login_required
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """The directory of those in reach; the same page answers htmx, which takes its part out of it."""
    form = TeamForm(request.GET)
    after = request.GET.get("cursor", "")
    user = _user(request)
    found = selectors.team(user, wanted=form.wanted(), after=after, today=timezone.localdate())
    people = "1 person" if found.total == 1 else f"{found.total:,} people"
    page = {
        "people": found.people,
        "form": form,
        "count_label": people,
        "next_url": _next_url(request, found.next),
        "sees_changes": may(user, "see_salaries") or may(user, "propose_changes"),
        "sees_leavers": may(user, "see_profiles"),
    }
    return render(request, "staff/team.html", {"page": page})


@login_required
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """One's own card, and how this device shows the product."""
    return render(request, "staff/account.html", {"account": selectors.account(_user(request))})


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


def _enter(request: HttpRequest, form: LoginForm) -> None:
    """Open a new session for the person, whoever's it was before."""
    # The login page runs outside any organisation, and the row of the person exists only inside theirs.
    with tenancy.organisation(form.login.organisation):
        auth.login(request, form.person, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[ORGANISATION_KEY] = form.login.organisation


def _onward(request: HttpRequest, wanted: str) -> str:
    """The local page that was wanted, else home. Never another site, and never the login page again."""
    local = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if not local or urlsplit(wanted).path in {reverse("login"), reverse("logout")}:
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    return wanted


def _next_url(request: HttpRequest, cursor: str | None) -> str:
    if cursor is None:
        return ""
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"


def _user(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101  # @login_required has seen to it
    return request.user
