"""What monitoring keeps about people. Its tables belong to no organisation, so no key of theirs leads to a person."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from config.personal import About
from staff.selectors.privacy import names_of


def _taken_on_by(person: Any) -> Q:
    """By name, the only thing that the row has of them; of namesakes of one organisation it becomes nobody's."""
    return Q(acknowledged_in=person.organisation_id, acknowledged_by__in=names_of(person))


ABOUT = (
    About(
        model="monitoring.Alert",
        title="Alerts taken on",
        reason="That somebody took an alert on stays; their name in it does not.",
        blanked={"acknowledged_by": "(erased)"},
        where=_taken_on_by,
    ),
)
