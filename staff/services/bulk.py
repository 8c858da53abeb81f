"""Many documents at once: a zip of files that are named by employee number and kind, with a report for each."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import IO

from django.db import transaction

from config.errors import Invalid, Refused
from staff.documents.contents import MOST_BYTES, judged
from staff.documents.kinds import DocumentKind
from staff.models import Person
from staff.services.fitness import ERASED
from staff.services.papers import Upload, add_document, require_keeper

MOST_FILES = 100
MOST_UNPACKED = 200 * 1024 * 1024  # of all of them together: a zip of a few kilobytes can unpack to gigabytes
NAME = re.compile(r"^(?P<number>[A-Za-z0-9-]{1,20})_(?P<kind>[A-Za-z_]+)\.[A-Za-z0-9]+$")
HOW_TO_NAME = "Name it by employee number and kind, like ACE-BOD-00042_passport.pdf."


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One file of the zip: whose and what it is, or why it is not taken."""

    name: str
    person: Person | None = None
    kind: DocumentKind | None = None
    refusal: str = ""

    @property
    def is_good(self) -> bool:
        return not self.refusal


def keep_archive(file: IO[bytes], *, by: Person, commit: bool = False) -> list[BulkRow]:
    """A row for each file of a zip, in its order; only with `commit` the good ones are kept, the others stop none.

    Human Resource only. Raises Invalid for what is no zip, or holds more than 100 files.
    """
    require_keeper(by)
    try:
        with zipfile.ZipFile(file) as archive:
            return _rows(archive, by=by, commit=commit)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise Invalid("This is no zip that can be read; make it again.") from error


def _rows(archive: zipfile.ZipFile, *, by: Person, commit: bool) -> list[BulkRow]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise Invalid(f"A zip holds at most {MOST_FILES} files; this one has {len(entries):,}. Make several.")
    people = _people(entry.filename for entry in entries)
    room, seen, rows = MOST_UNPACKED, set[tuple[int, DocumentKind]](), []
    for entry in entries:
        row = _row(entry, people)
        if row.is_good and row.person and row.kind:
            room -= entry.file_size
            twice = (row.person.pk, row.kind) in seen
            seen.add((row.person.pk, row.kind))
            refusal = "There is another file for this person and kind." if twice else ""
            refusal = refusal or ("The zip unpacks to far too much." if room < 0 else "")
            row = replace(row, refusal=refusal or _refusal(archive, entry, row, by=by, commit=commit))
        rows.append(row)
    return rows


def _people(names: Iterable[str]) -> dict[str, Person]:
    numbers = {found["number"].upper() for name in names if (found := NAME.match(name))}
    people = Person.objects.with_places().filter(employee_number__in=numbers)
    return {person.employee_number: person for person in people}


def _row(entry: zipfile.ZipInfo, people: Mapping[str, Person]) -> BulkRow:
    name = entry.filename
    shown = "".join(sign if sign.isprintable() else "?" for sign in name)[:120]
    if "/" in name or "\\" in entry.orig_filename or "\0" in entry.orig_filename:
        return BulkRow(shown, refusal="It stands in a folder; put the files side by side in the zip.")
    if stat.S_ISLNK(entry.external_attr >> 16) or entry.flag_bits & 1:
        return BulkRow(shown, refusal="It is a link or locked with a password; put the file itself in the zip.")
    found = NAME.match(name)
    if found is None:
        return BulkRow(shown, refusal=HOW_TO_NAME)
    person = people.get(found["number"].upper())
    if person is None:
        return BulkRow(shown, refusal=f"Nobody has the number {found['number']}.")
    if person.is_erased:
        return BulkRow(shown, person, refusal=ERASED)
    kind = found["kind"].lower()
    if kind not in DocumentKind.values:
        return BulkRow(shown, person, refusal=f"“{kind}” is none of: {', '.join(DocumentKind.values)}.")
    return BulkRow(shown, person, DocumentKind(kind))


def _refusal(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, row: BulkRow, *, by: Person, commit: bool) -> str:
    """Why the file itself is not taken, or nothing. It is unpacked no further than a document may be long."""
    assert row.person and row.kind  # noqa: S101, PT018  # for mypy: its name was read
    try:
        with archive.open(entry) as packed:
            upload = Upload(entry.filename, packed.read(MOST_BYTES + 1))
        with transaction.atomic():
            if commit:
                add_document(row.person, row.kind, upload, by=by)
            else:
                judged(upload.data)
    except Refused as refused:
        return refused.sentence
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return "It is damaged inside the zip."
    return ""
