"""The Django admin's site: managers enter, each sees and does what the permission table gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from staff.entering import go_out
from staff.roles import may

# Alpine, which Unfold is built on, evaluates its attributes. Nowhere else may a page do that.
relaxed = csp_update({"script-src": ["'self'", "'unsafe-eval'"]})


class StaffAdminSite(UnfoldAdminSite):
    """Asks the permission table who may enter, and lets people sign in on the one login page."""

    index_title = "Ace Mall Staff"
    final_catch_all_view = False  # an unknown address below it is a plain 404

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_authenticated and user.is_active and may(user, "enter_admin"))

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """Every page of the admin: strangers sign in first, who may not enter is told so at once."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied
            # Django's filters and autocomplete would pass it on to PostgreSQL, which cannot read it.
            if "%00" in request.META.get("QUERY_STRING", ""):
                raise BadRequest("NUL in the address")
            return inner(request, *args, **kwargs)

        return relaxed(guarded)  # type: ignore[return-value]  # csp speaks of the base class

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Without Unfold's colours: it writes them into the page, which our policy refuses; admin.css has ours."""
        return {**super().each_context(request), "colors": None}

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Not here: the sidebar is short, and each list has a search of its own."""
        raise Http404

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the login page, and back; who is signed in already and still stands here may not enter."""
        wanted = request.GET.get("next") or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """End the session, and to the login page."""
        if request.method != "POST":
            return redirect("admin:index")
        go_out(request, now=timezone.now())
        return redirect("login")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Not here: Django's own form would leave tokens alive."""
        raise Http404

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        raise Http404
