"""The pages by which people come in and go out: signing in, its second step, and the way back in by a letter."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import Refused
from staff.entering import come_in, go_out, half_way, wait_for_code
from staff.forms import ForgotForm, LoginForm, NewPasswordForm, ResetForm, SecondStepForm
from staff.services.addresses import confirm_address
from staff.services.letters import good_link
from staff.services.passwords import BAD_LINK

NEXT = "next"
LINK = "password_link"  # (organisation, id) of the letter's link that this browser has followed
PASSWORD_IS_SET = "Your new password is set. Sign in with it."


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Sign in with e-mail and password, then go on to where one wanted to be, or first to the second step."""
    wanted, now = request.POST.get(NEXT) or request.GET.get(NEXT, ""), timezone.now()
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        onward = _onward(request, wanted)
        if form.known.needs_code:
            wait_for_code(request, form.known, now=now)
            request.session[NEXT] = onward
            return redirect("login-code")
        come_in(request, form.known, now=now)
        return redirect(onward)
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(_onward(request, wanted))
    shown = {"form": form, "next": wanted, "password_reset_url": reverse("password-forgot")}
    return render(request, "login.html", shown)


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def login_code(request: HttpRequest) -> HttpResponse:
    """The second step: a code of the authenticator, or a recovery code."""
    now = timezone.now()
    known = half_way(request, now=now)
    if known is None:
        return redirect("login")
    form = SecondStepForm(request.POST or None, known=known)
    if request.method == "POST" and form.is_valid():
        onward = request.session.get(NEXT, settings.LOGIN_REDIRECT_URL)
        come_in(request, known, now=now)
        return redirect(onward)
    return render(request, "staff/login_code.html", {"form": form})


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End this session."""
    go_out(request, now=timezone.now())
    return redirect("login")


@never_cache
@require_http_methods(["GET", "POST"])
def password_forgot(request: HttpRequest) -> HttpResponse:
    """Ask for a letter with a link and a code; what follows looks the same for every address."""
    form = ForgotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = ResetForm(initial={"email": form.cleaned_data["email"]})
        return render(request, "staff/password_reset.html", {"form": asked, "has_asked": True})
    return render(request, "staff/password_forgot.html", {"form": form})


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "POST"])
def password_reset(request: HttpRequest) -> HttpResponse:
    """A new password, by the six digits of the letter."""
    form = ResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        messages.success(request, PASSWORD_IS_SET)
        return redirect("login")
    return render(request, "staff/password_reset.html", {"form": form})


@never_cache
@require_http_methods(["GET"])
def password_link(request: HttpRequest, token: str) -> HttpResponse:
    """Where a letter's link leads: it is looked at, and leaves the address bar before anything else is loaded."""
    found = good_link(token, now=timezone.now())
    if found is None:
        return render(request, "staff/link_spent.html", {"sentence": BAD_LINK}, status=410)
    request.session[LINK] = found
    return redirect("password-new")


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def password_new(request: HttpRequest) -> HttpResponse:
    """Choose the password that a letter's link allows."""
    if LINK not in request.session:
        return redirect("password-forgot")
    form = NewPasswordForm(request.POST or None, link=tuple(request.session[LINK]))
    if request.method == "POST" and form.is_valid():
        del request.session[LINK]
        messages.success(request, PASSWORD_IS_SET)
        return redirect("login")
    return render(request, "staff/password_new.html", {"form": form})


@never_cache
@require_http_methods(["GET", "POST"])
def email_link(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a new e-mail address. The link alone changes nothing: mail programs follow links by themselves."""
    now = timezone.now()
    if good_link(token, now=now) is None:
        return render(request, "staff/link_spent.html", {"sentence": BAD_LINK}, status=410)
    if request.method == "GET":
        return render(request, "staff/email_confirm.html")
    try:
        confirm_address(token, now=now)
    except Refused as refused:
        return render(request, "staff/link_spent.html", {"sentence": refused.sentence}, status=refused.status)
    messages.success(request, "Your new e-mail address is confirmed: sign in with it from now on.")
    return redirect("home" if request.user.is_authenticated else "login")


def _onward(request: HttpRequest, wanted: str) -> str:
    """The local page that was wanted, else home. Never another site, and never the login page again."""
    local = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if not local or urlsplit(wanted).path in {reverse("login"), reverse("logout")}:
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    return wanted
