"""Where a refusal is shown: beside a form's fields, on a page of its own, or as text for htmx to show."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.views import csrf

from config import tenancy
from config.errors import Refused

# What a page with a form is asked by, and its status where what was typed is shown again with what is wrong.
FORM, REFUSED = ["GET", "HEAD", "POST"], 422
SIGNED_OUT = "You have been signed out. Sign in again in another tab, then go on here: what you typed stays."
OPEN_TOO_LONG = "This page was open too long, and nothing was sent. Load it again, then repeat the last step."


class RefusalPages:
    """Answers Refused with its own status and sentence; what was written before it is rolled back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # htmx would follow the way to the sign-in page and put that page where a piece of this one stands.
        if _by_htmx(request) and response.headers.get("Location", "").startswith(resolve_url(settings.LOGIN_URL)):
            return _as_text(SIGNED_OUT, 401)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        answer = refused(request, exception)
        # Rendered first: the page asks the database too, and a broken transaction would answer nothing.
        if exception.rolls_back and tenancy.current() is not None:
            transaction.set_rollback(True)
        return answer


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The page of a refusal, or its sentence for htmx to show."""
    request.is_attempt = refusal.is_attempt  # type: ignore[attr-defined]  # for whoever counts refusals
    if _by_htmx(request):
        return _as_text(refusal.sentence, refusal.status)
    return render(request, refusal.page, {"sentence": refusal.sentence}, status=refusal.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token has gone: templates/403_csrf.html, or its sentence for htmx."""
    return _as_text(OPEN_TOO_LONG, 403) if _by_htmx(request) else csrf.csrf_failure(request, reason)


def _by_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def _as_text(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, content_type="text/plain; charset=utf-8", status=status)


def show_refusal(form: forms.BaseForm, refused: Refused) -> None:
    """Put what a service refused beside the fields that it names, as far as the form has them, else above them all."""
    known = {name: sentence for name, sentence in refused.fields.items() if name in form.fields}
    for name, sentence in known.items():
        form.add_error(name, sentence)
    if not known:
        form.add_error(None, refused.sentence)
