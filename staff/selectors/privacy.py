"""What is kept about one person: every table of the catalogue in one query, in words that people read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db import connection, models
from django.db.models import Count, F

from config import blind
from config.personal import About, Erasing, catalogue
from config.sealed import Sealed, SealedDecimalField
from config.secrets import decrypt
from staff.consents import ASKED, VERSION, Asked, default_notice
from staff.models import AuditEntry, AuditKind, Consent, ConsentKind, Guarantor, Person, PrivacyNotice
from staff.models.people import PersonQuerySet


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one table; each of `rows` is {column in words: value}."""

    title: str
    slug: str
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Something to agree to, and the person's last answer to the text that is in force; None where there is none.

    `at` is when they gave it, by their clock.
    """

    kind: ConsentKind
    asked: Asked
    answer: Consent | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Fate:
    """What erasure does with one table, and why."""

    title: str
    reason: str
    goes: bool


@dataclass(frozen=True, slots=True)
class OwnData:
    """The page of one's own data."""

    notice: str
    questions: tuple[Question, ...]
    kept: tuple[Fate, ...]


def everything_about(person: Person) -> tuple[Table, ...]:
    """Every table's rows about somebody, and how often other rows only name them."""
    parts: list[str] = []
    parameters: list[Any] = []
    for number, about in enumerate(catalogue()):
        if not about.whose:
            continue
        sql, given = _columns(about, about.rows(person)).query.sql_with_params()
        parts.append(f"SELECT {number}, row_to_json(t)::text FROM ({sql}) t")
        parameters += given
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        for number, text in cursor.fetchall():
            found[number].append(json.loads(text))
    tables = [
        Table(about.title, about.slug, tuple(_in_words(about, row) for row in found[number]))
        for number, about in enumerate(catalogue())
        if about.whose
    ]
    # Who they are first: the catalogue begins with what is deleted first.
    tables.reverse()
    return (*sorted(tables, key=lambda table: table.slug != "staff-person"), _mentions(person))


def _columns(about: About, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """The columns of an export under names of our own: a path would be no column's name."""
    numbered = {f"c{number}": F(path) for number, path in enumerate(about.shown)}
    return rows.filter(about.only).order_by("pk").values(**numbered)


def _in_words(about: About, row: Mapping[str, Any]) -> dict[str, Any]:
    fields = [_field(about.table, path) for path in about.shown]
    return {
        _label(path, field): _value(field, row[f"c{number}"])
        for number, (path, field) in enumerate(zip(about.shown, fields, strict=True))
    }


def _field(model: type[models.Model], path: str) -> models.Field[Any, Any]:
    for name in path.split("__"):
        field: Any = model._meta.get_field(name)
        model = field.related_model or model
    return cast("models.Field[Any, Any]", field)


def _label(path: str, field: models.Field[Any, Any]) -> str:
    """ "role__name" is the role, "by__first_name" the first name of by whom."""
    words = path.removesuffix("__name").replace("__", " ").replace("_", " ")
    return str(field.verbose_name) if "__" not in path and field.verbose_name else words


def _value(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None or value == "":
        return value
    if isinstance(field, Sealed):
        return str(Decimal(decrypt(value))) if isinstance(field, SealedDecimalField) else decrypt(value)
    return dict(field.flatchoices).get(value, value) if field.choices else value


def _mentions(person: Person) -> Table:
    """Rows that are about others or about nobody, and name this person as who did something: counted, never shown."""
    parts: list[str] = []
    parameters: list[Any] = []
    for about in catalogue():
        for key, words in about.mentions.items():
            counted = about.table._default_manager.order_by().filter(**{key: person.pk}).values(key)
            sql, given = counted.annotate(number=Count("pk")).values("number").query.sql_with_params()
            parts.append(f"SELECT %s::text, m.number FROM ({sql}) m")
            parameters += [f"{words} ({about.title.lower()})", *given]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        rows = tuple({"what was done": words, "how often": number} for words, number in cursor.fetchall())
    return Table("Where they are named as who did something", "mentions", rows)


def names_of(person: Person) -> set[str]:
    """Every name that they have had, as far as the audit log knows: rows without a key name them as they were then."""
    kept = {"first_name": {person.first_name}, "last_name": {person.last_name}}
    entries = AuditEntry.objects.filter(about="staff.Person", person_id=person.pk, kind=AuditKind.CHANGED)
    for part, names in kept.items():
        names.update(entries.filter(before__has_key=part).values_list(f"before__{part}", flat=True))
    return {f"{first} {last}" for first in kept["first_name"] for last in kept["last_name"]}


def fates() -> tuple[Fate, ...]:
    """What erasure does with each table that is about people, who they are first."""
    told = (about for about in reversed(catalogue()) if about.whose or about.where)
    return tuple(Fate(about.title, about.reason, about.erasing == Erasing.DELETE) for about in told)


def own_data(person: Person) -> OwnData:
    """What the page of one's own data shows."""
    notice = PrivacyNotice.objects.in_force()
    version = version_of(ConsentKind.NOTICE, notice)
    answers = {answer.kind: answer for answer in Consent.objects.latest_of(person)}
    questions = []
    for kind, asked in ASKED.items():
        answer = answers.get(kind)
        in_force = version if kind == ConsentKind.NOTICE else VERSION
        if answer and answer.version != in_force:
            answer = None
        at = answer.at.astimezone(person.home_zone) if answer else None
        questions.append(Question(kind, asked, answer, at))
    return OwnData(notice.text if notice else default_notice(), tuple(questions), fates())


def version_of(kind: ConsentKind, notice: PrivacyNotice | None) -> int:
    """Which text somebody answers to: an organisation's own notice has a number of its own, above those of ours."""
    return VERSION + notice.version if kind == ConsentKind.NOTICE and notice else VERSION


def also_vouches_for(guarantor: Guarantor) -> str:
    """That the same number vouches for others too, in a sentence; empty where it does not.

    "Ngozi Ade’s telephone number already stands as guarantor for Bola Ade and 2 others."
    """
    for what, kind, column, text in (
        ("identity number", "identity", "identity_index", guarantor.identity_number),
        ("telephone number", "phone", "phone_index", guarantor.phone),
    ):
        others = guaranteed_by(kind, column, text).exclude(pk=guarantor.person_id)
        names = [person.full_name for person in others]
        if names:
            more = {0: "", 1: " and 1 other"}.get(len(names) - 1, f" and {len(names) - 1} others")
            return f"The {what} of {guarantor.name} already stands as guarantor for {names[0]}{more}."
    return ""


def guaranteed_by(kind: str, column: str, text: str) -> PersonQuerySet:
    """Those for whom this number vouches, under whichever key it was digested."""
    rows = Guarantor.objects.present().filter(**{f"{column}__in": blind.digests(kind, text)})
    return Person.objects.filter(pk__in=rows.order_by().values("person")).order_by("last_name", "first_name", "pk")
