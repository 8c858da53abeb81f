"""What people see of their notifications, and operators of the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Min, Q
from django.urls import reverse

from config import keyset
from config.caching import cached
from notifications.kinds import ICONS, Kind
from notifications.models import PENDING, Notification, NotificationQuerySet, OutboxMessage
from staff.models import Organisation, Person

ALL, UNREAD = "all", "unread"
PAGE = 30


@dataclass(frozen=True, slots=True)
class Note:
    """One notification as it is kept; `created_at` in UTC."""

    id: int
    kind: Kind
    title: str
    body: str
    url: str
    created_at: datetime
    is_unread: bool


@dataclass(frozen=True, slots=True)
class Notes:
    """One page of a person's notifications, and the cursor of what follows."""

    rows: tuple[Note, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One notification as its person sees it; `created` is in their zone."""

    id: int
    title: str
    body: str
    url: str
    icon: str
    created: datetime
    created_label: str
    is_unread: bool
    read_url: str


@dataclass(frozen=True, slots=True)
class Day:
    """The notifications of one local day."""

    label: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Centre:
    """One page of the inbox, newest first."""

    items: tuple[Item, ...]
    groups: tuple[Day, ...]
    next_url: str
    tab: str
    unread: int
    mark_all_url: str


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How an organisation's outbox stands; `oldest` is when the longest waiting message became due."""

    waiting: int
    later: int
    delivered: int
    dead: int
    expired: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How the outboxes of all organisations together stand; the oldest is None where nothing waits."""

    waiting: int
    oldest_seconds: float | None
    dead: int


@cached("unread_count")
def unread_count(person: Person) -> int:
    """The number on the bell."""
    return Notification.objects.visible_to(person).unread().count()


def centre(person: Person, *, tab: str, after: str, now: datetime) -> Centre:
    """A page of the person's inbox. Raises Invalid for a cursor that is not one of its own."""
    tab = tab if tab == UNREAD else ALL
    page = notes(person, only_unread=tab == UNREAD, cursor=after)
    zone = zone_of(person)
    items = tuple(_item(note, zone, now) for note in page.rows)
    return Centre(
        items=items,
        groups=_by_day(items, now.astimezone(zone).date()),
        next_url=_next_url(tab, page.next),
        tab=tab,
        unread=unread_count(person),
        mark_all_url=reverse("notifications-read-all"),
    )


@cached("notifications")
def notes(person: Person, *, only_unread: bool, cursor: str) -> Notes:
    """A page of the person's notifications, newest first. Raises Invalid for a cursor that is not one of its own."""
    page = keyset.page(inbox(person, only_unread=only_unread), order=("-id",), after=cursor, size=PAGE)
    rows = (
        Note(row.pk, Kind(row.kind), row.title, row.body, row.url, row.created_at, row.is_unread) for row in page.rows
    )
    return Notes(tuple(rows), page.next)


def inbox(person: Person, *, only_unread: bool) -> NotificationQuerySet:
    """The person's notifications, or what of them is unread."""
    own = Notification.objects.visible_to(person)
    return own.unread() if only_unread else own


def zone_of(person: Person) -> ZoneInfo:
    """The zone in which the person lives: their branch's, else the organisation's."""
    if person.branch:
        return person.branch.zone
    return ZoneInfo(Organisation.objects.values_list("timezone", flat=True).get(pk=person.organisation_id))


def outbox_counts(now: datetime) -> OutboxCounts:
    """How the current organisation's outbox stands."""
    pending = Q(**PENDING)
    counts = OutboxMessage.objects.aggregate(
        waiting=Count("id", filter=pending & Q(due_at__lte=now)),
        later=Count("id", filter=pending & Q(due_at__gt=now)),
        delivered=Count("id", filter=Q(delivered_at__isnull=False)),
        dead=Count("id", filter=Q(dead_at__isnull=False)),
        expired=Count("id", filter=Q(expired_at__isnull=False)),
        oldest=Min("due_at", filter=pending & Q(due_at__lte=now)),
    )
    return OutboxCounts(**counts)


def outbox_backlog(now: datetime) -> Backlog:
    """How the outboxes of all active organisations together stand. One query; tells numbers, never a message."""
    rows = _backlogs(now)
    oldest = min((since for _, _, since, _ in rows if since is not None), default=None)
    return Backlog(
        waiting=sum(waiting for _, waiting, _, _ in rows),
        oldest_seconds=None if oldest is None else (now - oldest).total_seconds(),
        dead=sum(dead for _, _, _, dead in rows),
    )


def organisations_that_wait(now: datetime) -> list[int]:
    """The organisations whose outbox holds something that is due. One query."""
    return [pk for pk, waiting, _, _ in _backlogs(now) if waiting]


def _backlogs(now: datetime) -> list[tuple[int, int, datetime | None, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM outbox_backlogs(%s)", [now])
        return cursor.fetchall()


def _item(note: Note, zone: ZoneInfo, now: datetime) -> Item:
    created = note.created_at.astimezone(zone)
    return Item(
        id=note.id,
        title=note.title,
        body=note.body,
        url=note.url,
        icon=ICONS[note.kind],
        created=created,
        created_label=moment_label(created, now.astimezone(zone)),
        is_unread=note.is_unread,
        read_url=reverse("notifications-read", args=[note.id]),
    )


def moment_label(then: datetime, now: datetime) -> str:
    """When it was, both in one zone: "just now", "12 min ago", and from an hour on the time of day, under its day."""
    minutes = int((now - then).total_seconds()) // 60
    if minutes < 1:
        return "just now"
    return f"{minutes} min ago" if minutes < 60 else f"{then:%H:%M}"


def _by_day(items: Iterable[Item], today: date) -> tuple[Day, ...]:
    days = groupby(items, key=lambda item: item.created.date())
    return tuple(Day(day_label(day, today), tuple(group)) for day, group in days)


def day_label(day: date, today: date) -> str:
    """A day as a heading: "Today", "Yesterday", "Monday 16 November", with the year where it is another."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return f"{day:%A} {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")


def _next_url(tab: str, cursor: str | None) -> str:
    if cursor is None:
        return ""
    where = {"tab": tab} if tab == UNREAD else {}
    return "?" + urlencode({**where, "cursor": cursor})
