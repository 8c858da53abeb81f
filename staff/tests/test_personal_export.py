"""A copy of one's data: everything of the catalogue, nothing of others, for oneself and by Human Resource."""

from __future__ import annotations

import json
import logging
import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import tenancy
from config.errors import Forbidden
from config.testing import ACE, bearer, sign_in
from staff.models import AccessEntry, AuditEntry, Letter, Person, Session
from staff.services.exporting import export
from staff.services.papers import Upload
from staff.services.pictures import set_picture
from staff.tests.audits import newest
from staff.tests.careers import CANARY, fresh, make_change, make_leaving, told
from staff.tests.files import make_document, make_papers, picture
from staff.tests.make import PASSWORD

pytestmark = pytest.mark.django_db
KIN_PHONE, VOUCHING = "0803 555 0142", "0805 555 0177"  # of make_papers


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(data))


def copy_of(person: Person, *, by: Person | None) -> zipfile.ZipFile:
    return opened(export(Person.objects.with_places().get(pk=person.pk), by=by).file.read())


def rows(copy: zipfile.ZipFile, table: str) -> list[dict[str, Any]]:
    return json.loads(copy.read(f"data/{table}.json").decode("utf-8"))


def download(client: Client, path: str, **words: str) -> Any:
    return client.post(path, {"password": PASSWORD, **words})


def test_a_copy_holds_every_table_and_file_in_clear(cast, ace):
    make_papers(cast.cashier, by=cast.hr)
    make_change(cast.cashier, by=cast.hr, salary=CANARY)
    copy = copy_of(set_picture(cast.cashier, Upload("me.jpg", picture()), by=cast.cashier), by=cast.cashier)
    assert rows(copy, "staff-person")[0]["email"] == cast.cashier.email
    assert rows(copy, "staff-next-of-kin")[0]["phone"] == KIN_PHONE
    assert rows(copy, "staff-guarantor")[0]["phone"] == VOUCHING
    assert rows(copy, "staff-employment-event")[0]["salary after"] == str(CANARY)
    assert rows(copy, "staff-document")[0]["kind"] == "Passport"
    files = {name: copy.read(name)[:4] for name in copy.namelist() if name.startswith("files/")}
    assert sorted(files.values()) == [b"%PDF", b"%PDF", b"\xff\xd8\xff\xe0"]
    assert files["files/picture.jpg"].startswith(b"\xff\xd8")


def test_the_page_of_a_copy_is_read_without_the_product_and_runs_nothing(cast, ace):
    make_papers(cast.cashier, by=cast.hr)
    page = copy_of(cast.cashier, by=cast.cashier).read("index.html").decode("utf-8")
    assert "Adaeze Nwosu" in page
    assert KIN_PHONE in page
    for outside in ("<script", "http://", "https://", "src=", "@import"):
        assert outside not in page


def test_secrets_and_other_peoples_data_do_not_ride_along(cast, ace):
    Person.objects.filter(pk=cast.floor_manager.pk).update(phone="0809 555 0999", date_of_birth="1980-02-03")
    make_papers(cast.teammate, by=cast.hr)
    make_document(cast.cashier, by=cast.hr)
    copy = copy_of(cast.cashier, by=cast.cashier)
    everything = "".join(copy.read(name).decode("utf-8") for name in copy.namelist() if "files/" not in name)
    for foreign in ("0809 555 0999", "1980-02-03", cast.floor_manager.email, cast.teammate.email, KIN_PHONE):
        assert foreign not in everything
    assert cast.cashier.password not in everything
    assert "key" not in rows(copy, "staff-document")[0]


def test_what_somebody_did_to_others_is_only_counted(cast, ace):
    make_papers(cast.cashier, by=cast.hr)
    copy = copy_of(cast.hr, by=cast.hr)
    assert {"what was done": "kept a paper of somebody (documents)", "how often": 1} in rows(copy, "mentions")
    assert "Ifeoma" not in copy.read("index.html").decode("utf-8")


def test_every_export_is_in_the_audit_log_and_anothers_in_the_access_log_and_told(cast, ace):
    copy_of(cast.cashier, by=cast.cashier)
    entry = newest(kind="export")
    assert (entry.person_id, entry.about) == (cast.cashier.pk, "personal data")
    assert not AccessEntry.objects.exists()
    assert told(cast.cashier) == []
    copy_of(cast.cashier, by=cast.hr)
    assert AccessEntry.objects.get().what == "A copy of all data"
    assert told(cast.cashier) == [("security", "A copy of your data was made by Halima Sule")]
    assert AuditEntry.objects.filter(kind="export", person_id=cast.cashier.pk).count() == 2


def test_who_has_left_is_told_by_letter(cast, ace):
    make_leaving(cast.cashier, by=cast.hr)
    copy_of(cast.cashier, by=cast.hr)
    letter = Letter.objects.get(kind="data_copied")
    assert (letter.to, letter.detail) == (cast.cashier.email, "Halima Sule")


@pytest.mark.parametrize("who", ["auditor", "ceo", "coo", "branch_manager", "floor_manager", "teammate"])
def test_nobody_but_human_resource_copies_anothers_data(cast, ace, who):
    with pytest.raises(Forbidden):
        export(cast.cashier, by=getattr(cast, who))
    assert not AuditEntry.objects.filter(kind="export").exists()


def test_the_page_asks_for_the_password_again(cast):
    client = sign_in(Client(), cast.cashier)
    refused = client.post("/account/privacy/download", {"password": "not-my-password"})
    assert refused.status_code == 422
    assert "This is not your password." in refused.content.decode()
    answer = download(client, "/account/privacy/download")
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    assert "index.html" in opened(b"".join(answer.streaming_content)).namelist()


def test_human_resource_copies_from_the_persons_page_and_others_may_not(cast):
    path = f"/people/{cast.cashier.pk}/export"
    assert f"{path}" in sign_in(Client(), cast.hr).get(f"/people/{cast.cashier.pk}/").content.decode()
    assert download(sign_in(Client(), cast.hr), path).status_code == 200
    assert download(sign_in(Client(), cast.auditor), path).status_code == 403
    assert download(sign_in(Client(), cast.stranger), path).status_code == 404
    assert download(sign_in(Client(), cast.other_hr), path).status_code == 404


def test_the_api_gives_ones_own_and_human_resource_anybodys(cast):
    def ask(person: Person, query: str = "") -> Any:
        return Client().get(f"/api/v1/gdpr/export{query}", headers=bearer(person))

    own = ask(cast.cashier)
    assert own.status_code == 200
    assert cast.cashier.employee_number in own["Content-Disposition"]
    other = f"?staff={cast.cashier.pk}"
    answers = {"hr": 200, "auditor": 403, "floor_manager": 403, "teammate": 404, "other_hr": 404}
    assert {who: ask(getattr(cast, who), other).status_code for who in answers} == answers
    assert ask(cast.hr, "?staff=all").status_code == 400


@pytest.mark.parametrize("path", ["gdpr/export", "staff/export", "staff/report?format=csv"])
def test_a_head_request_takes_nothing_out(cast, ace, path):
    assert Client().head(f"/api/v1/{path}", headers=bearer(cast.hr)).status_code == 405
    assert not AuditEntry.objects.filter(kind="export").exists()


def test_an_eleventh_copy_within_a_minute_is_refused(cast):
    asked = [Client().get("/api/v1/gdpr/export", headers=bearer(cast.cashier)).status_code for _ in range(11)]
    assert asked == [200] * 10 + [429]


def test_a_copy_takes_as_many_queries_for_much_as_for_little(cast, ace):
    person = Person.objects.with_places().select_related("organisation").get(pk=cast.cashier.pk)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            export(person, by=person)
        return len(seen)

    few = queries()
    now = timezone.now()
    kept = {"door": "page", "device": "Phone", "address": "::1", "token_version": 1}
    moments = dict.fromkeys(("created_at", "seen_at", "ends_at", "good_until"), now)
    Session.objects.bulk_create(Session(person=cast.cashier, **kept, **moments) for _ in range(50))
    make_change(fresh(cast.cashier), by=cast.hr, salary=CANARY)
    assert queries() == few <= 6


def test_nothing_that_is_exported_stands_in_a_log(cast, caplog):
    with tenancy.organisation(ACE):
        make_papers(cast.cashier, by=cast.hr)
    with caplog.at_level(logging.DEBUG):
        answer = Client().get("/api/v1/gdpr/export", headers=bearer(cast.cashier))
        assert KIN_PHONE in opened(b"".join(answer.streaming_content)).read("index.html").decode()
    assert KIN_PHONE not in "".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
