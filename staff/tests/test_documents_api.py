"""Documents over the API: who sees whose, who adds, corrects and takes away, and the row that every look leaves."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER, bearer
from staff.documents.kinds import DocumentKind
from staff.models import AccessEntry, Document, RequiredDocument
from staff.services.requests import ask_for
from staff.tests.files import make_document, pdf

pytestmark = pytest.mark.django_db


def where(person, document=None, rest=""):
    return f"/api/v1/staff/{person.pk}/documents{f'/{document}' if document else ''}{rest}"


def upload(client, by, person, kind="passport", data=None, **fields):
    file = SimpleUploadedFile("scan.pdf", pdf() if data is None else data)
    return client.post(where(person), {"kind": kind, "file": file, **fields}, headers=bearer(by))


def send(client, method, path, body, by, **headers):
    call = getattr(client, method)
    return call(path, json.dumps(body), content_type="application/json", headers={**bearer(by), **headers})


@pytest.fixture
def passport(cast):
    with tenancy.organisation(ACE):
        return make_document(cast.cashier, by=cast.hr)


def log(person):
    with tenancy.organisation(ACE):
        return [(entry.by.first_name, entry.what) for entry in AccessEntry.objects.filter(person=person)]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("cashier", 200), ("teammate", 404), ("floor_manager", 403), ("branch_manager", 403), ("group_head", 403),
        ("stranger_manager", 404), ("auditor", 200), ("coo", 200), ("ceo", 200), ("hr", 200), ("other_hr", 404),
    ],
)  # fmt: skip
def test_documents_are_for_the_person_and_for_those_whom_the_table_names(client, cast, passport, who, status):
    headers = bearer(getattr(cast, who))
    for path in (where(cast.cashier), where(cast.cashier, passport.pk), where(cast.cashier, passport.pk, "/file")):
        assert client.get(path, headers=headers).status_code == status


def test_there_are_fifteen_kinds():
    assert set(DocumentKind.values) == {
        "waec", "neco", "jamb", "degree", "diploma",
        "birth_certificate", "national_id", "passport", "driving_licence", "voters_card",
        "nysc", "state_of_origin", "lga_certificate", "cv", "cover_letter",
    }  # fmt: skip


def test_the_list_says_what_a_document_is_and_how_long_it_holds(client, cast):
    today = timezone.localdate()
    with tenancy.organisation(ACE):
        for days in (-1, 0, 60, 61, None):
            ends = None if days is None else today + timedelta(days=days)
            make_document(cast.cashier, by=cast.hr, expires_on=ends)
    rows = client.get(where(cast.cashier), headers=bearer(cast.cashier)).json()["results"]
    assert [row["state"] for row in rows] == ["expired", "expiring", "expiring", "valid", "valid"]
    assert rows[0].keys() == {"id", "kind", "name", "media_type", "size", "expires_on", "state", "added_at"}
    assert (rows[0]["name"], rows[0]["size"]) == ("scan.pdf", len(pdf()))


def test_every_look_at_anothers_documents_is_logged_and_none_at_ones_own(client, cast, passport):
    for who in (cast.cashier, cast.auditor):
        for path in (where(cast.cashier), where(cast.cashier, passport.pk), where(cast.cashier, passport.pk, "/file")):
            client.get(path, headers=bearer(who))
    assert log(cast.cashier) == [
        ("Audu", "Passport, the file"),
        ("Audu", "Passport"),
        ("Audu", "Documents"),
    ]


def test_a_look_that_was_refused_leaves_no_row(client, cast, passport):
    client.get(where(cast.cashier), headers=bearer(cast.branch_manager))
    assert log(cast.cashier) == []


# ── Adding ───────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("ceo", 403), ("branch_manager", 403), ("hr", 201)])
def test_only_human_resource_adds_for_others(client, cast, who, status):
    assert upload(client, getattr(cast, who), cast.cashier).status_code == status


def test_a_person_hands_in_what_is_asked_for_and_nothing_else(client, cast):
    refused = upload(client, cast.cashier, cast.cashier)
    assert refused.status_code == 403
    assert "Nobody has asked you for this: Passport." in refused.json()["error"]["message"]
    with tenancy.organisation(ACE):
        ask_for([cast.cashier], DocumentKind.PASSPORT, due_on=timezone.localdate(), by=cast.hr)
    assert upload(client, cast.cashier, cast.cashier, expires_on="2090-01-01").status_code == 201
    # The request is answered with it.
    assert upload(client, cast.cashier, cast.cashier).status_code == 403


def test_a_person_hands_in_what_the_role_requires_until_it_is_there(client, cast):
    with tenancy.organisation(ACE):
        RequiredDocument.objects.create(category="general", kind="national_id")
    wanted = where(cast.cashier, rest="/wanted")
    row = {"kind": "national_id", "reason": "Required for your role", "due_on": None, "message": ""}
    assert client.get(wanted, headers=bearer(cast.cashier)).json() == {"results": [row]}
    soon = timezone.localdate() + timedelta(days=10)
    assert upload(client, cast.cashier, cast.cashier, "national_id", expires_on=soon).status_code == 201
    assert client.get(wanted, headers=bearer(cast.cashier)).json()["results"][0]["reason"] == "Expires soon"
    assert upload(client, cast.cashier, cast.cashier, "national_id").status_code == 201
    assert client.get(wanted, headers=bearer(cast.cashier)).json() == {"results": []}
    assert upload(client, cast.cashier, cast.cashier, "national_id").status_code == 403


def test_an_expired_paper_is_no_use_to_hand_in(client, cast):
    with tenancy.organisation(ACE):
        ask_for([cast.cashier], DocumentKind.PASSPORT, due_on=timezone.localdate(), by=cast.hr)
    answer = upload(client, cast.cashier, cast.cashier, expires_on="2020-01-01")
    assert answer.status_code == 400
    sentence = "Passport: this one has expired; upload one that is valid."
    assert answer.json()["error"]["fields"] == {"expires_on": sentence}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "diary"}, "kind"),
        ({"expires_on": "soon"}, "expires_on"),
        ({"expires_on": "1890-01-01"}, "expires_on"),
    ],
)
def test_what_cannot_be_read_is_named(client, cast, fields, field):
    answer = upload(client, cast.hr, cast.cashier, **{"kind": "passport", **fields})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


def test_an_upload_without_a_file_is_named(client, cast):
    for headers in (bearer(cast.hr), bearer(cast.cashier)):
        answer = client.post(where(cast.cashier), {"kind": "passport"}, headers=headers)
        assert answer.json()["error"]["fields"] == {"file": "No file was submitted."}


def test_nobody_has_more_documents_than_anybody_needs(client, cast, monkeypatch):
    monkeypatch.setattr("staff.services.papers.MOST_DOCUMENTS", 1)
    assert upload(client, cast.hr, cast.cashier).status_code == 201
    assert upload(client, cast.hr, cast.cashier).status_code == 409


def test_an_upload_that_is_repeated_happens_once_and_another_file_is_another_request(client, cast):
    headers = {**bearer(cast.hr), "Idempotency-Key": "one"}

    def post(data):
        body = {"kind": "cv", "file": SimpleUploadedFile("cv.pdf", data)}
        return client.post(where(cast.cashier), body, headers=headers)

    first = post(pdf())
    assert post(pdf()).json() == first.json()
    assert post(pdf(head=b"%other\n")).status_code == 422
    with tenancy.organisation(ACE):
        assert Document.objects.count() == 1


def test_eleven_uploads_in_a_minute_are_one_too_many(client, cast):
    answers = [upload(client, cast.cashier, cast.cashier).status_code for _ in range(11)]
    assert answers == [403] * 10 + [429]


# ── Changing, taking away ────────────────────────────────────────────────────
def test_human_resource_corrects_kind_and_validity_each_without_the_other(client, cast, passport):
    path = where(cast.cashier, passport.pk)
    assert send(client, "patch", path, {"expires_on": "2031-05-04"}, cast.hr).json()["kind"] == "passport"
    row = send(client, "patch", path, {"kind": "national_id"}, cast.hr).json()
    assert (row["kind"], row["expires_on"]) == ("national_id", "2031-05-04")
    assert send(client, "patch", path, {"expires_on": None}, cast.hr).json()["expires_on"] is None


def test_a_correction_of_what_somebody_changed_meanwhile_is_refused(client, cast, passport):
    path = where(cast.cashier, passport.pk)
    seen = client.get(path, headers=bearer(cast.hr))["ETag"]
    send(client, "patch", path, {"kind": "cv"}, cast.hr)
    assert send(client, "patch", path, {"kind": "degree"}, cast.hr, **{"If-Match": seen}).status_code == 412


@pytest.mark.parametrize(
    ("who", "status"), [("cashier", 403), ("auditor", 403), ("ceo", 403), ("floor_manager", 403), ("teammate", 404)]
)
def test_nobody_but_human_resource_corrects_or_takes_away(client, cast, passport, who, status):
    path = where(cast.cashier, passport.pk)
    assert send(client, "patch", path, {"kind": "cv"}, getattr(cast, who)).status_code == status
    assert client.delete(path, headers=bearer(getattr(cast, who))).status_code == status


def test_what_is_taken_away_is_gone_and_its_record_stays(client, cast, passport):
    path = where(cast.cashier, passport.pk)
    assert client.delete(path, headers=bearer(cast.hr)).status_code == 204
    for gone in (path, f"{path}/file"):
        assert client.get(gone, headers=bearer(cast.hr)).status_code == 404
    assert client.get(where(cast.cashier), headers=bearer(cast.hr)).json()["results"] == []
    with tenancy.organisation(ACE):
        passport.refresh_from_db()
        assert passport.removed_by == cast.hr
        assert passport.removed_at


def test_a_document_is_only_found_under_its_own_person(client, cast, passport):
    assert client.get(where(cast.teammate, passport.pk, "/file"), headers=bearer(cast.hr)).status_code == 404


def test_another_organisation_sees_nothing_of_it_in_the_database(cast, passport):
    with tenancy.organisation(OTHER):
        assert not Document.objects.exists()


def test_a_file_that_is_gone_from_the_server_is_said_to_be(client, cast, passport, settings):
    (settings.MEDIA_ROOT / str(ACE) / passport.key[:2] / passport.key).unlink()
    answer = client.get(where(cast.cashier, passport.pk, "/file"), headers=bearer(cast.hr))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "file_missing")


def test_an_upload_that_fails_later_leaves_no_file(cast, settings, monkeypatch):
    before = set(settings.MEDIA_ROOT.rglob("*"))

    def fails(*args, **kwargs):
        raise RuntimeError("the row cannot be written")

    monkeypatch.setattr(Document, "save", fails)
    with tenancy.organisation(ACE), pytest.raises(RuntimeError):
        make_document(cast.cashier, by=cast.hr)
    assert {path for path in set(settings.MEDIA_ROOT.rglob("*")) - before if path.is_file()} == set()
