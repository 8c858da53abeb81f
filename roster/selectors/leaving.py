"""What somebody's leaving means for the rosters: the shifts that would become open."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from roster.models import Assignment
from roster.models.planning import AssignmentQuerySet
from staff.models import Person


def shifts_ahead(person: Person, *, since: date | None, now: datetime) -> AssignmentQuerySet:
    """What the person holds or was promised of shifts that have not begun; from the day `since` on, if it is said."""
    held = Q(removed_at=None) | Q(published_starts_at__isnull=False)
    rows = Assignment.objects.of(person).filter(held, shift__starts_at__gt=now, shift__cancelled_at=None)
    rows = rows.filter(shift__date__gte=since) if since else rows
    return rows.select_related("shift__branch", "shift__roster")


def shifts_that_open(person: Person, *, since: date | None) -> str:
    """The sentence for whoever is about to end somebody's employment."""
    count = shifts_ahead(person, since=since, now=timezone.now()).active().count()
    if not count:
        return "No shift of theirs has to be filled again."
    if count == 1:
        return "Their 1 future shift becomes open, published or not, and its planners are told."
    return f"Their {count} future shifts become open, published ones too, and the planners are told."
