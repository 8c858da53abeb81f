"""What goes out as a file: people, and the staff report. Within reach, safe to open, and written down each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any

from config.spreadsheets import CSV, Sheet, write
from staff.importing.rows import OPTIONAL, REQUIRED
from staff.models import AuditKind, EmploymentEvent, Gender, Person
from staff.models.people import PersonQuerySet
from staff.roles import require
from staff.selectors import BY_NAME
from staff.selectors.reports import BY, Asked, Group, every_line, require_reports, staff_report
from staff.services import audit
from staff.services.access import opened_many
from staff.services.history import today_for

# What an import takes, and what it reads of somebody who is here already.
COLUMNS = ("employee_number", *REQUIRED, *OPTIONAL, "status")
NAMED = {name: f"{name}__name" for name in ("role", "branch", "department", "sub_department")}
STORED = [NAMED.get(name, name) for name in COLUMNS if name != "status"]
GROUPS, PEOPLE = "groups", "people"
GROUP_HEADER = ("people", "share in percent", "average years of service", "average age")
LINE_HEADER = (
    "employee_number", "name", "role", "branch", "department", "gender", "hired_on", "years of service", "age",
)  # fmt: skip
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Export:
    """A file that stands at its beginning, and how many rows it has below its header."""

    file: IO[bytes]
    name: str
    rows: int


class _Counted:
    """Passes rows on and counts them."""

    def __init__(self, rows: Iterable[Sequence[object]]) -> None:
        self.rows, self.count = rows, 0

    def __iter__(self) -> Iterator[Sequence[object]]:
        for row in self.rows:
            self.count += 1
            yield row


def export_people(
    people: PersonQuerySet,
    *,
    by: Person,
    asked: Mapping[str, Any],
    form: str = CSV,
    salaries: bool = False,
) -> Export:
    """Those of `people` whom `by` reaches, with the import's columns, by name; `asked` says for the log who was chosen.

    Who has left is so by `by`'s own day. With `salaries` each person but oneself gets a line in the access log. Raises
    Forbidden for who may not.
    """
    require(by, "export_people")
    if salaries:
        require(by, "see_salaries")
    reached, today = people.visible_to(by), today_for(by)
    paid = _salaries(reached) if salaries else {}
    written: list[int] = []
    rows = _rows(reached, paid if salaries else None, today, written)
    header = (*COLUMNS, "salary") if salaries else COLUMNS
    file = write(form, [Sheet("People", header, rows)])
    if salaries:
        opened_many(written, "Salary, in an export", by=by)
    # The words of a search are mostly a name, which no erasure would find in the log.
    told = {name: True if name == "search" else value for name, value in asked.items()}
    _write_down("staff.Person", len(written), form, {**told, **({"salaries": True} if salaries else {})}, by=by)
    return Export(file, f"people-{today}", len(written))


def export_report(user: Person, asked: Asked, *, form: str = CSV, part: str = GROUPS) -> Export:
    """The staff report as a file: XLSX with both of its parts, CSV with one of them.

    Raises Forbidden for who may not, PlanRequired where reports are not part of the plan.
    """
    require_reports(user)
    groups, lines = _Counted(_groups(user, asked)), _Counted(_lines(user, asked))
    sheets = {
        GROUPS: Sheet("Groups", (BY[asked.by], *GROUP_HEADER), groups),
        PEOPLE: Sheet("People", LINE_HEADER, lines),
    }
    file = write(form, [sheets[part]] if form == CSV else list(sheets.values()))
    known = {name: str(value) for name, value in asdict(asked).items() if value}
    rows = groups.count + lines.count
    _write_down("staff report", rows, form, known, by=user)
    return Export(file, f"staff-by-{asked.by}-{asked.on}", rows)


def _write_down(about: str, rows: int, form: str, asked: Mapping[str, Any], *, by: Person) -> None:
    details = {"rows": rows, "format": form, "asked": dict(asked)}
    audit.record(AuditKind.EXPORT, about=about, actor=by.pk, details=details)


def _rows(
    people: PersonQuerySet, paid: Mapping[int, Decimal | None] | None, today: date, written: list[int]
) -> Iterator[Sequence[object]]:
    """The rows of the file; whose have gone into it stands in `written`, so that the log tells of them exactly."""
    found = people.order_by(*BY_NAME).values_list("pk", "is_active", "left_on", *STORED)
    for pk, is_active, left_on, *values in found.iterator(chunk_size=CHUNK):
        row = ["" if value == Gender.NOT_SAID else value for value in values]
        row.append(status_of(is_active=is_active, left_on=left_on, today=today))
        written.append(pk)
        yield row if paid is None else [*row, paid.get(pk)]


def status_of(*, is_active: bool, left_on: date | None, today: date) -> str:
    """Where somebody stands: active, leaves (a last working day is ahead), left, or no access."""
    if left_on:
        return "left" if left_on < today else "leaves"
    return "active" if is_active else "no access"


def _salaries(people: PersonQuerySet) -> dict[int, Decimal | None]:
    """What each is paid: as the event says that was applied last."""
    events = EmploymentEvent.objects.applied().filter(person__in=people.order_by())
    last = events.order_by("person_id", "-applied_at", "-pk").distinct("person_id")
    return dict(last.values_list("person_id", "salary_after"))


def _groups(user: Person, asked: Asked) -> Iterator[Sequence[object]]:
    report = staff_report(user, asked)
    yield from (_group(group) for group in (*report.groups, report.total))


def _group(group: Group) -> Sequence[object]:
    return group.name, group.people, group.share, group.service, group.age


def _lines(user: Person, asked: Asked) -> Iterator[Sequence[object]]:
    for line in every_line(user, asked):
        place = (line.employee_number, line.name, line.role, line.branch, line.department, line.gender)
        yield *place, line.hired_on, line.service, line.age
