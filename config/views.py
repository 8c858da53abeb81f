"""The pages that join the apps, and what the shell around every page shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from config import dashboards, tenancy
from config.caching import cached_answer, cached_page
from config.shell import DENSITIES, THEMES, Shell
from roster.selectors import schedule
from staff.models import Person
from staff.roles import VISITOR, may, may_read_reviews
from staff.selectors import person_page, with_protection

# Whose home it is: the page, and the selector that fills it. Every other column is a manager's.
HOMES: dict[str, tuple[str, Callable[..., object]]] = {
    dashboards.GENERAL: ("home/general.html", dashboards.general_home),
    dashboards.OPERATOR: ("home/operator.html", dashboards.operator_home),
    VISITOR: ("home/visitor.html", dashboards.visitor_home),
}
MANAGERS = ("home/manager.html", dashboards.manager_home)
# What a home is made of; general staff's is their own schedule, inbox and reviews.
COUNTED = (
    "dashboard", "schedule", "notifications", "unread_count", "my_reviews", "review_figures", "paper_figures",
    "own_papers",
)  # fmt: skip
COMING = 14  # shifts on a person's page


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the frame. Outside an organisation, as on a bare error page, it asks nobody who is there."""
    theme, density = request.COOKIES.get("theme", ""), request.COOKIES.get("density", "")
    frame: dict[str, Any] = {
        "theme": theme if theme in THEMES else "",
        "density": density if density in DENSITIES else "",
    }
    # Asking who is there is a query: outside an organisation it finds nobody, in a broken transaction it fails.
    may_ask = tenancy.current() is not None and not connection.needs_rollback and hasattr(request, "user")
    if may_ask and isinstance(request.user, Person):
        frame["shell"] = Shell(request.user, request.path)
        frame["visit"] = getattr(request, "visit", None)
    return frame


@require_safe
@login_required
@cached_page(*COUNTED)
def home(request: HttpRequest) -> HttpResponse:
    """The page that each role comes to."""
    person = request.user
    assert isinstance(person, Person)  # noqa: S101  # @login_required has seen to it
    template, selector = HOMES.get(dashboards.column(person), MANAGERS)
    return render(request, template, {"home": selector(person, now=timezone.now())})


@require_safe
@login_required
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person, as far as the table lets the viewer see them, with the promised shifts that lie ahead."""
    viewer = request.user
    assert isinstance(viewer, Person)  # noqa: S101  # @login_required has seen to it
    found = get_object_or_404(with_protection(Person.objects.visible_to(viewer).with_places()), pk=pk)
    context: dict[str, Any] = {"page": person_page(found, viewer=viewer)}
    if found == viewer or may(viewer, "see_rosters"):
        context["shifts"] = schedule.upcoming(found, now=timezone.now(), limit=COMING)
    if found != viewer and may(viewer, "end_sessions"):
        context["access"] = {"has_second_step": found.has_second_step}
    if may_read_reviews(viewer, found):
        context["reviews_url"] = reverse("person-reviews", args=[pk])
    return render(request, "staff/person.html", context)


class StatsSerializer(serializers.Serializer[Any]):
    """Whose numbers these are, and the numbers by name; hours are decimal."""

    role = serializers.ChoiceField(choices=[(name, name) for name in dashboards.NUMBERS])
    numbers = serializers.DictField(child=serializers.FloatField())


class DashboardStats(APIView):
    """The numbers of one's home."""

    @extend_schema(responses=StatsSerializer)
    @cached_answer(*COUNTED)
    def get(self, request: Request) -> bytes:
        """The numbers of the signed-in person's role, as their home shows them."""
        person = request.user
        assert isinstance(person, Person)  # noqa: S101  # for mypy: IsAuthenticated has seen to it
        stats = dashboards.stats_of(dashboards.facts_for_numbers(person, now=timezone.now()))
        numbers = {stat.name: stat.number for stat in stats}
        return JSONRenderer().render(StatsSerializer({"role": dashboards.column(person), "numbers": numbers}).data)


dashboard_stats = DashboardStats.as_view()
