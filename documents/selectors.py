"""What was asked of many people at once: rows of one moment, by one person, for one kind."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from staff.models import DocumentRequest

TOGETHER = ("asked_at", "kind", "asked_by")
COUNTS = {
    "people": Q(),
    "answered": Q(answered_at__isnull=False),
    "withdrawn": Q(withdrawn_at__isnull=False),
}


def askings() -> QuerySet[DocumentRequest]:
    """Each asking by its first request, with how many people it reached, answered it, and are asked no more."""
    others = DocumentRequest.objects.order_by().filter(**{name: OuterRef(name) for name in TOGETHER})
    # Grouped, not asked row by row whether an earlier one is there: the table holds a row for each person asked.
    firsts = DocumentRequest.objects.order_by().values(*TOGETHER).annotate(first=Min("pk")).values("first")
    return (
        DocumentRequest.objects.filter(pk__in=firsts)
        .select_related("asked_by")
        .annotate(**{name: _number(others, condition) for name, condition in COUNTS.items()})
    )


def asked_together(request: DocumentRequest) -> QuerySet[DocumentRequest]:
    """All requests of the asking to which this one belongs."""
    return DocumentRequest.objects.filter(**{name: getattr(request, name) for name in TOGETHER})


def unanswered(request: DocumentRequest) -> QuerySet[DocumentRequest]:
    """Those who work here and have not answered its asking, with the people and where they work, by name."""
    waiting = asked_together(request).open().filter(person__is_active=True)  # type: ignore[attr-defined]  # of its queryset
    return waiting.select_related("person__role", "person__branch", "person__department").order_by(
        "person__last_name", "person__first_name", "pk"
    )


def _number(rows: QuerySet[Any], condition: Q) -> Coalesce:
    """How many rows of a subquery fulfil it; all of them agree in the kind."""
    counted = rows.values("kind").annotate(number=Count("pk", filter=condition)).values("number")
    return Coalesce(Subquery(counted), 0)
