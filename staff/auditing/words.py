"""Entries of the audit log as sentences: names for ids, labels for choices, times by the reader's clock.

“Halima Sule changed the role of Bola Ade from Cashier to Supervisor.” Whatever the page, names take one query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models

from config.auditing import AUDITED
from staff.models import AuditEntry, AuditKind, AuditOutcome, Person

PERSON, RECOVERY_CODE = "staff.Person", "staff.RecoveryCode"
NOTHING = "nothing"
FEW = 3  # fields that a sentence names


@dataclass(frozen=True, slots=True)
class Change:
    """One field, before and after, in words; empty where there was nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as people read it; `at` is by the reader's clock."""

    id: int
    at: datetime
    kind: str
    outcome: str
    sentence: str
    actor_id: int | None
    actor: str
    person_id: int | None
    person: str
    about: str
    about_id: int | None
    address: str
    agent: str
    request_id: str
    changes: tuple[Change, ...]


def lines(entries: Sequence[AuditEntry], *, reader: Person) -> list[Line]:
    """The entries in words, for somebody who may read them."""
    told = [_Told(entry, reader.home_zone) for entry in entries]
    names = _names(told)
    return [each.line(names) for each in told]


Names = Mapping[tuple[str, int], str]


class _Told:
    """One entry on its way into words."""

    def __init__(self, entry: AuditEntry, zone: ZoneInfo) -> None:
        self.entry, self.zone = entry, zone
        self.model = _model(entry.about)
        self.fields = {field.column: field for field in self.model._meta.concrete_fields} if self.model else {}
        order = {column: place for place, column in enumerate(self.fields)}
        here = {*(entry.before or {}), *(entry.after or {})}
        self.columns = sorted(here, key=lambda column: (order.get(column, len(order)), column))

    def wanted(self) -> Iterable[tuple[str, int | None]]:
        """Everything of which a name is needed, by label and id."""
        entry = self.entry
        yield PERSON, entry.actor_id
        yield PERSON, entry.person_id
        yield entry.about, entry.about_id
        for column in self.columns:
            target = self._target(column)
            for values in (entry.before, entry.after):
                value = (values or {}).get(column)
                if target and isinstance(value, int):
                    yield target, value

    def line(self, names: Names) -> Line:
        entry = self.entry
        changes = tuple(self._change(column, names) for column in self.columns) if self._is_of_a_row() else ()
        return Line(
            id=entry.pk,
            at=entry.at.astimezone(self.zone),
            kind=entry.kind,
            outcome=entry.outcome,
            sentence=SENTENCES[AuditKind(entry.kind)](self, names, changes),
            actor_id=entry.actor_id,
            actor=self.actor(names),
            person_id=entry.person_id,
            person=self.person(names),
            about=entry.about,
            about_id=entry.about_id,
            address=entry.address,
            agent=entry.agent,
            request_id=entry.request_id,
            changes=changes,
        )

    def actor(self, names: Names) -> str:
        """Who it was: a person, a job, a command, or somebody whom nobody knew yet."""
        entry = self.entry
        if entry.actor_id is not None:
            return names.get((PERSON, entry.actor_id), f"Person {entry.actor_id}")
        return f"The {entry.actor_name}" if entry.actor_name else "Somebody"

    def person(self, names: Names) -> str:
        """Whom it concerns, or nothing."""
        pk = self.entry.person_id
        return "" if pk is None else names.get((PERSON, pk), f"person {pk}")

    def subject(self, names: Names) -> str:
        """The row: “Bola Ade”, “the branch Bodija”, “the assignment of Kunle Ogundele”."""
        entry, whom = self.entry, self.person(names)
        if entry.about == PERSON:
            return whom
        said = names.get((entry.about, entry.about_id or 0), "") or (entry.after or entry.before or {}).get("name", "")
        words = f"the {_verbose(self.model, entry.about)} {said}".rstrip()
        return f"{words} of {whom}" if whom else words

    def things(self, names: Names) -> str:
        """What was opened or sent out: “the documents of Bola Ade”, “the staff report”."""
        name = self.model._meta.verbose_name_plural if self.model else self.entry.about
        return f"the {name} of {whom}" if (whom := self.person(names)) else f"the {name}"

    def detail(self, name: str) -> Any:
        """A figure that was recorded along."""
        return (self.entry.after or {}).get(name, "")

    def _is_of_a_row(self) -> bool:
        return self.entry.kind in {AuditKind.ADDED, AuditKind.CHANGED, AuditKind.REMOVED}

    def _change(self, column: str, names: Names) -> Change:
        field = self.fields.get(column)
        label = str(field.verbose_name) if field is not None else column.removesuffix("_id").replace("_", " ")
        before, after = ((values or {}).get(column) for values in (self.entry.before, self.entry.after))
        return Change(label, self._value(column, before, names), self._value(column, after, names))

    def _value(self, column: str, value: Any, names: Names) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if target := self._target(column):
            return names.get((target, value), f"number {value}")
        field = self.fields.get(column)
        return _plain(field, value, self.zone) if field is not None else str(value)

    def _target(self, column: str) -> str:
        field = self.fields.get(column)
        return field.related_model._meta.label if isinstance(field, models.ForeignKey) else ""


def _plain(field: models.Field[Any, Any], value: Any, zone: ZoneInfo) -> str:
    """A value that stands for itself, as the field's kind is written for people."""
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    try:
        value = field.to_python(value)
    except (ValidationError, TypeError, ValueError):
        return str(value)  # of a column whose kind has changed since
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%-d %b %Y, %H:%M}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return f"{value:%-d %b %Y}"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _changed(told: _Told, names: Names, changes: Sequence[Change]) -> str:
    who, subject = told.actor(names), told.subject(names)
    if len(changes) > FEW:
        return f"{who} changed {len(changes)} things of {subject}."
    if len(changes) > 1:
        *first, last = (change.field for change in changes)
        return f"{who} changed {', '.join(first)} and {last} of {subject}."
    (change,) = changes
    if told.entry.about == RECOVERY_CODE and change.after:  # at the door, where nobody is known yet
        return f"A recovery code of {told.person(names)} was used."
    if change.before == change.after:  # hidden
        return f"{who} changed the {change.field} of {subject}."
    moved = f"from {change.before or NOTHING} to {change.after or NOTHING}"
    return f"{who} changed “{change.field}” of {subject} {moved}."


def _sign_in(told: _Told, names: Names, changes: Sequence[Change]) -> str:
    if told.entry.outcome == AuditOutcome.LOCKED:
        return f"Signing in as {told.person(names)} was refused: it was locked after too many wrong passwords."
    if told.entry.outcome == AuditOutcome.REFUSED:
        locks = ", and their account is locked for 15 minutes" if told.detail("locks") else ""
        return f"Signing in as {told.person(names)} was refused{locks}."
    if new := told.detail("new"):
        return f"{told.actor(names)} signed in on a {new} that they have not used before."
    return f"{told.actor(names)} signed in."


def _sign_out(told: _Told, names: Names, changes: Sequence[Change]) -> str:
    if told.entry.actor_id is None:  # a token that was copied: whoever showed it is not known
        return f"A session of {told.person(names)} was ended."
    if told.entry.person_id not in {None, told.entry.actor_id}:
        return f"{told.actor(names)} ended the sessions of {told.person(names)}."
    return f"{told.actor(names)} signed out."


def _refresh(told: _Told, names: Names, changes: Sequence[Change]) -> str:
    if told.detail("reused"):
        return f"A token of {told.person(names)} that was spent already came again: its session was ended."
    return f"A token of {told.person(names)} that has ended was refused."


def _count(number: Any) -> str:
    return f"{number:,}" if isinstance(number, int) else str(number)


def _export(told: _Told, names: Names, changes: Sequence[Change]) -> str:
    rows, salaries = told.detail("rows"), (told.detail("asked") or {}).get("salaries")
    figures = f", {_count(rows)} rows" if rows != "" else ""
    return f"{told.actor(names)} exported {told.things(names)}{figures}{', with salaries' if salaries else ''}."


def _import(told: _Told, names: Names, changes: Sequence[Change]) -> str:
    new, changed = told.detail("people"), told.detail("changed")
    also = f" and changed {_count(changed)}" if changed else ""
    return f"{told.actor(names)} imported {_count(new)} people{also} from {told.detail('file')}."


Sentence = Callable[[_Told, Names, Sequence[Change]], str]
SENTENCES: dict[AuditKind, Sentence] = {
    AuditKind.ADDED: lambda told, names, _: f"{told.actor(names)} added {told.subject(names)}.",
    AuditKind.CHANGED: _changed,
    AuditKind.REMOVED: lambda told, names, _: f"{told.actor(names)} removed {told.subject(names)}.",
    AuditKind.LOADED: lambda told, names, _: (
        f"{told.actor(names)} wrote {_count(told.detail('rows'))} rows at once: {told.things(names)}."
    ),
    AuditKind.SIGN_IN: _sign_in,
    AuditKind.SIGN_OUT: _sign_out,
    AuditKind.REFRESH: _refresh,
    AuditKind.READ: lambda told, names, _: f"{told.actor(names)} opened {told.things(names)}.",
    AuditKind.ERASED: lambda told, names, _: (
        f"{told.actor(names)} erased what {len(told.detail('entries') or ()):,} entries said of {told.person(names)}."
    ),
    AuditKind.EXPORT: _export,
    AuditKind.IMPORT: _import,
    AuditKind.FORGOTTEN: lambda told, names, _: (
        f"{told.actor(names)} removed {_count(told.detail('entries'))} entries from before {told.detail('before')}."
    ),
}


def _names(told: Iterable[_Told]) -> Names:
    """The names of all that is mentioned, in one query: {(label, id): name}."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for each in told:
        for label, pk in each.wanted():
            if pk is not None and label in AUDITED and AUDITED[label].words:
                wanted[label].add(pk)
    if not wanted:
        return {}
    parts = [
        f"SELECT %s AS label, id, {AUDITED[label].words} FROM {apps.get_model(label)._meta.db_table} WHERE id = ANY(%s)"
        for label in wanted
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(parts), [part for label, pks in wanted.items() for part in (label, list(pks))]
        )
        return {(label, pk): name for label, pk, name in cursor.fetchall()}


def _model(label: str) -> type[models.Model] | None:
    """The model that an entry is about, unless it tells of something else, or of one that is no more."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def _verbose(model: type[models.Model] | None, label: str) -> str:
    return str(model._meta.verbose_name) if model else label
