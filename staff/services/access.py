"""The access log: the one way in which a sensitive read is written down."""

from __future__ import annotations

from django.utils import timezone

from staff.models import AccessEntry, Opened, Person


def opened(person: Person, what: Opened, *, by: Person) -> None:
    """Write down that somebody opens another person's salary or papers; opening one's own is nobody's business."""
    if person.pk != by.pk:
        AccessEntry.objects.create(person=person, what=what, by=by, at=timezone.now())
