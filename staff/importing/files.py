"""A spreadsheet as lines of cells, whatever program saved it: CSV in its dialects, or XLSX."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from config.errors import Invalid
from config.spreadsheets import cell_as_text

LARGEST = 20 * 1024 * 1024
# A zip of a few kilobytes can unpack to gigabytes; and a thousand rows need no two hundred megabytes.
LARGEST_UNPACKED, UNPACKED_A_ROW = 200 * 1024 * 1024, 20 * 1024
MOST_ROWS = 50_000
MOST_AT_ONCE = 1000  # rows of a file that comes in while somebody waits (V02 of the production contract)
MOST_COLUMNS = 100
LAST_LINE = 1_048_576  # that an XLSX file can have
HOW_TO_SAVE = "save it as XLSX, or as “CSV UTF-8 (comma delimited)”."

ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# What openpyxl lets through of a file that is damaged somewhere inside.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ParseError,
    InvalidFileException,
    KeyError,
    IndexError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of one row, and the number of the line on which it begins in the file."""

    number: int
    cells: list[object]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that are not empty, the header first, and what the reader had to guess."""

    header: Line
    rows: list[Line]
    notes: list[str]


def read_table(content: bytes, *, most: int = MOST_ROWS) -> Table:
    """Read a CSV or XLSX file, told apart by content. Raises Invalid with one sentence for what cannot be read."""
    if content.startswith(OLD_EXCEL):
        raise Invalid(f"This is an old Excel file (.xls): {HOW_TO_SAVE}")
    notes: list[str] = []
    if content.startswith(ZIP):
        lines = _xlsx_lines(content, min(LARGEST_UNPACKED, most * UNPACKED_A_ROW))
    else:
        lines = _csv_lines(content, notes)
    rows = []
    for line in lines:
        rows.append(line)
        if len(rows) > most + 1:
            raise Invalid(f"The file has more than {most:,} rows: split it into several.")
    if not rows:
        raise Invalid("The file is empty.")
    return Table(rows[0], rows[1:], notes)


def content_of(path: Path) -> bytes:
    """What stands in a file. Raises Invalid for one that cannot be opened, or is too large."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise Invalid(f"The file has {size / 1024**2:.0f} MB; at most {LARGEST // 1024**2} MB are read: split it.")
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


def _csv_lines(content: bytes, notes: list[str]) -> Iterator[Line]:
    text = _decoded(content, notes)
    if "\x00" in text:
        raise Invalid(f"This is neither a CSV nor an XLSX file: {HOW_TO_SAVE}")
    delimiter = _delimiter(text)
    if delimiter != ",":
        name = {";": "semicolons", "\t": "tabs"}[delimiter]
        notes.append(f"Its values stand between {name}.")
    # newline="" leaves line ends to the csv module, so that a quoted value may hold one.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            _refuse_wide(cells)
            if any(cell.strip() for cell in cells):
                yield Line(begins, list(cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(f"Line {begins} cannot be read; is a quotation mark opened there and not closed?") from error


def _decoded(content: bytes, notes: list[str]) -> str:
    encoding = next((name for bom, name in BOMS.items() if content.startswith(bom)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Invalid(f"The file’s letters are in no encoding that is known here: {HOW_TO_SAVE}") from error
    notes.append("It is not UTF-8, so it was read as Windows-1252 (Latin-1): look at names with accents.")
    return text


def _delimiter(text: str) -> str:
    """The mark that stands most often in the first line with any text; Excel in many countries writes semicolons."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _refuse_wide(cells: Sequence[object]) -> None:
    if len(cells) > MOST_COLUMNS:
        raise Invalid(f"The file has more than {MOST_COLUMNS} columns: delete those that are not needed.")


def _xlsx_lines(content: bytes, largest: int) -> Iterator[Line]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > largest:
            raise Invalid(f"The file unpacks to more than {largest / 1024**2:.0f} MB: delete empty rows, or split it.")
        # Formulas as text, not their results: they are refused row by row. A text that only looks like one is marked.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # a file may claim sixteen thousand columns, and each of its rows would get them
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if number > LAST_LINE:
                raise Invalid(f"The file has rows beyond line {LAST_LINE:,}, which no Excel file has.")
            _refuse_wide(cells)
            if any(cell.value not in (None, "") for cell in cells):
                yield Line(number, [_cell(cell) for cell in cells])
    except UNREADABLE as error:
        raise Invalid(f"This is not an Excel file that can be read: {HOW_TO_SAVE}") from error


def _cell(cell: Any) -> object:
    return "" if cell.value is None else cell_as_text(cell.value, is_formula=cell.data_type == "f")
