"""The Django admin's site: managers enter, each sees and does what the permission table gives."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import logout as end_session
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from staff.roles import may


class StaffAdminSite(UnfoldAdminSite):
    """Asks the permission table who may enter, and lets people sign in on the one login page."""

    index_title = "Ace Mall Staff"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_authenticated and user.is_active and may(user, "enter_admin"))

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
        end_session(request)
        return redirect("login")
