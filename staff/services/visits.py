"""Visits: an operator looks into another organisation for an hour at most, reads what everybody there may read, and
leaves a row, two entries of the audit log and a notice to Human Resource behind."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from config import tenancy
from config.errors import Invalid, Refused
from staff.models import Person, Visit
from staff.roles import Duty
from staff.services.fitness import fit_text
from staff.services.operating import as_operator, entered, require_operator
from staff.services.telling import tell

LONGEST = timedelta(hours=1)
LONGEST_REASON = 300


def begin_visit(organisation_id: int, *, by: Person, reason: str, now: datetime) -> Visit:
    """Begin a visit, and tell Human Resource there.

    Raises Forbidden for whoever is no operator, Invalid without a reason, Refused for one's own organisation and for a
    suspended one, where nobody could be told.
    """
    require_operator(by)
    if organisation_id == by.organisation_id:
        raise Refused("You are in this organisation already: there is nothing to visit.")
    reason = fit_text(reason, "reason", LONGEST_REASON)
    if not reason:
        sentence = "Say why: the organisation that you visit reads it."
        raise Invalid(sentence, fields={"reason": sentence})
    with entered(organisation_id, by=by) as organisation:
        if organisation.suspended_at:
            raise Refused("It is suspended: let its people in again before you visit it.")
        visit = Visit.objects.create(
            operator_id=by.pk, operator_name=by.full_name, reason=reason, begun_at=now, ends_at=now + LONGEST
        )
        _tell(visit)
    return visit


def end_visit(organisation_id: int, pk: int, *, by: Person, now: datetime) -> None:
    """End an operator's visit. Without effect where it has ended; whoever has stopped being an operator may, too."""
    with as_operator(by), tenancy.organisation(organisation_id):
        Visit.objects.filter(pk=pk, operator_id=by.pk).going_on(now).update(ended_at=now)


def end_overdue(organisation_id: int) -> int:
    """Write down the end of visits whose hour is over; returns how many."""
    with tenancy.organisation(organisation_id):
        late = Visit.objects.over(timezone.now())
        return sum(Visit.objects.filter(pk=row.pk, ended_at=None).update(ended_at=row.ends_at) for row in late)


def _tell(visit: Visit) -> None:
    title = f"{visit.operator_name}, who runs this installation, visits your organisation"
    body = f"For an hour at most, to read only. The reason given: {visit.reason}"
    for pk in Person.objects.active().filter(role__duty=Duty.PEOPLE).values_list("pk", flat=True):
        tell(pk, "security", key=f"visit:{visit.pk}:{pk}", title=title, body=body)
