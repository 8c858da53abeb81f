"""People go out as files that no spreadsheet runs, within reach, and each time it is written down."""

import csv
import io
import stat
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from config import tenancy
from config.testing import ACE, bearer
from staff.models import AccessEntry, AuditEntry, AuditKind, EmploymentEvent, Kind, Organisation, Person, State
from staff.tests.make import make_person

pytestmark = pytest.mark.django_db

EXPORT = "/api/v1/staff/export"
HEADER = [
    "employee_number", "first_name", "last_name", "email", "role", "hired_on", "branch", "department",
    "sub_department", "phone", "personal_phone", "address", "date_of_birth", "gender", "contract_hours", "status",
]  # fmt: skip
HOSTILE = "=cmd|' /C calc'!A0"


def ask(person, address=EXPORT, **query):
    return Client().get(address, query, headers=bearer(person))


def body(response):
    return b"".join(response.streaming_content)


def rows_of(response):
    return list(csv.DictReader(io.StringIO(body(response).decode("utf-8-sig"))))


def sheet_of(content, name="People"):
    return load_workbook(io.BytesIO(content))[name]


def newest_export():
    with tenancy.organisation(ACE):
        return AuditEntry.objects.filter(kind=AuditKind.EXPORT).order_by("-id").first()


def pay(person, amount, by):
    day = date(2026, 1, 1)
    with tenancy.organisation(ACE):
        EmploymentEvent.objects.create(
            person=person, kind=Kind.SALARY_CHANGE, state=State.APPLIED, effective_on=day, at="2026-01-01T08:00Z",
            applied_at="2026-01-01T08:00Z", by=by, salary_after=amount,
        )  # fmt: skip


def test_human_resource_gets_everybody_with_the_columns_of_the_import(cast):
    response = ask(cast.hr)
    assert response["Content-Disposition"].startswith('attachment; filename="people-')
    assert response["Cache-Control"] == "private, no-store"
    rows = rows_of(response)
    assert list(rows[0]) == HEADER
    with tenancy.organisation(ACE):
        assert {row["employee_number"] for row in rows} == set(Person.objects.values_list("employee_number", flat=True))
    (row,) = [row for row in rows if row["email"] == cast.cashier.email]
    assert row["branch"] == "Bodija"
    assert row["role"] == "Cashier"
    assert (row["hired_on"], row["contract_hours"], row["gender"], row["status"]) == (
        "2024-01-01",
        "40.0",
        "",
        "active",
    )


def test_who_has_left_is_so_by_the_readers_clock(cast, signed_in):
    client = signed_in(cast.hr)
    with tenancy.organisation(ACE):
        Organisation.objects.filter(pk=ACE).update(timezone="Pacific/Kiritimati")
        Person.objects.filter(pk=cast.hr.pk).update(branch=None)
        yesterday = timezone.localdate(timezone=ZoneInfo("Pacific/Kiritimati")) - timedelta(days=1)
        Person.objects.filter(pk=cast.cashier.pk).update(left_on=yesterday)
    # From 10:00 UTC on it is tomorrow there, so that by UTC's day the last working day would not be over.
    with time_machine.travel(datetime.combine(yesterday, time(11), UTC), tick=False):
        answer = client.get("/reports/people/file")
        (row,) = [row for row in rows_of(answer) if row["email"] == cast.cashier.email]
        assert row["status"] == "left"
        assert f"people-{yesterday + timedelta(days=1)}.csv" in answer["Content-Disposition"]
        assert cast.cashier.full_name not in client.get("/team/").content.decode()


@pytest.mark.parametrize("who", ["auditor", "coo", "ceo", "group_head", "branch_manager", "floor_manager", "cashier"])
def test_nobody_but_human_resource_exports(cast, who, signed_in):
    person = getattr(cast, who)
    assert ask(person).status_code == 403
    assert signed_in(person).get("/reports/people/file").status_code == 403
    assert newest_export() is None


def test_filters_choose_and_stand_in_the_log_with_the_number_of_rows(cast):
    rows = rows_of(ask(cast.hr, branch=cast.akobo.pk, category="general"))
    assert [row["last_name"] for row in rows] == ["Ojo"]
    entry = newest_export()
    assert entry.actor_id == cast.hr.pk
    asked = {"branch": str(cast.akobo.pk), "category": "general"}
    assert entry.after == {"rows": 1, "format": "csv", "asked": asked}


def test_the_log_tells_that_somebody_was_searched_for_and_not_whom(cast, signed_in):
    for answer in (
        ask(cast.hr, search="Adaeze"),
        signed_in(cast.hr).get("/reports/people/file?search=Adaeze&format=csv"),
    ):
        assert answer.status_code == 200
        assert newest_export().after == {"rows": 1, "format": "csv", "asked": {"search": True}}


def test_what_cannot_be_read_is_refused_and_nothing_goes_out(cast, signed_in):
    for query in ({"format": "pdf"}, {"branch": "x"}, {"salaries": "maybe"}, {"category": "none"}):
        assert ask(cast.hr, **query).status_code == 400
    client = signed_in(cast.hr)
    for query in ("format=pdf", "branch=x", "category=none"):
        assert client.get(f"/reports/people/file?{query}").status_code == 400
    assert newest_export() is None


def test_a_formula_is_marked_in_csv_and_is_text_in_xlsx(cast):
    with tenancy.organisation(ACE):
        make_person(HOSTILE, "@SUM(A1)", cast.cashier.role, email="h@x.example", phone="+234 700 0001")
    (row,) = [row for row in rows_of(ask(cast.hr)) if row["email"] == "h@x.example"]
    assert (row["first_name"], row["last_name"], row["phone"]) == (f"'{HOSTILE}", "'@SUM(A1)", "'+234 700 0001")
    sheet = sheet_of(body(ask(cast.hr, format="xlsx")))
    (cells,) = [cells for cells in sheet.iter_rows() if cells[3].value == "h@x.example"]
    assert [(cell.value, cell.data_type) for cell in cells[1:3]] == [(HOSTILE, "s"), ("@SUM(A1)", "s")]
    assert cells[1].quotePrefix


def test_no_salary_goes_out_unless_it_is_asked_for_and_then_every_look_is_written_down(cast):
    pay(cast.cashier, 123456, cast.hr)
    assert "123456" not in body(ask(cast.hr)).decode()
    with tenancy.organisation(ACE):
        assert not AccessEntry.objects.exists()
    (row,) = [row for row in rows_of(ask(cast.hr, salaries="1")) if row["email"] == cast.cashier.email]
    assert row["salary"] == "123456"
    with tenancy.organisation(ACE):
        looked_at = set(AccessEntry.objects.filter(by=cast.hr).values_list("person", flat=True))
        assert looked_at == set(Person.objects.exclude(pk=cast.hr.pk).values_list("pk", flat=True))
    assert newest_export().after["asked"] == {"salaries": True}


def test_ten_times_the_people_need_no_more_questions(cast, django_assert_max_num_queries):
    with tenancy.organisation(ACE):
        for count in (1, 200):
            Person.objects.bulk_create(
                Person(
                    first_name="N", last_name=f"{n}", email=f"{count}.{n}@x.example", employee_number=f"{count}-{n}",
                    role=cast.cashier.role, hired_on=date(2024, 1, 1),
                )
                for n in range(count)
            )  # fmt: skip
            with django_assert_max_num_queries(10):
                assert ask(cast.hr, salaries="1").status_code == 200


def run(*options):
    out = StringIO()
    call_command("export_staff", "--organisation=acemall", *options, stdout=out)
    return out.getvalue()


def test_the_command_prints_csv_or_writes_a_file_for_its_owner_alone(cast, tmp_path):
    assert run().startswith("employee_number,first_name")
    to = tmp_path / "people.xlsx"
    assert "People written to" in run("--format=xlsx", f"--to={to}")
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [to]
    assert [cell.value for cell in sheet_of(to.read_bytes())[1]] == HEADER
    assert newest_export().actor_id == cast.hr.pk


def test_the_command_says_what_is_wrong_and_writes_nothing_down(cast, tmp_path):
    with pytest.raises(CommandError, match="Say where the XLSX file goes"):
        run("--format=xlsx")
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        run(f"--to={tmp_path / 'nowhere' / 'people.csv'}")
    with pytest.raises(CommandError, match="Your role does not allow this"):
        run(f"--by={cast.auditor.email}")
    assert newest_export() is None
