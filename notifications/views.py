"""The notification centre, and the number on the bell."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from config.caching import cached_page
from notifications import selectors, services
from notifications.models import Notification
from staff.signin import user_of


@login_required
@require_GET
@cached_page("notifications")
def centre(request: HttpRequest) -> HttpResponse:
    """A person's inbox: all or unread, by day."""
    tab, after = request.GET.get("tab", ""), request.GET.get("cursor", "")
    page = selectors.centre(user_of(request), tab=tab, after=after, now=timezone.now())
    return render(request, "notifications/centre.html", {"page": page})


@login_required
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go on to what it is about."""
    person = user_of(request)
    notification = get_object_or_404(Notification.objects.visible_to(person), pk=pk)
    services.mark_read(notification, by=person)
    wanted = (request.POST.get("next", ""), notification.url)
    return redirect(next(filter(is_local_path, wanted), "notifications"))


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    services.mark_all_read(user_of(request))
    return redirect("notifications")


@require_GET
def badge(request: HttpRequest) -> HttpResponse:
    """The bell, for the page's poll; 204 leaves the page as it is."""
    # Polled by a page whose session has ended, the login page must not take the bell's place.
    if request.headers.get("HX-Request") and not request.user.is_authenticated:
        return HttpResponse(status=204)
    return _bell(request)


@login_required
@cached_page("unread_count")
def _bell(request: HttpRequest) -> HttpResponse:
    unread = selectors.unread_count(user_of(request))
    if request.GET.get("seen") == str(unread):
        return HttpResponse(status=204)
    # Without the shell's own context, which would count everything else as well.
    return HttpResponse(render_to_string("notifications/_bell.html", {"unread": unread}))


def is_local_path(url: str) -> bool:
    """Whether a URL leads to a page of this site: a redirect elsewhere would serve phishing."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
