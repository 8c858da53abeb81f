"""What an import would do, or did, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from staff.importing.rows import Fault, Row, shown
from staff.models import Gender
from staff.services.fitness import LINES

NOTHING = "nothing"


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGES = "changes"
    UNCHANGED = "unchanged"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Change:
    """One value of somebody who is here, before and after, in words."""

    column: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.column.replace('_', ' ')} {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class RowReport:
    """One row: about whom, what becomes of it, what that changes, and what is wrong with it."""

    line: int
    who: str
    outcome: Outcome
    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        said = self.changes_said if self.outcome == Outcome.CHANGES else str(self.outcome)
        return f"line {self.line}, {self.who}: {said}"

    @property
    def changes_said(self) -> str:
        return ", ".join(str(change) for change in self.changes)


@dataclass(frozen=True)
class Report:
    """All rows of a file. `hired` and `changed` count people whom it has written; `seen` stands for what all those whom
    it is about were like, for a commit that follows."""

    rows: tuple[RowReport, ...]
    notes: tuple[str, ...]
    hired: int
    changed: int
    seen: str

    @cached_property
    def counts(self) -> Mapping[Outcome, int]:
        """How many rows have each outcome."""
        return Counter(row.outcome for row in self.rows)

    @property
    def faults(self) -> list[Fault]:
        return [fault for row in self.rows for fault in row.faults]

    @property
    def new(self) -> int:
        return self.counts[Outcome.NEW]

    @property
    def changes(self) -> int:
        return self.counts[Outcome.CHANGES]

    @property
    def unchanged(self) -> int:
        return self.counts[Outcome.UNCHANGED]

    @property
    def bad(self) -> int:
        return self.counts[Outcome.BAD]


def reported(row: Row) -> RowReport:
    """A row as the report shows it."""
    return RowReport(
        line=row.line,
        who=_who(row),
        outcome=_outcome(row),
        changes=tuple(Change(name, said(before), said(after)) for name, (before, after) in row.changed.items()),
        faults=tuple(row.faults),
    )


def said(value: Any) -> str:
    """A value in words; an address, which has several lines, on one."""
    if isinstance(value, str) and value in Gender.values:
        return str(Gender(value).label).lower()
    return NOTHING if value in (None, "") else shown(LINES.sub(" ", str(value)))


def _who(row: Row) -> str:
    if row.person:
        return f"{row.person} ({row.person.employee_number})"
    return shown(" ".join(row.texts.get(name, "") for name in ("first_name", "last_name")).strip()) or "somebody"


def _outcome(row: Row) -> Outcome:
    if row.faults:
        return Outcome.BAD
    if row.person is None:
        return Outcome.NEW
    return Outcome.CHANGES if row.changed else Outcome.UNCHANGED
