"""Rows out as CSV or XLSX files that no spreadsheet runs, and their texts back as they were meant.

A cell that begins like a formula is run by whatever opens the file (OWASP, “CSV Injection”). In CSV such a text gets
an apostrophe before it; an XLSX file says of each cell that it is text. A text that begins with apostrophes and then
like a formula gets one more, so that nothing is ambiguous on the way back.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any

from django.http import FileResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES, ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

CSV, XLSX = "csv", "xlsx"
MEDIA = {CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
# Full-width ones too: spreadsheets in East Asian settings take them for the others.
SIGNS = "=+\\-@\t\r\n＝＋－＠"
FORMULA = re.compile(f"[{SIGNS}]")
MARKED = re.compile(f"'+[{SIGNS}]")
IN_MEMORY = 2 * 1024 * 1024
WIDEST = 40  # letters of a column


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to be written: its title, the names of its columns, and rows that are read once."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[object]]


def marked(text: str) -> str:
    """A text as a CSV file may hold it."""
    return f"'{text}" if FORMULA.match(text) or MARKED.match(text) else text


def meant(text: str) -> str:
    """What a text of a file stands for: without the apostrophe that `marked` has put there."""
    return text[1:] if MARKED.match(text) else text


def runs(text: str) -> bool:
    """Whether a spreadsheet would run the text as a formula."""
    return bool(FORMULA.match(text))


def cell_as_text(value: object, *, is_formula: bool) -> object:
    """A cell of an XLSX file as if it stood in a CSV file: a text that only looks like a formula is marked."""
    return marked(value) if isinstance(value, str) and not is_formula and FORMULA.match(value) else value


def write(form: str, sheets: Sequence[Sheet]) -> IO[bytes]:
    """The sheets as a file that stands at its beginning, on disk once it is large. CSV has room for one of them."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # whoever sends it closes it
    if form == XLSX:
        _write_xlsx(file, sheets)
    else:
        (sheet,) = sheets
        _write_csv(file, sheet)
    file.seek(0)
    return file


def as_download(file: IO[bytes], name: str, form: str) -> FileResponse:
    """A file as an attachment that no cache keeps, sent piece by piece."""
    response = FileResponse(file, as_attachment=True, filename=f"{name}.{form}", content_type=MEDIA[form])
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _write_csv(file: IO[bytes], sheet: Sheet) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)  # Excel asks for the mark
    lines = csv.writer(text)
    lines.writerow(sheet.header)
    lines.writerows([_for_csv(value) for value in row] for row in sheet.rows)
    text.detach()


def _for_csv(value: object) -> object:
    return marked(value) if isinstance(value, str) else "" if value is None else value


def _write_xlsx(file: IO[bytes], sheets: Sequence[Sheet]) -> None:
    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        page.freeze_panes = "A2"
        for place, name in enumerate(sheet.header, 1):
            page.column_dimensions[get_column_letter(place)].width = min(max(len(name) + 4, 14), WIDEST)
        for row in _chained(sheet):
            page.append([_for_xlsx(page, value) for value in row])
    book.save(file)


def _chained(sheet: Sheet) -> Iterator[Sequence[object]]:
    yield sheet.header
    yield from sheet.rows


def _for_xlsx(page: Any, value: object) -> Any:
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", str(value))  # control characters that the format cannot hold
    if not (FORMULA.match(text) or MARKED.match(text) or text in ERROR_CODES):
        return text
    cell = WriteOnlyCell(page)
    cell.value = f"'{text}" if MARKED.match(text) else text
    cell.data_type = "s"  # openpyxl has taken it for a formula or an error
    cell.quotePrefix = True  # so that it stays text when somebody edits it
    return cell
