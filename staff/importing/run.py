"""The import itself: who is new, who is there already, which rows cannot be taken; then hiring, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.errors import Forbidden
from staff.importing.files import read_table
from staff.importing.rows import COLUMNS, Fault, Places, Row, columns_of, row_of, shown
from staff.models import AuditKind, Person
from staff.roles import may
from staff.services import audit, check_hires, hire_many
from staff.services.room import room_for_people

Say = Callable[[str], None]
# What is compared with somebody who is there already. An import brings people in; it never changes them.
COMPARED = tuple(column for column in COLUMNS if column != "email")


@dataclass(frozen=True)
class Report:
    """What an import would do, or did."""

    rows: int
    new: int
    there: int
    written: int
    faults: list[Fault] = field(default_factory=list)
    differences: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def bad_rows(self) -> int:
        return len({fault.line for fault in self.faults})


def import_people(
    path: Path, *, by: Person, commit: bool = False, partial: bool = False, say: Say = lambda _: None
) -> Report:
    """Hire the people of a CSV or XLSX file in the entered organisation; nothing is written unless `commit`.

    One bad row stops them all, unless `partial`. Somebody whose e-mail address is here already is left as they are,
    so the same file may be brought twice. Raises Forbidden, Invalid for a file or header that cannot be read, and when
    writing PlanFull beyond the plan's room, which a dry run notes.
    """
    if not may(by, "import_people"):
        raise Forbidden("Only Human Resource imports people.")
    table = read_table(path)
    columns, places = columns_of(table.header), Places.load()
    rows = [row_of(line, columns, places) for line in table.rows]
    say(f"Rows read: {len(rows):,}.")
    there = _people_there(rows)
    new = [row for row in rows if row.details and _email(row) not in there]
    _judge(new, by)
    good = [row.details for row in new if row.details and not row.faults]
    faults = [fault for row in rows for fault in row.faults]
    say(f"New and right: {len(good):,}.")
    written = 0
    if commit and good and (partial or not faults):
        written = len(hire_many(good, by=by))
        told = {"file": path.name[:100], "people": written}
        audit.record(AuditKind.IMPORT, about="staff.Person", actor=by.pk, details=told)
    known = [row for row in rows if row.details and _email(row) in there]
    differences = [fault for row in known for fault in _differences(row, there[_email(row)])]
    notes = [*table.notes, *_room_note(len(good) - written)]
    return Report(len(rows), len(good), len(known), written, faults, differences, notes)


def _room_note(coming: int) -> list[str]:
    """What the plan will say to so many, before anybody asks it to."""
    room = room_for_people() if coming else None
    if room is None or coming <= room:
        return []
    return [f"Your plan has room for {room:,} more people, and {coming:,} are to come: they would be refused."]


def _email(row: Row) -> str:
    return row.texts["email"].casefold()


def _people_there(rows: list[Row]) -> dict[str, Person]:
    emails = {_email(row) for row in rows if row.details}
    return {person.email: person for person in Person.objects.with_places().filter(email__in=emails)}


def _judge(rows: list[Row], by: Person) -> None:
    """Let the hiring service judge the rows: its rules are the only ones."""
    details = [row.details for row in rows if row.details]
    for row, faults in zip(rows, check_hires(details, by=by), strict=True):
        for column, sentence in faults.items():
            row.blame(column, sentence)


def _differences(row: Row, person: Person) -> list[Fault]:
    found = []
    for column in COMPARED:
        here, wanted = getattr(person, column), getattr(row.details, column)
        if row.texts.get(column) and here != wanted:
            reason = f"{person} is here already with “{shown(str(here or ''))}”: not changed."
            found.append(Fault(row.line, column, shown(row.texts[column]), reason))
    return found
