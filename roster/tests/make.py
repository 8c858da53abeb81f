"""Plain functions that make rosters and shifts."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from roster import services
from roster.entry import read_hours
from roster.models import Roster, Shift, WorkRule
from roster.rules import WARN
from roster.times import week_of
from staff.models import Person
from staff.tests.make import Cast


def next_monday() -> date:
    """The Monday of the week that planners work on."""
    return week_of(timezone.now().date()) + timedelta(days=7)


def make_roster(cast: Cast, week: date | None = None, *, by: Person | None = None) -> Roster:
    """The roster of the floor manager's team."""
    return services.open_roster(cast.bodija, cast.supermarket, None, week or next_monday(), by=by or cast.floor_manager)


def make_shift(
    roster: Roster, hours: str = "9-17", *, by: Person, person: Person | None = None, day: int = 0, note: str = ""
) -> Shift:
    """A shift of the roster's week; `day` counts from its first day."""
    new = services.NewShift(roster.week_start + timedelta(days=day), read_hours(hours), person=person, note=note)
    return services.add_shift(roster, new, by=by).shift


def make_rule(kind: str, limit: float, level: str = WARN) -> WorkRule:
    return WorkRule.objects.create(kind=kind, level=level, limit=limit)
