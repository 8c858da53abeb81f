"""Security events as a list: entries of the audit log and rows of their own, in one order, as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.urls import reverse

from config.errors import Invalid
from staff.auditing.words import lines
from staff.models import AuditEntry, Person, SecurityEvent, SecurityKind
from staff.security.kinds import KIND_OF_ENTRY, KINDS, WHOM

PAGE = 50
SALT = "security-events"
# Of two at the same moment the audit log's come first.
LOG, OWN = 0, 1
ATTACKS = {"database": "the database", "script": "a browser", "file": "files", "program": "the server’s programs"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for; None and "" ask for nothing. `since` is a moment."""

    kind: str = ""
    person: int | None = None
    address: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One security event; `at` is by the reader's clock, `url` the entry of the audit log behind it, if any."""

    id: str
    at: datetime
    kind: str
    label: str
    level: str
    points: int
    sentence: str
    person_id: int | None
    person: str
    address: str
    url: str


@dataclass(frozen=True, slots=True)
class Events:
    """A page of events, newest first, and the cursor of what follows."""

    rows: tuple[Event, ...]
    next: str | None


def in_log(reader: Person) -> QuerySet[Any]:
    """The audit log's security events for who reads it, each with its kind (`event`) and `whom` it concerns."""
    entries = AuditEntry.objects.visible_to(reader).of_security()
    judged = entries.annotate(event=KIND_OF_ENTRY, whom=WHOM)
    return judged.exclude(event=None).order_by()


def events(reader: Person, asked: Asked, *, after: str = "", size: int = PAGE) -> Events:
    """A page of what is asked for. Raises Invalid for a cursor that is not ours."""
    place = _read(after) if after else None
    entries, rows = in_log(reader), SecurityEvent.objects.visible_to(reader).order_by()
    if asked.kind:
        entries, rows = entries.filter(event=asked.kind), rows.filter(kind=asked.kind)
    if asked.person is not None:
        entries, rows = entries.filter(whom=asked.person), rows.filter(person=asked.person)
    if asked.address:
        entries, rows = entries.filter(address=asked.address), rows.filter(address=asked.address)
    if asked.since:
        entries, rows = entries.filter(at__gt=asked.since), rows.filter(at__gt=asked.since)
    found = [*_first(entries, LOG, place, size), *_first(rows.select_related("person"), OWN, place, size)]
    found.sort(key=lambda each: (-each[1].at.timestamp(), each[0], -each[1].pk))
    shown = found[:size]
    more = len(found) > size
    return Events(tuple(_in_words(shown, reader)), _cursor(shown[-1]) if more else None)


Place = tuple[datetime, int, int]
Found = tuple[int, AuditEntry | SecurityEvent]


def _first(
    rows: QuerySet[AuditEntry] | QuerySet[SecurityEvent], source: int, place: Place | None, size: int
) -> list[Found]:
    """What comes next of one source, and one more."""
    if place:
        at, last, pk = place
        beyond = Q(at__lt=at)
        if source > last:
            beyond |= Q(at=at)
        elif source == last:
            beyond |= Q(at=at, pk__lt=pk)
        rows = rows.filter(Q(at__lte=at) & beyond)
    return [(source, row) for row in rows.order_by("-at", "-id")[: size + 1]]


def _in_words(found: list[Found], reader: Person) -> Iterator[Event]:
    entries = [row for _, row in found if isinstance(row, AuditEntry)]
    said = {line.id: line for line in lines(entries, reader=reader)}
    for _, row in found:
        if isinstance(row, AuditEntry):
            line, kind = said[row.pk], SecurityKind(row.event)  # type: ignore[attr-defined]  # annotated
            is_about = line.person_id is not None and row.whom == line.person_id  # type: ignore[attr-defined]
            who = (line.person_id, line.person) if is_about else (line.actor_id, line.actor)
            url = reverse("admin:staff_auditentry_change", args=[row.pk])
            yield _event(f"log-{row.pk}", row, kind, line.sentence, who, url, reader)
        else:
            who = (row.person_id, row.person.full_name)
            yield _event(f"own-{row.pk}", row, SecurityKind(row.kind), _sentence(row), who, "", reader)


def _event(
    pk: str,
    row: AuditEntry | SecurityEvent,
    kind: SecurityKind,
    sentence: str,
    who: tuple[int | None, str],
    url: str,
    reader: Person,
) -> Event:
    judged = KINDS[kind]
    at = row.at.astimezone(reader.home_zone)
    return Event(pk, at, kind.value, str(kind.label), judged.level, judged.points, sentence, *who, row.address, url)


def _sentence(row: SecurityEvent) -> str:
    where = f", last at {row.route}" if row.route else ""
    if row.kind == SecurityKind.INJECTION:
        aim = ATTACKS.get(row.what, "the product")
        return f"A request of {row.person} carried what looks like an attack on {aim}, at {row.route or 'no page'}."
    if row.kind == SecurityKind.PROBE_BURST:
        return f"{row.person} asked for many things within 5 minutes that do not exist for them{where}."
    return f"{row.person} was refused many times within 5 minutes{where}."


def since_days(text: str, *, now: datetime) -> datetime | None:
    """The beginning of the last so many days as somebody typed their number; all there is for anything else."""
    return now - timedelta(days=int(text)) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _cursor(last: Found) -> str:
    source, row = last
    return signing.dumps([row.at.isoformat(), source, row.pk], salt=SALT)


def _read(cursor: str) -> Place:
    try:
        at, source, pk = signing.loads(cursor, salt=SALT)
    except signing.BadSignature as error:
        sentence = "This place in the list is not known; start again from the first page."
        raise Invalid(sentence, fields={"cursor": sentence}) from error
    return datetime.fromisoformat(at), source, pk
