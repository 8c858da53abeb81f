"""From cells to somebody who could be hired: the columns, what a cell may hold, and what is wrong with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from config.errors import Invalid
from staff.importing.files import Line
from staff.models import Branch, Department, Role, SubDepartment
from staff.services import HireDetails

REQUIRED = ("first_name", "last_name", "email", "role", "hired_on")
OPTIONAL = ("branch", "department", "sub_department", "phone", "date_of_birth", "gender", "contract_hours")
COLUMNS = REQUIRED + OPTIONAL
ALSO = {"e_mail": "email", "mail": "email", "work_phone": "phone", "birth_date": "date_of_birth", "hired": "hired_on"}
# What a spreadsheet would run as a formula when somebody opens an export of ours.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
INTERNATIONAL = re.compile(r"^\+[0-9]")
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in the file: where it stands, what stands there, and why it cannot be taken."""

    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        value = f" “{self.value}”" if self.value else ""
        return f"line {self.line}, {self.column}{value}: {self.reason}"


@dataclass
class Row:
    """One line of the file on its way: its texts by column, then the details, and the faults found."""

    line: int
    texts: dict[str, str]
    details: HireDetails | None = None
    faults: list[Fault] = field(default_factory=list)

    def blame(self, column: str, reason: str) -> None:
        """Note a fault of one of the columns, with what stands there."""
        self.faults.append(Fault(self.line, column, shown(self.texts.get(column, "")), reason))


@dataclass(frozen=True)
class Places:
    """The organisation's branches, departments and roles by the names that a file may write, in small letters."""

    branches: Mapping[str, Branch]
    departments: Mapping[str, Department]
    parts: Mapping[tuple[int, str], SubDepartment]
    roles: Mapping[str, Role]

    @classmethod
    def load(cls) -> Places:
        """Of the entered organisation, in four queries."""
        branches = list(Branch.objects.all())
        return cls(
            branches={**_by_name(branches), **{branch.code.casefold(): branch for branch in branches}},
            departments=_by_name(Department.objects.all()),
            parts={(part.department_id, part.name.casefold()): part for part in SubDepartment.objects.all()},
            roles=_by_name(Role.objects.select_related("department", "sub_department")),
        )


def columns_of(header: Line) -> list[str]:
    """The column of each cell of the header. Raises Invalid that names every unknown, doubled or missing one."""
    wanted = [_column(str(cell)) for cell in header.cells]
    while wanted and not wanted[-1]:
        wanted.pop()
    faults = [_unknown(name) for name in wanted if name not in COLUMNS]
    faults += [f"the column {name} stands there twice" for name in COLUMNS if wanted.count(name) > 1]
    missing = [name for name in REQUIRED if name not in wanted]
    if missing:
        faults.append(f"there is no column {', '.join(missing)}")
    if faults:
        raise Invalid(f"The header in line {header.number} is not right: {'; '.join(faults)}.")
    return wanted


def row_of(line: Line, columns: list[str], places: Places) -> Row:
    """Read one line; what is wrong with its cells stands in the row's faults, and then it has no details."""
    cells = [_text(cell) for cell in line.cells]
    row = Row(line.number, dict(zip(columns, cells, strict=False)))
    if any(cells[len(columns) :]):
        row.faults.append(Fault(line.number, "row", "", f"It has {len(cells)} values for {len(columns)} columns."))
    _refuse_formulas(row)
    if not row.faults:
        values = _values(row, places)
        if not row.faults:
            row.details = HireDetails(**values)
    return row


def shown(text: str) -> str:
    """A value as a report can print it: short, and on one line."""
    text = "".join(letter if letter.isprintable() else "�" for letter in text)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _by_name(rows: Any) -> dict[str, Any]:
    return {row.name.casefold(): row for row in rows}


def _column(title: str) -> str:
    name = re.sub(r"[\s_-]+", "_", title.strip().casefold())
    return ALSO.get(name, name)


def _unknown(name: str) -> str:
    if not name:
        return "a column has no title"
    near = difflib.get_close_matches(name, COLUMNS, n=1)
    return f"“{shown(name)}” is not a column" + (f", is it {near[0]}?" if near else "")


def _text(cell: object) -> str:
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip(" \u00a0\n")


def _refuse_formulas(row: Row) -> None:
    for column, text in row.texts.items():
        if text.startswith(FORMULA) and not (column == "phone" and INTERNATIONAL.match(text)):
            row.blame(column, "It begins like a formula; write the value itself.")


def _values(row: Row, places: Places) -> dict[str, Any]:
    texts = row.texts
    values: dict[str, Any] = {name: texts[name] for name in ("first_name", "last_name", "email")}
    values["phone"] = texts.get("phone", "")
    values["hired_on"] = _read(row, "hired_on", _date) or date.min
    values["date_of_birth"] = _read(row, "date_of_birth", _date)
    hours = _read(row, "contract_hours", _hours)
    values["contract_hours"] = Decimal(40) if hours is None else hours  # 0 is a contract too
    if not texts["hired_on"]:
        row.blame("hired_on", "Write the day of hiring.")
    return {**values, **_places(row, places)}


def _places(row: Row, places: Places) -> dict[str, Any]:
    department = _find(row, "department", places.departments)
    parts = {name: part for (pk, name), part in places.parts.items() if department and pk == department.pk}
    if not row.texts["role"]:
        row.blame("role", "Write the role.")
    return {
        "role": _find(row, "role", places.roles),
        "branch": _find(row, "branch", places.branches),
        "department": department,
        "sub_department": _find(row, "sub_department", parts),
    }


def _find(row: Row, column: str, known: Mapping[str, Any]) -> Any:
    name = row.texts.get(column, "")
    if not name:
        return None
    found = known.get(name.casefold())
    if found is None:
        near = difflib.get_close_matches(name.casefold(), known, n=1)
        hint = f"; is it {known[near[0]].name}?" if near else "."
        row.blame(column, f"There is no such {column.replace('_', '-')}{hint}")
    return found


def _read(row: Row, column: str, reader: Callable[[str], Any]) -> Any:
    text = row.texts.get(column, "")
    if not text:
        return None
    try:
        return reader(text)
    except Invalid as fault:
        row.blame(column, fault.sentence)
        return None


def _date(text: str) -> date:
    for form in DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    raise Invalid("Write a day like 2024-01-31 or 31/01/2024.")


def _hours(text: str) -> Decimal:
    try:
        hours = Decimal(text.replace(",", "."))
        is_fit = hours.is_finite() and hours == round(hours, 1)
    except InvalidOperation:  # no number, or too large a one to be rounded
        is_fit = False
    if not is_fit:
        raise Invalid("Write hours a week like 40 or 37.5.")
    return hours
