"""A file of people comes in whole or not at all, and every bad row is named."""

import zipfile
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from config import tenancy
from config.errors import Forbidden, Invalid
from config.testing import ACE
from staff.importing import files, import_content, import_people
from staff.models import AuditEntry, Person
from staff.roles import Duty
from staff.tests.make import make_role

pytestmark = pytest.mark.django_db

HEADER = "first_name,last_name,email,role,branch,department,phone,date_of_birth,hired_on,contract_hours"
ADA = "Ada,Okoro,ada.okoro@acemall.example,Cashier,Bodija,SuperMarket,+234 700 0001,1999-05-01,2026-01-05,40"
BEN = 'Ben,Uche,ben.uche@acemall.example,cashier,bod,supermarket,,,05/02/2026,"37,5"'


@pytest.fixture
def write(tmp_path):
    def write(*lines, name="people.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes("\n".join(lines).encode(encoding))
        return path

    return write


def run(path, *options, organisation="acemall"):
    out = StringIO()
    call_command("import_staff", path, f"--organisation={organisation}", *options, stdout=out)
    return out.getvalue()


def found(**wanted):
    with tenancy.organisation(ACE):
        return Person.objects.with_places().filter(**wanted).first()


def faults_of(path, by, **options):
    with tenancy.organisation(ACE):
        return [str(fault) for fault in import_people(path, by=by, **options).faults]


def test_without_commit_nothing_is_written(cast, write):
    assert "People to bring in: 2; to change: 0." in run(write(HEADER, ADA, BEN))
    assert found(email="ada.okoro@acemall.example") is None


def test_with_commit_everybody_is_hired_by_the_rules(cast, write):
    assert "People brought in: 2; changed: 0." in run(write(HEADER, ADA, BEN), "--commit")
    ada, ben = found(email="ada.okoro@acemall.example"), found(email="ben.uche@acemall.example")
    assert ada.employee_number.startswith("ACE-BOD-")
    assert not ada.has_usable_password()
    assert (ben.branch, ben.hired_on, ben.contract_hours) == (cast.bodija, date(2026, 2, 5), 37.5)


def test_one_bad_row_stops_them_all(cast, write):
    bad = ADA.replace("Bodija", "Bodja")
    with pytest.raises(CommandError, match="1 row of 2 not right: nobody was brought in or changed"):
        run(write(HEADER, BEN, bad), "--commit")
    assert found(email="ben.uche@acemall.example") is None


def test_partial_takes_the_good_rows(cast, write):
    out = run(write(HEADER, BEN, ADA.replace("Bodija", "Bodja")), "--commit", "--partial")
    assert "line 3, branch “Bodja”: There is no such branch; is it Bodija?" in out
    assert "People brought in: 1; changed: 0; left out: 1 row." in out
    assert found(email="ben.uche@acemall.example")
    assert not found(email="ada.okoro@acemall.example")


def test_the_same_file_may_come_twice_and_changes_nothing_then(cast, write):
    run(write(HEADER, ADA, BEN), "--commit")
    with tenancy.organisation(ACE):
        before = AuditEntry.objects.count()
    assert "People brought in: 0; changed: 0; unchanged: 2." in run(write(HEADER, ADA, BEN), "--commit")
    with tenancy.organisation(ACE):
        assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("ada.okoro@acemall.example", "ada.okoro"), "line 2, email “ada.okoro”: Write an e-mail address"),
        (("Ada,", "=cmd|' /C calc'!A0,"), "first_name “=cmd|' /C calc'!A0”: It begins like a formula"),
        (("Okoro,", "@Okoro,"), "last_name “@Okoro”: It begins like a formula"),
        (("+234 700 0001", "+SUM(A1)"), "phone “+SUM(A1)”: It begins like a formula"),
        (("1999-05-01", "1999-02-30"), "date_of_birth “1999-02-30”: Write a day like"),
        (("2026-01-05", "soon"), "hired_on “soon”: Write a day like"),
        (("2026-01-05", ""), "hired_on: Write the day of hiring"),
        (("2026-01-05,40", "2026-01-05,many"), "contract_hours “many”: Write hours"),
        (("2026-01-05,40", "2026-01-05,1e99"), "contract_hours “1e99”: Write hours"),
        (("2026-01-05,40", "2026-01-05,169"), "contract_hours “169”: Contract hours are between"),
        (("Cashier", "Cashir"), "role “Cashir”: There is no such role; is it Cashier?"),
        (("Cashier", ""), "role: Write the role"),
        (("Bodija", ""), "branch: The role Cashier needs a branch"),
        (("Ada,", ","), "first_name: Write the first name"),
        ((",40", ",40,and,more"), "row: It has 12 values for 10 columns"),
    ],
)
def test_a_bad_cell_is_named_with_line_column_value_and_reason(cast, write, change, fault):
    assert fault in "\n".join(faults_of(write(HEADER, ADA.replace(*change, 1)), cast.hr))


def test_the_same_address_in_two_rows_or_in_another_organisation_is_a_fault(cast, write):
    other = ADA.replace("ada.okoro@acemall.example", cast.other_cashier.email)
    faults = "\n".join(faults_of(write(HEADER, ADA, ADA, other), cast.hr))
    assert "line 3, email “ada.okoro@acemall.example”: ada.okoro@acemall.example stands in more than one row" in faults
    assert f"line 4, email “{cast.other_cashier.email}”: {cast.other_cashier.email} already belongs" in faults


def test_line_numbers_count_the_lines_of_the_file(cast, write):
    two_lines = ADA.replace("Ada", '"Ada\nMaria"')
    faults = faults_of(write(HEADER, "", two_lines, "", BEN.replace("bod,", "nowhere,")), cast.hr)
    assert faults[0].startswith("line 3, first_name “Ada�Maria”")
    assert faults[1].startswith("line 6, branch “nowhere”")


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (
            HEADER.replace("hired_on", "hired_onn"),
            "“hired_onn” is not a column, is it hired_on?",
        ),
        (HEADER.replace("phone", "email"), "the column email stands there twice"),
        (HEADER.replace("phone", ""), "a column has no title"),
        (HEADER.replace("email", "phone"), "there is no column email or employee_number"),
    ],
)
def test_a_bad_header_is_refused_by_name(cast, write, header, sentence):
    with pytest.raises(CommandError) as refusal:
        run(write(header, ADA))
    assert sentence in str(refusal.value)


def test_titles_may_be_written_as_people_write_them(cast, write):
    header = HEADER.replace("first_name", "First name").replace("email", "E-mail").replace("phone", "Work phone")
    assert faults_of(write(header, ADA), cast.hr) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_a_csv_is_read_in_the_encodings_that_programs_write(cast, write, encoding):
    out = run(write(HEADER, ADA.replace("Ada", "Adé"), encoding=encoding), "--commit")
    assert found(email="ada.okoro@acemall.example").first_name == "Adé"
    assert ("read as Windows-1252" in out) == (encoding in ("cp1252", "latin-1"))


@pytest.mark.parametrize("mark", [";", "\t"])
def test_values_may_stand_between_semicolons_or_tabs(cast, write, mark):
    assert faults_of(write(HEADER.replace(",", mark), ADA.replace(",", mark)), cast.hr) == []


def test_an_excel_file_is_read_with_its_own_dates_and_numbers(cast, tmp_path):
    book = Workbook()
    book.active.append(HEADER.split(","))
    row = ADA.split(",")
    row[6], row[7], row[8], row[9] = 2347000001, date(1999, 5, 1), date(2026, 1, 5), 40.0
    book.active.append(row)
    book.active.append([])
    book.active.append(["=A2", *row[1:]])
    book.save(tmp_path / "people.xlsx")
    faults = faults_of(tmp_path / "people.xlsx", cast.hr)
    assert faults == ["line 4, first_name “=A2”: It begins like a formula; write the value itself."]
    run(tmp_path / "people.xlsx", "--commit", "--partial")
    ada = found(email="ada.okoro@acemall.example")
    assert (ada.phone, ada.date_of_birth, ada.hired_on) == ("2347000001", date(1999, 5, 1), date(2026, 1, 5))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (files.OLD_EXCEL + b"....", "old Excel file"),
        (files.ZIP + b"....", "not an Excel file that can be read"),
        (b"\x00\x01\x02", "neither a CSV nor an XLSX"),
        (b"first_name\n\x81\x8d", "in no encoding that is known"),
        (HEADER.encode() + b'\n"Ada,Okoro\n', "Line 2 cannot be read; is a quotation mark"),
    ],
)
def test_a_file_that_is_no_table_gets_one_sentence(cast, tmp_path, content, sentence):
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        run(path)


def test_a_file_of_50_mb_is_refused_before_it_is_read(cast, tmp_path):
    path = tmp_path / "people.csv"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(CommandError, match="The file has 50 MB; at most 20 MB are read: split it"):
        run(path)


def test_too_many_rows_are_refused(cast, write):
    content = write(HEADER, ADA, BEN).read_bytes()
    with tenancy.organisation(ACE), pytest.raises(Invalid, match="more than 1 rows"):
        import_content(content, "people.csv", by=cast.hr, most=1)


def test_a_file_that_is_not_there_gets_one_sentence(cast, tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(tmp_path / "none.csv")


def test_the_organisation_must_be_named_where_there_are_several(cast, write):
    with pytest.raises(CommandError, match="Say which organisation with --organisation: acemall, othermart"):
        call_command("import_staff", write(HEADER, ADA))
    with pytest.raises(CommandError, match="There is no active organisation nowhere; there are: acemall, othermart"):
        run(write(HEADER, ADA), organisation="nowhere")


def test_rows_come_into_the_named_organisation_only(cast, write):
    with pytest.raises(CommandError, match="1 row of 1 not right"):
        run(write(HEADER, ADA), organisation="othermart")


@pytest.mark.parametrize("who", ["floor_manager", "auditor", "coo", "cashier"])
def test_only_human_resource_imports(cast, write, who):
    with tenancy.organisation(ACE), pytest.raises(Forbidden):
        import_people(write(HEADER, ADA), by=getattr(cast, who))
    with pytest.raises(CommandError, match="Only Human Resource imports people"):
        run(write(HEADER, ADA), f"--by={getattr(cast, who).email}")


def test_nobody_of_human_resource_to_hire_in_whose_name(cast, write):
    with tenancy.organisation(ACE):
        Person.objects.filter(role__duty=Duty.PEOPLE).update(is_active=False)
    with pytest.raises(CommandError, match="Nobody of Human Resource"):
        run(write(HEADER, ADA))


def test_it_asks_the_same_number_of_questions_for_2_rows_and_200(cast, write, django_assert_max_num_queries):
    def rows(count):
        return [ADA.replace("ada.okoro", f"ada.okoro{count}.{number}") for number in range(count)]

    for count in (2, 200):
        with tenancy.organisation(ACE), django_assert_max_num_queries(14):
            report = import_people(write(HEADER, *rows(count)), by=cast.hr, commit=True)
        assert report.hired == count


def test_people_their_histories_and_letters_go_in_as_arrays_and_not_value_by_value(cast, write):
    with tenancy.organisation(ACE), CaptureQueriesContext(connection) as queries:
        import_people(write(HEADER, ADA, BEN), by=cast.hr, commit=True)
    for table in ("staff_person", "staff_employmentevent", "staff_letter"):
        (said,) = [query["sql"] for query in queries if query["sql"].startswith(f'INSERT INTO "{table}"')]
        assert "UNNEST" in said


def test_a_role_of_a_department_asks_nothing_more(cast, write):
    with tenancy.organisation(ACE):
        make_role("Baker", department=cast.supermarket)
    faults = faults_of(write(HEADER, ADA.replace("Cashier", "Baker").replace("SuperMarket", "Eatery")), cast.hr)
    assert faults == ["line 2, department “Eatery”: The role Baker belongs to SuperMarket."]


def test_a_contract_of_no_hours_is_not_taken_for_an_empty_cell(cast, write):
    run(write(HEADER, ADA.replace("2026-01-05,40", "2026-01-05,0"), BEN.replace('"37,5"', "")), "--commit")
    assert found(email="ada.okoro@acemall.example").contract_hours == 0
    assert found(email="ben.uche@acemall.example").contract_hours == 40


@pytest.mark.parametrize("part", ["xl/workbook.xml", "[Content_Types].xml", "xl/worksheets/sheet1.xml"])
def test_a_damaged_excel_file_gets_one_sentence(cast, tmp_path, part):
    whole, damaged = tmp_path / "people.xlsx", tmp_path / "damaged.xlsx"
    book = Workbook()
    book.active.append(HEADER.split(","))
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(damaged, "w") as target:
        for name in source.namelist():
            target.writestr(name, b"<a><b></a>" if name == part else source.read(name))
    with pytest.raises(CommandError, match="not an Excel file that can be read"):
        run(damaged)
