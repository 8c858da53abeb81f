"""Asking people for documents, and reminding them of those that expire: what staff keeps, told by notifications."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from config import tenancy
from documents.selectors import asked_together
from notifications.kinds import Kind
from notifications.services import Message, tell
from staff.documents.kinds import DocumentKind
from staff.models import Document, DocumentRequest, Person
from staff.services.requests import ask_for, withdraw_requests

# Days ahead. Each document is told of once in each step; one that comes late to a step is told of at once.
STEPS = (1, 7, 30, 60)


def request_documents(
    people: Iterable[Person], kind: DocumentKind, *, due_on: date, message: str = "", by: Person
) -> int:
    """Ask many people for a document, and tell each of them; returns how many are newly asked.

    Raises what `ask_for` raises: Forbidden, Invalid with a sentence per field.
    """
    fresh = ask_for(people, kind, due_on=due_on, message=message, by=by)
    tell(_request(each) for each in fresh)
    return len(fresh)


def cancel_requests(request: DocumentRequest, *, by: Person) -> int:
    """Ask no more those who were asked together with this one and have not answered; returns how many."""
    return withdraw_requests(asked_together(request), by=by)


def remind_of_expiry(organisation: int, today: date | None = None) -> int:
    """Tell the people of one organisation whose documents expire within 60 days; returns how many are new.

    The key names the document, its last day and the step: a job that runs twice tells once, and a corrected day is
    told of again. A document that was renewed is not spoken of.
    """
    today = today or timezone.localdate()
    with tenancy.organisation(organisation):
        return tell([_reminder(document, today) for document in _expiring(today)])


def _expiring(today: date) -> QuerySet[Document]:
    here = Person.objects.employed(today).filter(is_active=True)
    standing = Document.objects.filter(person__in=here.order_by().values("pk")).standing()
    ends = (today, today + timedelta(days=STEPS[-1]))
    return Document.objects.filter(pk__in=standing.values("pk"), expires_on__range=ends)


def _reminder(document: Document, today: date) -> Message:
    assert document.expires_on  # noqa: S101  # for mypy: asked for by its last day
    left = (document.expires_on - today).days
    step = next(days for days in STEPS if left <= days)
    when = {0: "today", 1: "tomorrow"}.get(left, f"in {left} days")
    return Message(
        person_id=document.person_id,
        kind=Kind.DOCUMENT_EXPIRY,
        key=f"document_expiry:{document.pk}:{document.expires_on}:{step}",
        title=f"{document.get_kind_display()}: expires {when}",
        body=f"Its last day is {document.expires_on:%-d %B %Y}. Hand in the new one as soon as you have it.",
        url=reverse("own-documents"),
    )


def _request(request: DocumentRequest) -> Message:
    said = f" {request.message}" if request.message else ""
    return Message(
        person_id=request.person_id,
        kind=Kind.GENERAL,
        key=f"document_request:{request.pk}",
        title=f"Please hand in: {request.get_kind_display()}",
        body=f"Until {request.due_on:%-d %B %Y}.{said}",
        url=f"{reverse('own-documents')}?kind={request.kind}",
    )
