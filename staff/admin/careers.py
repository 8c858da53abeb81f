"""Careers in the admin: every event to read, proposals to decide, and the access log."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from staff.admin.base import ReachAdmin, reached
from staff.models import AccessEntry, EmploymentEvent
from staff.models.careers import EmploymentEventQuerySet
from staff.selectors.careers import lines_of
from staff.services import approve, decline
from staff.signin import user_of


@admin.register(EmploymentEvent)
class EmploymentEventAdmin(ReachAdmin):
    """Changed on the pages of careers, where what it means stands beside it; decided there or here."""

    view_verb = "see_profiles"
    list_display = ("person", "label", "effective_on", "state", "by", "clearance")
    list_filter = ("state", "kind", "leaving", "clearance", *reached("person__branch"))
    search_fields = ("person__first_name", "person__last_name", "person__employee_number")
    fields = (
        "person", "label", "state", "effective_on", "changes", "reason", "by", "at", "decided_by", "decided_at",
        "outcome", "applied_at", "leaving", "clearance", "clearance_note", "page",
    )  # fmt: skip
    readonly_fields = ("label", "changes", "page")
    ordering = ("-effective_on", "-id")
    actions = ("approve_chosen", "decline_chosen")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EmploymentEvent]:
        events: EmploymentEventQuerySet = super().get_queryset(request)  # type: ignore[assignment]
        return events.with_places().without_salaries().select_related("person")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Who sees the actions."""
        return self._may(request, "change_careers")

    @admin.display(description="event", ordering="kind")
    def label(self, event: EmploymentEvent) -> str:
        return event.label

    @admin.display(description="what it says")
    def changes(self, event: EmploymentEvent) -> str:
        return format_html_join("", "<p>{}</p>", ((line,) for line in lines_of(event)))

    @admin.display(description="with salary")
    def page(self, event: EmploymentEvent) -> str:
        """The salary is not shown here: opening it is written down there."""
        return format_html('<a href="{}">Open the change</a>', reverse("change-detail", args=[event.pk]))

    @admin.action(description="Approve", permissions=["decide"])
    def approve_chosen(self, request: HttpRequest, events: QuerySet[EmploymentEvent]) -> None:
        user = user_of(request)
        self.each(request, events, lambda event: approve(event, by=user), "approved")

    @admin.action(description="Decline", permissions=["decide"])
    def decline_chosen(self, request: HttpRequest, events: QuerySet[EmploymentEvent]) -> None:
        user = user_of(request)
        self.each(request, events, lambda event: decline(event, by=user), "declined")


@admin.register(AccessEntry)
class AccessEntryAdmin(ReachAdmin):
    """Who opened what of whom."""

    view_verb = "see_access_log"
    list_display = ("at", "by", "what", "person")
    list_filter = ("what",)
    list_select_related = ("by", "person")
    search_fields = ("person__first_name", "person__last_name", "by__first_name", "by__last_name")
    ordering = ("-id",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
