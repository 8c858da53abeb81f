"""The pages of one's own security: where one is signed in, password, e-mail address, second step."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.errors import Refused
from staff import selectors
from staff.entering import stay_in
from staff.forms import ChangeEmailForm, ChangePasswordForm, ConfirmForm, RenewCodesForm, TurnOffForm
from staff.models import Session
from staff.services.second_factor import set_up
from staff.services.sessions import end_other_sessions, end_session
from staff.signin import user_of

SHOWN = "second_step_shown"  # the id of the secret that this browser was shown last


@login_required
@never_cache
@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """How one signs in, and where one is signed in."""
    page = selectors.security(user_of(request), now=timezone.now())
    return render(request, "staff/security.html", {"page": page})


@login_required
@require_POST
def end_one(request: HttpRequest, pk: int) -> HttpResponse:
    """End one session of one's own; ending the one in use signs out."""
    now = timezone.now()
    session = get_object_or_404(Session.objects.visible_to(user_of(request)).live(now), pk=pk)
    end_session(session, now=now)
    messages.success(request, f"Signed out there: {session.device}.")
    return redirect("security")


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    user = user_of(request)
    ended = end_other_sessions(user, keep=user.session, now=timezone.now())
    messages.success(request, f"Signed out in {ended} other place{'' if ended == 1 else 's'}.")
    return redirect("security")


@sensitive_post_parameters("current", "password")
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password."""
    form = ChangePasswordForm(request.POST or None, user=user_of(request))
    if request.method == "POST" and form.is_valid():
        stay_in(request, form.changed)
        messages.success(request, "Your password is changed, and every other session has ended.")
        return redirect("security")
    return render(request, "staff/own_form.html", {"form": form, "title": "Change your password", "verb": "Change it"})


@sensitive_post_parameters("password")
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Ask for a new e-mail address."""
    form = ChangeEmailForm(request.POST or None, user=user_of(request))
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"]
        messages.success(
            request, f"If {address} is free, a letter is on its way to it. Follow its link within an hour."
        )
        return redirect("security")
    shown = {"form": form, "title": "Change your e-mail", "verb": "Send the letter"}
    return render(request, "staff/own_form.html", shown)


@sensitive_post_parameters("password", "otp")
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: its QR code, then a first code of it and the password.

    Each look makes another secret; what was typed wrongly is typed again below the same one.
    """
    user = user_of(request)
    form = ConfirmForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        return _codes(request, form.codes)
    try:
        given = set_up(user, keep=request.session.get(SHOWN) if request.method == "POST" else None)
    except Refused:  # it is on already
        return redirect("security")
    request.session[SHOWN] = given.pk
    shown: dict[str, Any] = {"form": form, "secret": given.secret, "qr": _drawn(given.address)}
    return render(request, "staff/second_step.html", {**shown, "is_asked": user.session.needs_second_factor})


@sensitive_post_parameters("password", "otp")
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def second_step_off(request: HttpRequest) -> HttpResponse:
    """Turn two-step sign-in off, with the password and a code."""
    form = TurnOffForm(request.POST or None, user=user_of(request))
    if request.method == "POST" and form.is_valid():
        messages.success(request, "Two-step sign-in is off.")
        return redirect("security")
    shown = {"form": form, "title": "Turn off two-step sign-in", "verb": "Turn it off"}
    return render(request, "staff/own_form.html", shown)


@sensitive_post_parameters("otp")
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes for a code; they are shown once."""
    form = RenewCodesForm(request.POST or None, user=user_of(request))
    if request.method == "POST" and form.is_valid():
        return _codes(request, form.codes)
    shown = {"form": form, "title": "New recovery codes", "verb": "Show ten new codes"}
    return render(request, "staff/own_form.html", shown)


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "staff/recovery_codes.html", {"codes": codes})


def _drawn(address: str) -> SafeString:
    """A QR code as inline SVG: no file and no address that could be kept or logged. White paper in either theme."""
    return mark_safe(segno.make(address, error="m").svg_inline(border=3, omitsize=True, dark="#000", light="#fff"))
