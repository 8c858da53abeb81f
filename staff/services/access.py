"""The access log: the one way in which a sensitive read is written down."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from config import tenancy
from staff.models import AccessEntry, AuditKind, Person
from staff.services import audit

# As long as the columns of both logs: a look that cannot be written down whole is written down in short.
LONGEST_WHAT, LONGEST_ABOUT = 100, 60
BATCH = 1000


def opened(person: Person, what: str, *, by: Person) -> None:
    """Write down that somebody opens another person's salary or papers, in the access log that their page shows and in
    the audit log; opening one's own is nobody's business. `what` is in words: "Passport, the file"."""
    if person.pk != by.pk:
        AccessEntry.objects.create(person=person, what=what[:LONGEST_WHAT], by=by, at=timezone.now())
        audit.record(AuditKind.READ, about=what[:LONGEST_ABOUT], person=person.pk)


def opened_many(people: Iterable[int], what: str, *, by: Person) -> None:
    """Write down that somebody took the same of many people with them. The audit log has one entry for all of it, which
    the caller writes: the one of the export."""
    now = timezone.now()
    entries = (AccessEntry(person_id=pk, what=what[:LONGEST_WHAT], by=by, at=now) for pk in people if pk != by.pk)
    AccessEntry.objects.bulk_create(tenancy.owned_in_bulk(entries), batch_size=BATCH)
