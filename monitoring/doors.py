"""Who may look at the installation: its operator, senior administrators, and scrapers that hold METRICS_TOKEN."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from staff.models import Person
from staff.roles import may
from staff.signin import BearerAuthentication

# What says that a request came through a proxy, so that its address is the proxy's.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


class Scraper:
    """Whoever showed the scrape token: a program, not a person."""

    is_authenticated = True
    is_active = True
    pk = None


class ScrapeToken(BaseAuthentication):
    """Authenticates `Authorization: Bearer <METRICS_TOKEN>`; anything else is left to the next authentication."""

    def authenticate(self, request: Request) -> tuple[Scraper, None] | None:
        return (Scraper(), None) if holds_token(request._request) else None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionUser(BaseAuthentication):
    """The person of the browser's session; for pages that only read."""

    def authenticate(self, request: Request) -> tuple[Person, None] | None:
        user = getattr(request._request, "user", None)
        return (user, None) if isinstance(user, Person) and user.is_active else None


class MayWatch(BasePermission):
    """Lets in scrapers, operators of the installation and senior administrators."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, Scraper) or may_watch(request.user)


# For every view of the API that shows the installation.
AUTHENTICATION = [ScrapeToken, BearerAuthentication]


def may_watch(user: object) -> bool:
    """Whether this person may see how the installation is doing."""
    return isinstance(user, Person) and (user.is_operator or may(user, "see_monitoring"))


def holds_token(request: HttpRequest) -> bool:
    """Whether the request shows METRICS_TOKEN; never while that is empty."""
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    wanted: str = settings.METRICS_TOKEN
    # In constant time: how long a wrong guess takes must not tell how much of it was right.
    return bool(wanted) and kind == "Bearer" and hmac.compare_digest(shown.strip().encode(), wanted.encode())


def comes_from_here(request: HttpRequest) -> bool:
    """Whether METRICS_FROM_LOOPBACK is set and the request was made on this machine, not through a proxy on it."""
    if not settings.METRICS_FROM_LOOPBACK or any(name in request.META for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
