"""The health page, and what Prometheus scrapes."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.errors import Forbidden, Refused
from monitoring import doors
from monitoring.models import Alert
from monitoring.prometheus.page import CONTENT_TYPE, page
from monitoring.selectors.operations import operations as operations_page
from monitoring.services.alerts import acknowledge
from staff.models import Person
from staff.roles import may
from staff.signin import user_of

NOT_YOURS = "How the installation stands is for whoever runs it, and for the organisation’s senior administrators."


@require_safe
@login_required
def operations(request: HttpRequest) -> HttpResponse:
    """How the installation stands, for those who watch it; it asks for itself again every half minute."""
    viewer = _watcher(request)
    context = {
        "page": operations_page(timezone.now(), viewer),
        "may_take": may(viewer, "acknowledge_alerts"),
        "may_set": may(viewer, "set_alert_rules"),
    }
    return render(request, "monitoring/operations.html", context)


@require_POST
@login_required
def take_alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge an alert and go back to the page. That somebody else was first is no fault."""
    viewer = _watcher(request)
    try:
        acknowledge(get_object_or_404(Alert, pk=pk), by=viewer)
    except Forbidden:
        raise
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, "You have taken it: everybody sees that somebody looks at it.")
    return redirect("operations")


def _watcher(request: HttpRequest) -> Person:
    user = user_of(request)
    if not doors.may_watch(user):
        raise PermissionDenied(NOT_YOURS)
    return user


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
