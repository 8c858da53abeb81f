"""My schedule: one's own published week, for everybody who is signed in."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from config.caching import cached_page
from config.errors import Invalid
from roster.selectors.schedule import calendar_of
from roster.selectors.schedule import my_schedule as schedule_of
from roster.times import read_day
from staff.models import Person


@require_safe
@login_required
@cached_page("schedule")
def my_schedule(request: HttpRequest) -> HttpResponse:
    """The week of `?week=`, else the present one; for htmx only the part that changes."""
    person, now = request.user, timezone.now()
    assert isinstance(person, Person)  # noqa: S101  # @login_required has seen to it
    schedule = schedule_of(person, _day(request, person, now), now=now)
    is_piece = request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers
    template = "roster/_my_schedule_piece.html" if is_piece else "roster/my_schedule.html"
    response = render(request, template, {"schedule": schedule})
    # The address is the same for both: going back must not bring the piece without its page.
    patch_vary_headers(response, ["HX-Request"])
    return response


def _day(request: HttpRequest, person: Person, now: datetime) -> date:
    """The day that the address asks for; today, with a word about it, where that cannot be read."""
    today = calendar_of(person).today(now)
    asked = request.GET.get("week", "")
    if not asked:
        return today
    try:
        return read_day(asked)
    except Invalid:
        messages.warning(request, f"“{asked[:30]}” is not a date, so this is the present week.")
        return today
