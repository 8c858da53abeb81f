"""What goes wrong outside an endpoint or a view: an unknown path, a bad host, a crash, a database that is away.

The one error shape of the API stands here, since it is given under /api/ also where no endpoint was reached.
"""

from __future__ import annotations

import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views import defaults

from config.errors import request_id
from config.outages import RETRY_AFTER, is_outage

SENTENCES = {
    400: ("bad_request", "This request cannot be read."),
    403: ("forbidden", "Your role does not allow this."),
    404: ("not_found", "There is nothing here for you."),
    413: ("too_large", "This is more than a request may carry."),
    429: ("too_many_requests", "That was too often; wait a moment, then try again."),
    500: ("server_error", "Something went wrong here, and nothing was changed; try again in a moment."),
    503: ("unavailable", "The database cannot be reached at the moment; try again in a few seconds."),
}


def shape(code: str, message: str, fields: dict[str, str] | None = None) -> dict[str, Any]:
    """An error of the API: {"error": {"code", "message", "fields", "request_id"}}."""
    message = message if message.endswith((".", "!", "?")) else f"{message}."
    return {"error": {"code": code, "message": message, "fields": fields or {}, "request_id": request_id()}}


def _outside(request: HttpRequest, status: int) -> HttpResponse | None:
    return JsonResponse(shape(*SENTENCES[status]), status=status) if request.path.startswith("/api/") else None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: JSON under /api/, else the page. What is too large says so."""
    if isinstance(exception, RequestDataTooBig):
        page = loader.get_template("errors/413.html")
        return _outside(request, 413) or HttpResponse(page.render(), status=413)
    return _outside(request, 400) or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403: JSON under /api/, else the page."""
    return _outside(request, 403) or defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404: JSON under /api/, else the page."""
    return _outside(request, 404) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: JSON under /api/, else the page; touches neither the database nor the session."""
    if is_outage(sys.exc_info()[1]):
        return unavailable(request)
    return _outside(request, 500) or defaults.server_error(request)


def too_many(request: HttpRequest, *, wait: int) -> HttpResponse:
    """429 with Retry-After, in seconds: JSON under /api/, else the page, else the sentence for htmx to show."""
    answer = _outside(request, 429) or HttpResponse(loader.get_template("errors/429.html").render(), status=429)
    answer["Retry-After"] = str(wait)
    return answer


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After: nothing is wrong with the request, and in a few seconds it may be answered."""
    answer = _outside(request, 503) or HttpResponse(loader.get_template("errors/503.html").render(), status=503)
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer
