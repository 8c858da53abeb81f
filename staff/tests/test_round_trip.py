"""What goes out comes back with the same values, whatever people are called, and a formula never comes in by itself."""

import io
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from config import spreadsheets, tenancy
from config.spreadsheets import CSV, XLSX, Sheet
from config.testing import ACE
from staff.exporting import export_people
from staff.importing import import_content
from staff.importing.files import read_table
from staff.models import Gender, Person
from staff.services.people import edit_person
from staff.tests.make import make_person

pytestmark = pytest.mark.django_db

HOSTILE = (
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "＝1＋1", "'=1+1", "''@x", "'t Hooft", "O'Neill", 'Ada "=1"',
    "a,=b", "a;=b", "=", "'", "#N/A", "Zoë Ọlá", "(empty", "0123",
)  # fmt: skip
# Lone surrogates are in no file; what a spreadsheet trims or cannot hold is no part of a name either.
LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="\ufffe\uffff")
TEXTS = st.text(LETTERS, min_size=1, max_size=30)
SIGNS = st.sampled_from(["=", "+", "-", "@", "'=", "''+", "＝", "'", "\t"])


def there_and_back(form, texts):
    """The cells of a file of one column, as an import understands them."""
    file = spreadsheets.write(form, [Sheet("People", ["name"], ([text] for text in texts))])
    lines = read_table(file.read()).rows
    return [spreadsheets.meant(str(line.cells[0])) for line in lines]


@pytest.mark.parametrize("form", [CSV, XLSX])
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sign=SIGNS, text=TEXTS)
def test_every_text_comes_back_as_it_was(form, sign, text):
    assert there_and_back(form, [sign + text, text]) == [sign + text, text]


@settings(max_examples=200)
@given(sign=SIGNS, text=TEXTS)
def test_nothing_that_goes_into_a_csv_begins_like_a_formula(sign, text):
    assert spreadsheets.marked(sign + text)[0] not in "=+-@\t\r\n＝＋－＠"
    assert spreadsheets.meant(spreadsheets.marked(sign + text)) == sign + text


@pytest.mark.parametrize("form", [CSV, XLSX])
def test_an_export_brought_back_changes_nobody_whatever_they_are_called(cast, form):
    with tenancy.organisation(ACE):
        place = {"branch": cast.bodija, "department": cast.supermarket}
        for number, name in enumerate(HOSTILE):
            make_person(name, name, cast.cashier.role, email=f"h{number}@x.example", phone="+234 700 0001", **place)
        own = {"personal_phone": "+234 700 0002", "address": "4 Ring Road,\r\nIbadan"}
        edit_person(cast.cashier, {**own, "gender": Gender.OTHER, "date_of_birth": date(1999, 5, 1)}, by=cast.hr)
        made = export_people(Person.objects.all(), by=cast.hr, asked={}, form=form)
        report = import_content(made.file.read(), f"people.{form}", by=cast.hr, commit=True)
        assert [str(fault) for fault in report.faults] == []
        assert (report.unchanged, report.changed, report.hired) == (made.rows, 0, 0)
        assert report.notes == ("The column status is not imported.",)


def test_a_name_that_only_looks_like_a_formula_comes_in_as_text_and_a_formula_does_not(cast):
    book = Workbook()
    book.active.append(["email", "last_name"])
    book.active.append([cast.cashier.email, "=HYPERLINK(1)"])
    book.active.append([cast.teammate.email, "x"])
    book.active.cell(3, 2).value, book.active.cell(3, 2).data_type = "=Ojo", "s"
    file = io.BytesIO()
    book.save(file)
    with tenancy.organisation(ACE):
        report = import_content(file.getvalue(), "people.xlsx", by=cast.hr)
    reason = "line 2, last_name “=HYPERLINK(1)”: It begins like a formula; write the value itself."
    assert [str(fault) for fault in report.faults] == [reason]
    assert report.rows[1].changes_said == "last name Ogundele → =Ojo"


def test_a_csv_that_a_spreadsheet_has_saved_as_xlsx_loses_its_marks_too(cast):
    book = Workbook()
    book.active.append(["email", "phone"])
    book.active.append([cast.cashier.email, "'+234 700 0001"])
    file = io.BytesIO()
    book.save(file)
    with tenancy.organisation(ACE):
        report = import_content(file.getvalue(), "people.xlsx", by=cast.hr)
    assert report.rows[0].changes_said == "phone nothing → +234 700 0001"


def test_no_cell_of_an_xlsx_is_a_formula():
    file = spreadsheets.write(XLSX, [Sheet("People", ["name"], ([text] for text in HOSTILE))])
    cells = [row[0] for row in load_workbook(file)["People"].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
