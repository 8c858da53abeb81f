"""Who may watch: senior admins, operators, and a scraper with the token of METRICS_TOKEN."""

from __future__ import annotations

import hmac
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from staff.models import Person
from staff.roles import may_watch


class Scraper:
    """A program that holds the token. It is nobody's user: it watches, and does nothing else."""

    is_authenticated = is_active = True
    pk = None


class ScrapeToken(BaseAuthentication):
    """The bearer token of METRICS_TOKEN. It asks no database, so a scraper can watch one that is down."""

    def authenticate(self, request: Request) -> tuple[Scraper, None] | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        wanted = settings.METRICS_TOKEN
        if kind == "Bearer" and wanted and hmac.compare_digest(token.strip().encode(), wanted.encode()):
            return Scraper(), None
        return None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionUser(BaseAuthentication):
    """The person of the browser's session; for pages that only read."""

    def authenticate(self, request: Request) -> tuple[Person, None] | None:
        user = getattr(request._request, "user", None)
        return (user, None) if isinstance(user, Person) and user.is_active else None


class MayWatch(BasePermission):
    """Senior admins, operators and scrapers."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        return isinstance(user, Scraper) or (isinstance(user, Person) and may_watch(user))
