"""Somebody leaves: their shifts to come become open, those that were promised too, and the planners hear of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from config.caching import touch
from notifications.kinds import Kind
from notifications.services import Message, tell
from roster.models import Assignment, Shift
from roster.selectors.leaving import shifts_ahead
from roster.times import span_label
from staff.models import Person
from staff.roles import Reach, may, reach_of


def free_shifts_of(person: Person, *, since: date | None, by: Person) -> int:
    """Make every shift of the person open that has not begun, from the day `since` on; returns how many.

    What they were told does not wait for a publishing: it stops being so now. A shift that somebody else has been
    given in the plan already is only taken off this person's schedule.
    """
    with transaction.atomic():
        ahead = shifts_ahead(person, since=since, now=timezone.now()).order_by("pk")
        shifts = set(ahead.values_list("shift_id", flat=True))
        # Edits and publishing hold the shifts as well: what is freed is what stands once nobody else holds them.
        list(Shift.objects.select_for_update().filter(pk__in=shifts).order_by("pk"))
        freed = list(ahead.filter(shift__in=shifts))
        if not freed:
            return 0
        _take_back([each.pk for each in freed])
        planned = [each for each in freed if each.removed_at is None]
        Shift.objects.filter(pk__in={each.shift_id for each in planned}).update(
            version=F("version") + 1, changed_by=by, changed_at=timezone.now()
        )
        touch("roster.Assignment", person_id=[person.pk])
        touch("roster.Shift")
        # Colleagues stand on one another's shifts, and their copies follow publishing.
        touch("roster.Publication")
        _tell(person, freed, planned, by=by)
    return len(planned)


def _take_back(assignments: Sequence[int]) -> None:
    """A promise is kept on its row as history, without its times; a mere draft leaves no trace."""
    rows = Assignment.objects.filter(pk__in=assignments)
    rows.filter(published_at=None).delete()
    rows.update(published_starts_at=None, published_ends_at=None)
    rows.filter(removed_at=None).update(removed_at=timezone.now())


def _tell(person: Person, freed: Sequence[Assignment], planned: Sequence[Assignment], *, by: Person) -> None:
    key = f"leaving:{min(each.pk for each in freed)}"
    told = [each for each in freed if each.is_promised]
    messages = []
    if person.is_active and told:
        body = ". ".join(f"Cancelled: {_label(each)}" for each in told)
        title = f"{_shifts(told)} after your last working day: cancelled"
        messages.append(Message(person.pk, Kind.SCHEDULE_CHANGE, f"{key}:{person.pk}", title, body, "/schedule/"))
    for planner, own in _planners(planned, leaver=person, by=by):
        body = ". ".join(_label(each) for each in own)
        first = min(each.shift.roster.week_start for each in own)
        title = f"{person} leaves: {_shifts(own)} became open"
        url = f"/planner/?branch={own[0].shift.branch_id}&week={first:%Y-%m-%d}"
        messages.append(Message(planner.pk, Kind.SCHEDULE_CHANGE, f"{key}:{planner.pk}", title, body, url))
    tell(messages)


def _planners(
    planned: Sequence[Assignment], *, leaver: Person, by: Person
) -> Iterable[tuple[Person, list[Assignment]]]:
    """Who plans the teams concerned, each with the shifts that are theirs to fill again."""
    branches = {each.shift.branch_id for each in planned}
    people = Person.objects.active().filter(role__reach__in=[Reach.TEAM, Reach.BRANCH], branch__in=branches)
    for planner in people.exclude(pk__in=[leaver.pk, by.pk]).with_places():
        own = [each for each in planned if reach_of(planner).covers(each.shift)]
        if own and may(planner, "plan_rosters"):
            yield planner, own


def _label(assignment: Assignment) -> str:
    shift = assignment.shift
    return f"{shift.date:%a %-d %b} {span_label(shift.starts_at, shift.ends_at, shift.branch.zone)}"


def _shifts(assignments: Sequence[Assignment]) -> str:
    return "1 shift" if len(assignments) == 1 else f"{len(assignments)} shifts"
