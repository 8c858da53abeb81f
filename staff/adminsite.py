"""The Django admin's site: managers enter, each sees and does what the permission table gives."""

from __future__ import annotations

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite

from staff.roles import may


class StaffAdminSite(UnfoldAdminSite):
    """Asks the permission table who may enter, and lets people sign in on the one login page."""

    index_title = "Ace Mall Staff"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_authenticated and user.is_active and may(user, "enter_admin"))
