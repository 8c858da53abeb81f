"""Asking people for documents, and what every role category must have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from config.caching import touch
from config.errors import Refused, refusing
from staff.documents.kinds import REQUIRED, DocumentKind
from staff.models import DocumentRequest, Person, RequiredDocument
from staff.models.papers import LONGEST_MESSAGE
from staff.services.fitness import UNPRINTABLE, refuse_erased, refuse_faults
from staff.services.papers import require_keeper

BATCH = 1000
A_YEAR = timedelta(days=366)


def ask_for(
    people: Iterable[Person], kind: DocumentKind, *, due_on: date, message: str = "", by: Person
) -> list[DocumentRequest]:
    """Ask these people for a document; whoever is asked for it already stays asked. Returns the new requests.

    Human Resource only. Raises Invalid for a day that has passed and a message that does not fit. Whoever calls this
    tells the people: documents.services.
    """
    require_keeper(by)
    message = message.strip()
    refuse_faults(_faults(due_on, message))
    people = list(people)
    for person in people:
        refuse_erased(person)
    now = timezone.now()
    waiting = set(DocumentRequest.objects.open().filter(kind=kind, person__in=people).values_list("person", flat=True))
    fresh = [
        DocumentRequest(person=person, kind=kind, due_on=due_on, message=message, asked_by=by, asked_at=now)
        for person in people
        if person.pk not in waiting
    ]
    with refusing({"document_request_open_once": "Somebody else is just asking for the same; look again."}):
        DocumentRequest.objects.bulk_create(fresh, batch_size=BATCH)
    touch("staff.DocumentRequest", person_id=[request.person_id for request in fresh])
    return fresh


def withdraw_request(request: DocumentRequest, *, by: Person) -> None:
    """Ask no more. Human Resource only; raises Refused for a request that is answered."""
    require_keeper(by)
    if request.answered_at:
        raise Refused("This was answered already.")
    if request.withdrawn_at is None:
        request.withdrawn_at = timezone.now()
        request.save(update_fields=["withdrawn_at"])


def withdraw_requests(requests: QuerySet[DocumentRequest], *, by: Person) -> int:
    """Ask no more for those of the requests that still wait; returns how many. Human Resource only."""
    require_keeper(by)
    waiting = list(requests.open().select_for_update(of=("self",)).values_list("pk", "person_id"))  # type: ignore[attr-defined]
    DocumentRequest.objects.filter(pk__in=[pk for pk, _ in waiting]).update(withdrawn_at=timezone.now())
    touch("staff.DocumentRequest", person_id=[person for _, person in waiting])
    return len(waiting)


def require_documents(values: Mapping[str, Any], *, by: Person) -> RequiredDocument:
    """Require a kind of document of a role category; Human Resource only."""
    return change_required(RequiredDocument(), values, by=by)


def change_required(row: RequiredDocument, values: Mapping[str, Any], *, by: Person) -> RequiredDocument:
    """Change what is required, or require it no more; Human Resource only."""
    require_keeper(by)
    for name, value in values.items():
        setattr(row, name, value)
    with refusing({"required_document_once": "There is a row for this category and document already."}):
        row.save()
    return row


def add_required_defaults() -> None:
    """Give the entered organisation its first requirements; what is there already stays."""
    if not RequiredDocument.objects.exists():
        RequiredDocument.objects.bulk_create(
            RequiredDocument(category=category, kind=kind) for category, kinds in REQUIRED.items() for kind in kinds
        )
        touch("staff.RequiredDocument")


def _faults(due_on: date, message: str) -> dict[str, str]:
    faults = {}
    today = timezone.localdate()
    if not today <= due_on <= today + A_YEAR:
        faults["due_on"] = "The due day lies between today and a year from now."
    if len(message) > LONGEST_MESSAGE:
        faults["message"] = f"The message has at most {LONGEST_MESSAGE} characters."
    elif UNPRINTABLE.search(message):
        faults["message"] = "The message contains a character that cannot be shown; write it in one line."
    return faults
