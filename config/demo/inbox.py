"""A few messages in the inboxes of the demo's logins: some read, some waiting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from notifications.kinds import Kind
from notifications.models import Notification
from reviews.models import Review, in_words
from roster.models import Publication
from roster.times import week_label
from staff.models import Person

# (hours ago, read, kind, title, body)
EVERYBODY = (
    (3, False, Kind.ANNOUNCEMENT, "Cold room: two people, always", "Compliance asks everybody to keep to it."),
    (30, True, Kind.GENERAL, "The canteen opens at 12:00 from today", "Half an hour earlier than before."),
    (170, True, Kind.SECURITY, "New sign-in on an Android phone", "If it was not you, change your password."),
)


def fill(people: list[Person], now: datetime) -> int:
    """Write the messages of these people, unless somebody has an inbox already; return how many."""
    if Notification.objects.filter(person__in=people).exists():
        return 0
    rows = [row for person in people for row in _messages(person, now)]
    rows.sort(key=lambda row: row.created_at)
    return len(Notification.objects.bulk_create(rows))


def _messages(person: Person, now: datetime) -> Iterator[Notification]:
    for hours, read, kind, title, body in EVERYBODY:
        at = now - timedelta(hours=hours)
        yield _message(person, at, kind, title, body, read=read)
    team = {"roster__branch": person.branch_id, "roster__department": person.department_id}
    told = Publication.objects.filter(**team, roster__sub_department=person.sub_department_id)
    for number, publication in enumerate(told.select_related("roster").order_by("-roster__week_start")[:3]):
        week = publication.roster.week_start
        title = f"Your shifts of {week_label(week)} are published"
        url = f"/schedule/?week={week}"
        yield _message(person, publication.at, Kind.ROSTER_PUBLISHED, title, "", url=url, read=number > 0)
    for review in Review.objects.submitted().filter(person=person).select_related("reviewer")[:2]:
        assert review.submitted_at and review.overall  # noqa: S101, PT018  # for mypy: submitted, so it is scored
        title = f"Your review of {week_label(review.week_start)}: {review.overall}, {in_words(review.overall)}"
        body = f"By {review.reviewer.full_name}. Read it, and say that you have."
        is_read = review.acknowledged_at is not None
        at, url = review.submitted_at, f"/reviews/{review.pk}"
        yield _message(person, at, Kind.REVIEW, title, body, url=url, read=is_read)


def _message(
    person: Person, at: datetime, kind: Kind, title: str, body: str, *, read: bool, url: str = ""
) -> Notification:
    read_at = at + timedelta(hours=1) if read else None
    return Notification(person=person, kind=kind, title=title, body=body, url=url, created_at=at, read_at=read_at)
