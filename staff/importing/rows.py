"""From cells to what they say of somebody: the columns, what a cell may hold, and what is wrong with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from config import spreadsheets
from config.errors import Invalid
from staff.importing.files import Line
from staff.models import Branch, Department, Gender, Person, Role, SubDepartment

NUMBER = "employee_number"
REQUIRED = ("first_name", "last_name", "email", "role", "hired_on")
PHONES = ("phone", "personal_phone")
OPTIONAL = (
    "branch", "department", "sub_department", *PHONES, "address", "date_of_birth", "gender", "contract_hours",
)  # fmt: skip
COLUMNS = (NUMBER, *REQUIRED, *OPTIONAL)
# What an export holds besides: it may come back with the rest, and says nothing.
NOT_IMPORTED = ("status", "salary")
ALSO = {
    "e_mail": "email", "mail": "email", "work_phone": "phone", "private_phone": "personal_phone",
    "home_address": "address", "birth_date": "date_of_birth", "hired": "hired_on",
    "number": NUMBER, "staff_number": NUMBER, "sex": "gender",
}  # fmt: skip
# An empty cell leaves a value as it is; this word takes it away, from the columns that may be empty.
CLEAR = "(empty)"
EMPTIED: dict[str, Any] = {
    "branch": None, "department": None, "sub_department": None, "phone": "", "personal_phone": "", "address": "",
    "date_of_birth": None, "gender": Gender.NOT_SAID,
}  # fmt: skip
GENDERS = {**{gender.value: gender for gender in Gender}, **{gender.label.casefold(): gender for gender in Gender}}
INTERNATIONAL = re.compile(r"^\+[0-9]")
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
SHOWN = 40
FEW = 5  # unknown columns that a sentence names


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
    """One line of the file on its way: its texts by column, whom it is about (None: somebody new), what it says of
    them, and the faults found."""

    line: int
    texts: dict[str, str]
    person: Person | None = None
    values: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.texts.get(NUMBER, "").upper()

    @property
    def email(self) -> str:
        return self.texts.get("email", "").casefold()

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
            branches={**{branch.code.casefold(): branch for branch in branches}, **_by_name(branches)},
            departments=_by_name(Department.objects.all()),
            parts={(part.department_id, part.name.casefold()): part for part in SubDepartment.objects.all()},
            roles=_by_name(Role.objects.select_related("department", "sub_department")),
        )


def columns_of(header: Line) -> list[str]:
    """The column of each cell of the header. Raises Invalid that names every unknown or doubled one, and where
    nothing says whom the rows are about."""
    wanted = [_column(str(cell)) for cell in header.cells]
    while wanted and not wanted[-1]:
        wanted.pop()
    known = (*COLUMNS, *NOT_IMPORTED)
    unknown = [name for name in wanted if name not in known]
    faults = [_unknown(name) for name in unknown[:FEW]]
    if len(unknown) > FEW:
        faults.append(f"and {len(unknown) - FEW} more are not known")
    faults += [f"the column {name} stands there twice" for name in known if wanted.count(name) > 1]
    if not {NUMBER, "email"} & set(wanted):
        faults.append("there is no column email or employee_number")
    if faults:
        raise Invalid(f"The header in line {header.number} is not right: {'; '.join(faults)}.")
    return wanted


def row_of(line: Line, columns: list[str]) -> Row:
    """The texts of one line as they were meant; a formula is a fault of the row."""
    cells = [_text(cell) for cell in line.cells]
    texts = dict(zip(columns, cells, strict=False))
    row = Row(line.number, {name: text for name, text in texts.items() if name not in NOT_IMPORTED})
    if any(cells[len(columns) :]):
        row.faults.append(Fault(line.number, "row", "", f"It has {len(cells)} values for {len(columns)} columns."))
    for column, text in row.texts.items():
        if spreadsheets.runs(text) and not (column in PHONES and INTERNATIONAL.match(text)):
            row.blame(column, "It begins like a formula; write the value itself.")
        row.texts[column] = spreadsheets.meant(text)
    return row


def read(row: Row, places: Places) -> None:
    """Find out what the row says of its person; what cannot be read stands in its faults."""
    for column, text in row.texts.items():
        if not text or column == NUMBER:
            continue
        if text.casefold() != CLEAR:
            value = _value(row, column, places)
            row.values[column] = value
        elif column in EMPTIED:
            row.values[column] = EMPTIED[column]
        else:
            row.blame(column, "This cannot be empty.")


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


def _value(row: Row, column: str, places: Places) -> Any:
    text = row.texts[column]
    known: dict[str, Callable[[], Mapping[str, Any]]] = {
        "role": lambda: places.roles,
        "branch": lambda: places.branches,
        "department": lambda: places.departments,
        "sub_department": lambda: _parts(row, places),
    }
    if column in known:
        return _find(row, column, known[column]())
    reader = READERS.get(column)
    if reader is None:
        return text
    try:
        return reader(text)
    except Invalid as fault:
        row.blame(column, fault.sentence)
        return None


def _parts(row: Row, places: Places) -> Mapping[str, SubDepartment]:
    """The sub-departments of the department that the row names, else of the person's own."""
    named = row.texts.get("department", "").casefold()
    own = row.person.department_id if row.person else None
    department = places.departments.get(named)
    pk = department.pk if department else None if named else own
    return {name: part for (home, name), part in places.parts.items() if home == pk}


def _find(row: Row, column: str, known: Mapping[str, Any]) -> Any:
    name = row.texts[column]
    found = known.get(name.casefold())
    if found is None:
        near = difflib.get_close_matches(name.casefold(), known, n=1)
        hint = f"; is it {known[near[0]].name}?" if near else "."
        row.blame(column, f"There is no such {column.replace('_', '-')}{hint}")
    return found


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


def _gender(text: str) -> Gender:
    try:
        return GENDERS[text.casefold()]
    except KeyError as error:
        raise Invalid("Write female, male, other or not said.") from error


READERS: dict[str, Callable[[str], Any]] = {
    "hired_on": _date,
    "date_of_birth": _date,
    "contract_hours": _hours,
    "gender": _gender,
}
