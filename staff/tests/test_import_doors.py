"""The API and the admin bring in a file of people: a report first, then all of it or nothing."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config import tenancy
from config.testing import ACE, bearer
from staff.models import Person

pytestmark = pytest.mark.django_db

API, PAGE = "/api/v1/staff/import", "/admin/staff/person/import/"
HEADER = "email,first_name,last_name,role,hired_on,branch,department,phone"
ADA = "ada@x.example,Ada,Okoro,Cashier,2026-01-05,Bodija,SuperMarket,"


def file_of(*lines):
    return SimpleUploadedFile("people.csv", "\n".join(lines).encode())


def post(person, *lines, **fields):
    return Client().post(API, {"file": file_of(*lines), **fields}, headers=bearer(person))


def known(email):
    with tenancy.organisation(ACE):
        return Person.objects.filter(email=email).first()


def change_of(cast, phone="0805 555 0100"):
    return f"{cast.cashier.email},,,,,,,{phone}"


def test_the_api_answers_with_a_report_and_writes_with_commit(cast):
    rehearsal = post(cast.hr, HEADER, ADA, change_of(cast)).json()
    assert (rehearsal["new"], rehearsal["changes"], rehearsal["hired"], rehearsal["changed"]) == (1, 1, 0, 0)
    assert rehearsal["rows"][1] == {
        "line": 3,
        "who": f"Adaeze Nwosu ({cast.cashier.employee_number})",
        "outcome": "changes",
        "changes": [{"column": "phone", "before": "nothing", "after": "0805 555 0100"}],
        "faults": [],
    }
    assert known("ada@x.example") is None
    done = post(cast.hr, HEADER, ADA, change_of(cast), commit="1", seen=rehearsal["seen"]).json()
    assert (done["hired"], done["changed"]) == (1, 1)
    assert known("ada@x.example")
    assert known(cast.cashier.email).phone == "0805 555 0100"


def test_a_bad_row_stops_a_commit_and_is_named(cast):
    answer = post(cast.hr, HEADER, ADA, change_of(cast, phone="x"), commit="1")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["message"] == "1 of 2 rows not right: nothing was written."
    assert error["fields"] == {"3.phone": "Write the phone number in digits, like +234 803 555 0100."}
    assert known("ada@x.example") is None


def test_who_was_changed_in_between_is_a_conflict_and_so_is_another_file(cast):
    seen = post(cast.hr, HEADER, change_of(cast)).json()["seen"]
    other = post(cast.hr, HEADER, ADA, commit="1", seen=seen)
    assert (other.status_code, known("ada@x.example")) == (412, None)
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(phone="0805 555 0999")
    answer = post(cast.hr, HEADER, change_of(cast), commit="1", seen=seen)
    assert answer.status_code == 412
    assert "Somebody has changed Adaeze Nwosu since the report" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("",), "The file is empty."),
        (("email,shoe size", "a@x.example,42"), "“shoe_size” is not a column"),
        ((HEADER, *[ADA] * 1001), "more than 1,000 rows"),
    ],
)
def test_a_file_that_cannot_be_taken_gets_one_sentence(cast, lines, sentence):
    answer = post(cast.hr, *lines)
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]["message"]


@pytest.mark.parametrize("who", ["auditor", "coo", "ceo", "branch_manager", "floor_manager", "cashier"])
def test_nobody_but_human_resource_brings_people_in(cast, who, signed_in):
    person = getattr(cast, who)
    assert post(person, HEADER, ADA, commit="1").status_code == 403
    assert signed_in(person).post(PAGE, {"file": file_of(HEADER, ADA), "commit": "1"}).status_code == 403
    assert known("ada@x.example") is None


def test_bringing_people_in_is_limited_like_every_bulk_write(cast):
    statuses = [post(cast.hr, HEADER).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


def test_the_page_shows_a_report_first_and_writes_when_the_same_file_comes_again(cast, signed_in):
    client = signed_in(cast.hr)
    page = client.post(PAGE, {"file": file_of(HEADER, ADA, change_of(cast))}).content.decode()
    assert "Nothing is written yet" in page
    assert "phone nothing → 0805 555 0100" in page
    assert known("ada@x.example") is None
    hidden = dict(re.findall(r'<input type="hidden" name="(seen|commit)" value="([^"]+)"', page))
    page = client.post(PAGE, {"file": file_of(HEADER, ADA, change_of(cast)), **hidden}).content.decode()
    assert "Brought in: 1; changed: 1; unchanged: 0." in page
    assert known("ada@x.example")
    page = client.post(PAGE, {"file": file_of(HEADER, ADA, change_of(cast)), **hidden}).content.decode()
    assert "Somebody has changed" in page


def test_the_page_names_what_is_wrong_and_offers_no_way_to_write_it(cast, signed_in):
    page = signed_in(cast.hr).post(PAGE, {"file": file_of(HEADER, change_of(cast, phone="x"))}).content.decode()
    assert "1 of 1 rows not right: nothing can be written until they are." in page
    assert "phone “x”: Write the phone number" in page
    assert 'name="commit"' not in page
