"""A small file that pretends to be a huge one is refused, or read, in a moment."""

import io
import time
import zipfile

import pytest
from openpyxl import Workbook

from config.errors import Invalid
from staff.importing.files import MOST_AT_ONCE, read_table
from staff.importing.rows import columns_of

XML = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
A_MOMENT = 3  # seconds of the processor; each of these took minutes


def workbook(*rows, claims="A1:A2"):
    """An XLSX file whose first sheet says of itself what it likes."""
    book, plain, made = Workbook(), io.BytesIO(), io.BytesIO()
    book.save(plain)
    sheet = XML.format(f'<dimension ref="{claims}"/><sheetData>{"".join(rows)}</sheetData>')
    with zipfile.ZipFile(plain) as parts, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in parts.namelist():
            target.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else parts.read(name))
    return made.getvalue()


def row(line, value="", column="A"):
    cell = f"<is><t>{value}</t></is>" if value else ""
    return f'<row r="{line}"><c r="{column}{line}" t="inlineStr">{cell}</c></row>'


@pytest.fixture(autouse=True)
def in_a_moment():
    begun = time.process_time()
    yield
    assert time.process_time() - begun < A_MOMENT


def test_a_sheet_that_claims_all_columns_and_rows_is_read_for_what_it_holds():
    table = read_table(workbook(row(1, "email"), row(200_000, "ada@x.example"), claims="A1:XFD1048576"))
    assert [(line.number, line.cells) for line in table.rows] == [(200_000, ["ada@x.example"])]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row(2, "x", "XFD")], "more than 100 columns"),
        ([row(line, column="XFD") for line in range(2, 90_000)], "more than 100 columns"),
        ([row(999_999_999, "x")], "rows beyond line 1,048,576"),
        ([row(line) + " " * 500 for line in range(2, 60_000)], "unpacks to more than 20 MB"),
    ],
)
def test_a_sheet_that_is_wide_or_long_for_nothing_is_refused(rows, sentence):
    with pytest.raises(Invalid, match=sentence):
        read_table(workbook(row(1, "email"), *rows), most=MOST_AT_ONCE)


def test_a_line_of_text_with_thousands_of_values_is_refused():
    with pytest.raises(Invalid, match="more than 100 columns"):
        read_table(b"email\n" + b"," * 1_000_000)


def test_a_header_of_which_nothing_is_known_names_a_few():
    header = read_table(("email," + ",".join(f"emal{number}" for number in range(90))).encode()).header
    with pytest.raises(Invalid, match="; and 85 more are not known") as found:
        columns_of(header)
    assert len(found.value.sentence) < 300
