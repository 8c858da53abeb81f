"""Shift reminders: half an hour before a promised shift begins, its person is told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from config import tenancy
from notifications.kinds import Kind
from notifications.services import Message, tell
from roster.models import Assignment

# A minute's check that looks ten minutes wide: a beat that was away for less than that misses nobody.
SOONEST, LATEST = timedelta(minutes=25), timedelta(minutes=35)


def remind_of_shifts(organisation: int, now: datetime | None = None) -> int:
    """Tell people of one organisation whose shift starts in 25 to 35 minutes; returns how many are new.

    The key names the assignment and its start: two beats tell it once, and a shift that was moved is told again.
    """
    now = now or timezone.now()
    with tenancy.organisation(organisation):
        # The latest start belongs to the window, as the soonest does.
        soon = Assignment.objects.promised_between(now + SOONEST, now + LATEST + timedelta(microseconds=1))
        places = ("shift__branch", "shift__department", "shift__sub_department", "shift__roster")
        return tell([_reminder(each) for each in soon.select_related(*places)])


def _reminder(assignment: Assignment) -> Message:
    shift = assignment.shift
    starts_at, ends_at = assignment.published_starts_at, assignment.published_ends_at
    assert starts_at and ends_at  # noqa: S101, PT018  (both or neither, by a check constraint)
    starts, ends = starts_at.astimezone(shift.branch.zone), ends_at.astimezone(shift.branch.zone)
    role = f", as {assignment.published_role}" if assignment.published_role else ""
    return Message(
        person_id=assignment.person_id,
        kind=Kind.SHIFT_REMINDER,
        key=f"shift_reminder:{assignment.pk}:{starts_at.astimezone(UTC).isoformat()}",
        title=f"Your shift starts at {starts:%H:%M}",
        body=f"{shift.branch.name}, {(shift.sub_department or shift.department).name}{role}, until {ends:%H:%M}",
        url=f"/schedule/?week={shift.roster.week_start:%Y-%m-%d}",
        # After an outage nobody wants to hear of a shift that has begun.
        expires_at=starts_at,
    )
