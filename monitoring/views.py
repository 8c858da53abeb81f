"""What Prometheus scrapes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from monitoring import doors
from monitoring.prometheus.page import CONTENT_TYPE, page


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Every figure in Prometheus' text format, for the scrape token, this machine if it may, and those who watch."""
    if not (doors.holds_token(request) or doors.comes_from_here(request)):
        if not request.user.is_authenticated:
            text = "Send the scrape token: Authorization: Bearer METRICS_TOKEN\n"
            return HttpResponse(text, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
        if not doors.may_watch(request.user):
            return HttpResponse("Your role does not allow this.\n", status=403, content_type="text/plain")
    return HttpResponse(page(), content_type=CONTENT_TYPE)
