"""May this user plan here? The one question that every planning verb asks first."""

from __future__ import annotations

from config.errors import Forbidden
from staff.models import Person
from staff.roles import Place, may, reach_of


def require_planning(by: Person, place: Place) -> None:
    """Raise Forbidden unless the user plans rosters at this branch and department."""
    if not may(by, "plan_rosters"):
        raise Forbidden("Your role reads rosters but does not plan them.")
    if not reach_of(by).covers(place):
        raise Forbidden("This roster belongs to a team that you do not plan.")
