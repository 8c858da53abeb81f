"""The access log: whoever opens another person's papers or salary leaves a row."""

from __future__ import annotations

from django.utils import timezone

from staff.models import AccessEntry, Person


def opened(person: Person, what: str, *, by: Person) -> None:
    """Write down that `by` has opened something of this person; one's own things are nobody's business."""
    if person.pk != by.pk:
        AccessEntry.objects.create(person=person, what=what, by=by, at=timezone.now())
