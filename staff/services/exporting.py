"""A copy of all that is kept about one person: a page to read, a JSON file for each table, and the files themselves."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe

from config.errors import Forbidden
from staff.documents.storage import path_of
from staff.models import AuditKind, Document, GuarantorPaper, LetterKind, Person
from staff.models.papers import Paper
from staff.roles import may
from staff.selectors.privacy import Table, everything_about
from staff.services import audit
from staff.services.access import opened
from staff.services.letters import write_letter
from staff.services.telling import tell

IN_MEMORY = 1 << 20  # bytes; a larger copy is spooled to a file without a name


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy holds: its name and bytes, ready to be read from the start."""

    name: str
    file: IO[bytes]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the copy, and whether it was there to be put in."""

    name: str
    is_there: bool


def export(person: Person, *, by: Person | None) -> Copy:
    """Make a copy of what is kept about somebody: for themselves, or by Human Resource, of whom they are then told.

    `by` is None at the operator's command. What goes out is written down. Raises Forbidden for anybody else.
    """
    if by is not None and by.pk != person.pk and not may(by, "export_people"):
        raise Forbidden("Only Human Resource makes copies of other people’s data.")
    now = timezone.now()
    file = _zipped(person, everything_about(person), now)
    audit.record(AuditKind.EXPORT, about="personal data", person=person.pk)
    if by is None or by.pk != person.pk:
        _tell(person, by=by, now=now)
    return Copy(f"{person.employee_number}-{now:%Y-%m-%d}.zip", file)


def _tell(person: Person, *, by: Person | None, now: datetime) -> None:
    """They hear that somebody else has a copy; who has left, by post."""
    who = by.full_name if by else "whoever runs this installation"
    if by:
        opened(person, "A copy of all data", by=by)
    if person.is_active:
        title = f"A copy of your data was made by {who}"
        tell(person.pk, "security", key=f"export:{person.pk}:{now:%FT%T.%f}", title=title[:160])
    elif not person.is_erased:
        write_letter(person, LetterKind.DATA_COPIED, detail=who)


def _zipped(person: Person, tables: tuple[Table, ...], now: datetime) -> IO[bytes]:
    # No name on the disk: it is gone with the process, whatever ends it.
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(settings.TEMPORARY_ROOT))  # noqa: SIM115
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            files = list(_with_files(person, archive))
            # Inline, so that the page needs nothing beside it; the product itself serves no inline style.
            style = mark_safe(f"<style>\n{render_to_string('staff/export.css')}</style>")  # our own
            page = {"person": person, "tables": tables, "files": files, "at": now, "style": style}
            archive.writestr("index.html", render_to_string("staff/export.html", page))
            for table in tables:
                archive.writestr(f"data/{table.slug}.json", _json(table.rows))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _with_files(person: Person, archive: zipfile.ZipFile) -> Iterator[File]:
    """Put the files in; one that is missing on the server is said to be, and keeps nobody from the rest."""
    for name, key in _files(person):
        path = path_of(key)
        if there := path.is_file():
            archive.write(path, name, compress_type=zipfile.ZIP_STORED)
        yield File(name, there)


def _files(person: Person) -> Iterator[tuple[str, str]]:
    """Everything with a file, taken away or not: its name in the copy, and its key."""
    papers: dict[str, Iterable[Paper]] = {
        "documents": Document.objects.filter(person=person).order_by("pk"),
        "guarantors": GuarantorPaper.objects.filter(guarantor__person=person).order_by("pk"),
    }
    for folder, rows in papers.items():
        yield from ((f"files/{folder}/{row.pk}-{row.name}", row.key) for row in rows)
    if person.picture:
        yield "files/picture.jpg", person.picture


def _json(rows: tuple[Mapping[str, Any], ...]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=2, default=str)
