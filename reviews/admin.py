"""Reviews in the admin: read within reach and submitted as on the team's page; criteria, kept by Human Resource."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from reviews.models import Criterion, Rating, Review, in_words
from reviews.selectors.rows import for_rows
from reviews.services import add_criterion, change_criterion, submit_review
from staff.admin.base import ByState, ReachAdmin, ServiceForm, reached
from staff.signin import user_of

STATES = {
    "draft": {"submitted_at__isnull": True},
    "submitted": {"submitted_at__isnull": False, "acknowledged_at__isnull": True},
    "acknowledged": {"acknowledged_at__isnull": False},
}


class StateFilter(ByState):
    """Drafts are one's own; of the others only what is submitted is here at all."""

    states = STATES


@admin.register(Review)
class ReviewAdmin(ReachAdmin):
    """Written on the team's page, where a week stands together; submitted there or here."""

    view_verb = "see_reviews"
    list_display = ("person", "week_start", "reviewer", "overall", "word", "state", "write")
    list_filter = (StateFilter, *reached("branch", "department"))
    search_fields = ("person__first_name", "person__last_name", "person__employee_number")
    fields = (
        "person", "week_start", "reviewer", "branch", "department", "overall", "scored", "comment", "state",
        "submitted_at", "acknowledged_at",
    )  # fmt: skip
    readonly_fields = ("scored", "state")
    ordering = ("-week_start", "-id")
    actions = ("submit_chosen",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        return for_rows(super().get_queryset(request))

    def has_write_permission(self, request: HttpRequest) -> bool:
        """Who sees the action; whose review it is, the service asks."""
        return self._may(request, "write_reviews")

    @admin.display(description="in words")
    def word(self, review: Review) -> str:
        return in_words(review.overall) if review.overall else ""

    @admin.display(ordering="submitted_at")
    def state(self, review: Review) -> str:
        return review.state.capitalize()

    @admin.display(description="scores")
    def scored(self, review: Any) -> str:
        lines = [(mark["name"], mark["value"], Rating(mark["value"]).label) for mark in review.marks]
        return format_html_join("", "<p>{}: {}, {}</p>", lines)

    @admin.display(description="team’s week")
    def write(self, review: Review) -> str:
        where = {"team": f"{review.branch_id or 0}-{review.department_id or 0}-{review.person.sub_department_id or 0}"}
        address = f"{reverse('reviews')}?{urlencode({**where, 'week': review.week_start})}"
        return format_html('<a href="{}">Open the week</a>', address)

    @admin.action(description="Submit", permissions=["write"])
    def submit_chosen(self, request: HttpRequest, reviews: QuerySet[Review]) -> None:
        """Lock one's own drafts and tell their people; what is refused is told and stops none of the others."""
        user = user_of(request)
        self.each(request, reviews, lambda review: submit_review(review, by=user), "submitted")


class CriterionForm(ServiceForm):
    def write(self) -> Model:
        if self.instance.pk:
            return change_criterion(self.instance, self.cleaned_data, by=self.user)
        return add_criterion(self.cleaned_data, by=self.user)


@admin.register(Criterion)
class CriterionAdmin(ReachAdmin):
    view_verb, add_verb, change_verb = "see_reviews", "set_criteria", "set_criteria"
    form = CriterionForm
    fields = ("name", "weight", "position", "is_active")
    list_display = fields
    list_filter = ("is_active",)
    search_fields = ("name",)
