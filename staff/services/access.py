"""The access log: the one way in which a sensitive read is written down."""

from __future__ import annotations

from django.utils import timezone

from staff.models import AccessEntry, AuditKind, Person
from staff.services import audit


def opened(person: Person, what: str, *, by: Person) -> None:
    """Write down that somebody opens another person's salary or papers, in the access log that their page shows and in
    the audit log; opening one's own is nobody's business. `what` is in words: "Passport, the file"."""
    if person.pk != by.pk:
        AccessEntry.objects.create(person=person, what=what, by=by, at=timezone.now())
        audit.record(AuditKind.READ, about=what, person=person.pk)
