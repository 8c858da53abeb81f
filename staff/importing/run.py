"""The import itself: who is new, what differs of whom, which rows cannot be taken; then all of it, or nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from django.core import signing
from django.db.models import Q

from config.errors import Conflict, Forbidden, Invalid
from staff.importing.files import MOST_ROWS, content_of, read_table
from staff.importing.report import Report, reported
from staff.importing.rows import COLUMNS, NUMBER, REQUIRED, Places, Row, columns_of, read, row_of
from staff.models import AuditKind, Person
from staff.roles import may
from staff.services import HireDetails, audit, check_hires, hire_many
from staff.services.room import room_for_people
from staff.services.updating import Update, check_updates, update_many

Say = Callable[[str], None]
SEEN_SALT = "staff.importing.seen"
FEW = 2  # people whom a sentence names


def import_people(
    path: Path, *, by: Person, commit: bool = False, partial: bool = False, say: Say = lambda _: None
) -> Report:
    """The same as `import_content`, of a file on disk."""
    return import_content(content_of(path), path.name, by=by, commit=commit, partial=partial, say=say)


def import_content(
    content: bytes,
    name: str,
    *,
    by: Person,
    commit: bool = False,
    partial: bool = False,
    seen: str = "",
    most: int = MOST_ROWS,
    say: Say = lambda _: None,
) -> Report:
    """Hire and change the people of a CSV or XLSX file in the entered organisation; a rehearsal unless `commit`.

    A row with an employee number, or with an e-mail address that is known, is about somebody who is here; an empty cell
    leaves their value as it is. One bad row stops them all, unless `partial`. The same file may come twice: the second
    time nothing differs. Raises Forbidden; Invalid for a file or header that cannot be read; Conflict where somebody
    has changed one of these people since the report whose `seen` is given; when writing PlanFull beyond the plan's
    room, which a dry run notes.
    """
    if not may(by, "import_people"):
        raise Forbidden("Only Human Resource imports people.")
    table = read_table(content, most=most)
    columns = columns_of(table.header)
    rows = [row_of(line, columns) for line in table.rows]
    say(f"Rows read: {len(rows):,}.")
    people = _match(rows, hold=commit)
    if seen:
        _refuse_moved_on(people, content, seen)
    now_seen = _seen(people, content)
    _judge(rows, by=by)
    report = [reported(row) for row in rows]  # before anything is written: it says what was there
    hired, changed = 0, 0
    if commit and (partial or not any(row.faults for row in rows)):
        hired, changed = _write(rows, name, by=by)
    coming = sum(row.person is None and not row.faults for row in rows) - hired
    return Report(tuple(report), (*_notes(table.notes, columns), *_room_note(coming)), hired, changed, now_seen)


def _notes(notes: Iterable[str], columns: Iterable[str]) -> tuple[str, ...]:
    left = [column for column in columns if column not in COLUMNS]
    return (*notes, *(f"The column {column} is not imported." for column in left))


def _room_note(coming: int) -> list[str]:
    """What the plan will say to so many, before anybody asks it to."""
    room = room_for_people() if coming else None
    if room is None or coming <= room:
        return []
    return [f"Your plan has room for {room:,} more people, and {coming:,} are to come: they would be refused."]


def _match(rows: Sequence[Row], *, hold: bool) -> list[Person]:
    """Find out whom each row is about, in one query; `hold` them until the transaction ends."""
    numbers, emails = {row.number for row in rows}, {row.email for row in rows}
    people = Person.objects.with_places().select_related("role__department", "role__sub_department", "organisation")
    found = people.filter(Q(employee_number__in=_fit(numbers)) | Q(email__in=_fit(emails))).order_by("pk")
    there = list(found.select_for_update(of=("self",)) if hold else found)
    by_number = {person.employee_number: person for person in there}
    by_email = {person.email: person for person in there}
    lines: dict[int, int] = {}
    for row in rows:
        row.person = by_number.get(row.number) if row.number else by_email.get(row.email)
        if row.number and row.person is None:
            row.blame(NUMBER, "Nobody here has this number; leave it out for somebody new.")
        elif row.person and lines.setdefault(row.person.pk, row.line) != row.line:
            row.blame(NUMBER if row.number else "email", f"{row.person} stands in line {lines[row.person.pk]} already.")
    about = {row.person.pk for row in rows if row.person}
    return [person for person in there if person.pk in about]


def _fit(texts: set[str]) -> list[str]:
    """Those that PostgreSQL can be asked for; the others are faults of their own."""
    return sorted(text for text in texts if text and "\x00" not in text)


def _judge(rows: Sequence[Row], *, by: Person) -> None:
    """Let the services judge the rows: their rules are the only ones."""
    places = Places.load()
    for row in rows:
        if not row.faults:
            read(row, places)
    fit = [row for row in rows if not row.faults]
    _judge_new([row for row in fit if row.person is None], by)
    _judge_known([(row, row.person) for row in fit if row.person], by)
    times = Counter(row.email for row in rows)
    for row in fit:
        if row.person and "email" in row.changed and times[row.email] > 1:
            row.blame("email", f"{row.email} stands in more than one row.")


def _judge_new(rows: Sequence[Row], by: Person) -> None:
    for row in rows:
        for column in REQUIRED:
            if column not in row.values:
                row.blame(column, MISSING[column])
    whole = [row for row in rows if not row.faults]
    for row, faults in zip(whole, check_hires([_hire(row) for row in whole], by=by), strict=True):
        for column, sentence in faults.items():
            row.blame(column, sentence)


def _judge_known(known: Sequence[tuple[Row, Person]], by: Person) -> None:
    updates = [Update(person, row.values) for row, person in known]
    for (row, _), check in zip(known, check_updates(updates, by=by), strict=True):
        row.changed = check.changed
        for column, sentence in check.faults.items():
            row.blame(column, sentence)


def _hire(row: Row) -> HireDetails:
    return HireDetails(**row.values)


def _write(rows: Sequence[Row], name: str, *, by: Person) -> tuple[int, int]:
    """Write the good rows; returns how many people were hired and changed."""
    good = [row for row in rows if not row.faults]
    known = [Update(row.person, row.values) for row in good if row.person and row.changed]
    new = [_hire(row) for row in good if row.person is None]
    if not (known or new):
        return 0, 0
    changed = update_many(known, by=by)
    hired = len(hire_many(new, by=by)) if new else 0
    told = {"file": name[:100], "people": hired, "changed": changed}
    audit.record(AuditKind.IMPORT, about="staff.Person", actor=by.pk, details=told)
    return hired, changed


def _seen(people: Iterable[Person], content: bytes) -> str:
    """Which file it was and what these people are like, in a text that a door keeps between rehearsal and commit."""
    states = {str(person.pk): _state(person) for person in people}
    return signing.dumps([_digest(content), states], salt=SEEN_SALT, compress=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _state(person: Person) -> str:
    values = [str(getattr(person, f"{name}_id", None) or getattr(person, name)) for name in COLUMNS]
    return hashlib.sha256("\x1f".join([*values, str(person.left_on)]).encode()).hexdigest()[:10]


def _refuse_moved_on(people: Sequence[Person], content: bytes, seen: str) -> None:
    try:
        file, before = signing.loads(seen, salt=SEEN_SALT)
    except signing.BadSignature as error:
        sentence = "This is of no report that was given here; look at the report again."
        raise Invalid(sentence, fields={"seen": sentence}) from error
    if file != _digest(content):
        raise Conflict("This is another file than the one of the report; look at its own report before you commit.")
    moved = [str(person) for person in people if before.pop(str(person.pk), "") != _state(person)]
    # Whoever is left over is found by no row any more: a row that was about them would hire somebody else.
    moved += map(str, Person.objects.filter(pk__in=before).order_by("pk")[: FEW + 1])
    if moved:
        others = f" and {len(moved) - FEW} more" if len(moved) > FEW else ""
        named = ", ".join(moved[:FEW])
        raise Conflict(f"Somebody has changed {named}{others} since the report; look at it again before you commit.")


MISSING = {
    "first_name": "Write the first name.",
    "last_name": "Write the last name.",
    "email": "Write an e-mail address, like ada.obi@example.com.",
    "role": "Write the role.",
    "hired_on": "Write the day of hiring.",
}
