"""Next of kin and guarantors over the API: who sees and keeps them, how many there are, and that they are sealed."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from config import tenancy
from config.errors import Refused
from config.testing import ACE, bearer
from staff.models import AccessEntry, AuditEntry, AuditKind, Guarantor, GuarantorPaper, NextOfKin
from staff.services.contacts import (
    add_guarantor,
    add_next_of_kin,
    change_guarantor,
    change_next_of_kin,
    remove_guarantor,
    remove_next_of_kin,
)
from staff.tests.files import pdf

pytestmark = pytest.mark.django_db

KIN = {"name": "Ifeoma Nwosu", "relationship": "Mother", "phone": "+234 803 555 0142", "address": "4 Ring Road"}
GUARANTOR = {
    "name": "Tunde Alao",
    "phone": "+234 805 555 0177",
    "identity_number": "71234567890",
    "occupation": "Tailor",
}
SEALED = ("phone", "address", "identity_number")


def ask(client, by, method, path, body=None, **headers):
    """(status, JSON) of an answer of the API."""
    call = getattr(client, method)
    sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = call(f"/api/v1/staff/{path}", **sent, headers={**bearer(by), **headers})
    return answer.status_code, answer.json() if answer.content else None


@pytest.fixture
def mother(cast):
    with tenancy.organisation(ACE):
        return add_next_of_kin(cast.cashier, KIN, by=cast.cashier)


@pytest.fixture
def guarantor(cast):
    with tenancy.organisation(ACE):
        return add_guarantor(cast.cashier, GUARANTOR, by=cast.hr)


WHO = [
    ("cashier", 200), ("teammate", 404), ("floor_manager", 403), ("branch_manager", 403), ("group_head", 403),
    ("auditor", 200), ("coo", 200), ("ceo", 200), ("hr", 200), ("other_hr", 404),
]  # fmt: skip


@pytest.mark.parametrize(("who", "status"), WHO)
def test_contacts_are_for_the_person_and_for_those_whom_the_table_names(client, cast, mother, guarantor, who, status):
    for path in ("next-of-kin", f"next-of-kin/{mother.pk}", "guarantors", f"guarantors/{guarantor.pk}"):
        assert ask(client, getattr(cast, who), "get", f"{cast.cashier.pk}/{path}")[0] == status


def test_a_look_at_anothers_contacts_is_logged(client, cast, mother, guarantor):
    for who in (cast.cashier, cast.ceo):
        for path in ("next-of-kin", f"next-of-kin/{mother.pk}", "guarantors", f"guarantors/{guarantor.pk}"):
            ask(client, who, "get", f"{cast.cashier.pk}/{path}")
    with tenancy.organisation(ACE):
        rows = list(AccessEntry.objects.order_by("id").values_list("person", "by", "what"))
    seen = ["Next of kin", "Next of kin", "Guarantors", "Guarantors"]
    assert rows == [(cast.cashier.pk, cast.ceo.pk, what) for what in seen]


def test_a_change_of_nothing_and_the_form_of_a_change_are_looks_too(client, cast, signed_in, mother, guarantor):
    for path in (f"next-of-kin/{mother.pk}", f"guarantors/{guarantor.pk}"):
        assert ask(client, cast.hr, "patch", f"{cast.cashier.pk}/{path}", {})[0] == 200
    ask(client, cast.cashier, "patch", f"{cast.cashier.pk}/next-of-kin/{mother.pk}", {})
    for path in (f"next-of-kin/{mother.pk}", f"guarantors/{guarantor.pk}"):
        assert signed_in(cast.hr).get(f"/people/{cast.cashier.pk}/contacts/{path}").status_code == 200
    signed_in(cast.cashier).get(f"/people/{cast.cashier.pk}/contacts/next-of-kin/{mother.pk}")
    with tenancy.organisation(ACE):
        rows = list(AccessEntry.objects.order_by("id").values_list("person", "by", "what"))
    assert rows == [(cast.cashier.pk, cast.hr.pk, what) for what in ("Next of kin", "Guarantors") * 2]


def test_a_person_keeps_their_own_next_of_kin(client, cast):
    path = f"{cast.cashier.pk}/next-of-kin"
    status, row = ask(client, cast.cashier, "post", path, KIN)
    assert (status, {name: row[name] for name in KIN}) == (201, KIN)
    one = f"{path}/{row['id']}"
    assert ask(client, cast.cashier, "patch", one, {"phone": "0803 555 0199"})[1]["name"] == KIN["name"]
    assert ask(client, cast.cashier, "get", path)[1]["results"][0]["phone"] == "0803 555 0199"
    assert ask(client, cast.cashier, "delete", one)[0] == 204
    assert ask(client, cast.cashier, "get", path)[1]["results"] == []
    with tenancy.organisation(ACE):
        assert NextOfKin.objects.get().removed_by == cast.cashier


@pytest.mark.parametrize(("who", "status"), [("hr", 201), ("ceo", 403), ("auditor", 403), ("floor_manager", 403)])
def test_of_the_others_only_human_resource_keeps_next_of_kin(client, cast, who, status):
    assert ask(client, getattr(cast, who), "post", f"{cast.cashier.pk}/next-of-kin", KIN)[0] == status


def test_three_next_of_kin_are_enough(client, cast):
    path = f"{cast.cashier.pk}/next-of-kin"
    assert [ask(client, cast.cashier, "post", path, KIN)[0] for _ in range(4)] == [201, 201, 201, 409]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"), ({"phone": "call her"}, "phone"), ({"relationship": ""}, "relationship"),
        ({"name": "A\x01"}, "name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_field(client, cast, changes, field):
    status, answer = ask(client, cast.cashier, "post", f"{cast.cashier.pk}/next-of-kin", {**KIN, **changes})
    assert status == 400
    assert list(answer["error"]["fields"]) == [field]


@pytest.mark.parametrize(("who", "status"), [("cashier", 403), ("auditor", 403), ("coo", 403), ("hr", 201)])
def test_guarantors_are_human_resources_alone(client, cast, who, status):
    assert ask(client, getattr(cast, who), "post", f"{cast.cashier.pk}/guarantors", GUARANTOR)[0] == status


@pytest.mark.parametrize(("whom", "enough"), [("cashier", 1), ("floor_manager", 2), ("ceo", 2)])
def test_general_staff_have_one_guarantor_and_the_others_two(client, cast, whom, enough):
    path = f"{getattr(cast, whom).pk}/guarantors"
    given = [ask(client, cast.hr, "post", path, GUARANTOR)[0] for _ in range(enough + 1)]
    assert given == [201] * enough + [409]


def test_a_guarantor_is_changed_and_taken_away_by_human_resource(client, cast, guarantor):
    path = f"{cast.cashier.pk}/guarantors/{guarantor.pk}"
    assert ask(client, cast.hr, "patch", path, {"occupation": "Baker"})[1]["occupation"] == "Baker"
    assert ask(client, cast.cashier, "delete", path)[0] == 403
    assert ask(client, cast.hr, "delete", path)[0] == 204
    assert ask(client, cast.hr, "get", path)[0] == 404
    with tenancy.organisation(ACE):
        assert Guarantor.objects.get().removed_at


def test_a_changed_guarantor_is_not_overwritten_unseen(client, cast, guarantor):
    path = f"{cast.cashier.pk}/guarantors/{guarantor.pk}"
    assert ask(client, cast.hr, "patch", path, {"occupation": "Baker"}, **{"If-Match": '"old"'})[0] == 412


# ── Papers ───────────────────────────────────────────────────────────────────
def hand_in(client, by, cast, guarantor, kind="passport"):
    body = {"kind": kind, "file": SimpleUploadedFile("scan.pdf", pdf())}
    where = f"/api/v1/staff/{cast.cashier.pk}/guarantors/{guarantor.pk}/papers"
    return client.post(where, body, headers=bearer(by))


def test_a_guarantor_has_one_paper_of_each_kind_and_the_latest_counts(client, cast, guarantor):
    for kind in ("passport", "national_id", "work_id", "passport"):
        assert hand_in(client, cast.hr, cast, guarantor, kind).status_code == 201
    assert hand_in(client, cast.hr, cast, guarantor, "cv").status_code == 400
    row = ask(client, cast.hr, "get", f"{cast.cashier.pk}/guarantors/{guarantor.pk}")[1]
    assert [paper["kind"] for paper in row["papers"]] == ["national_id", "passport", "work_id"]
    with tenancy.organisation(ACE):
        assert GuarantorPaper.objects.count() == 4


@pytest.mark.parametrize(
    ("who", "reads", "keeps"),
    [
        ("cashier", 200, 403),
        ("auditor", 200, 403),
        ("branch_manager", 403, 403),
        ("hr", 200, 201),
        ("stranger", 404, 404),
    ],
)
def test_a_guarantors_papers_are_seen_and_kept_as_the_table_says(client, cast, guarantor, who, reads, keeps):
    paper = hand_in(client, cast.hr, cast, guarantor).json()["id"]
    where = f"/api/v1/staff/{cast.cashier.pk}/guarantors/{guarantor.pk}/papers/{paper}"
    headers = bearer(getattr(cast, who))
    assert client.get(f"{where}/file", headers=headers).status_code == reads
    assert hand_in(client, getattr(cast, who), cast, guarantor).status_code == keeps


def test_a_paper_that_is_taken_away_is_gone(client, cast, guarantor):
    paper = hand_in(client, cast.hr, cast, guarantor).json()["id"]
    path = f"{cast.cashier.pk}/guarantors/{guarantor.pk}/papers/{paper}"
    assert ask(client, cast.cashier, "delete", path)[0] == 403
    assert ask(client, cast.hr, "delete", path)[0] == 204
    assert client.get(f"/api/v1/staff/{path}/file", headers=bearer(cast.hr)).status_code == 404


def test_a_paper_of_a_guarantor_with_a_long_name_is_opened_and_logged(client, cast, signed_in, guarantor):
    with tenancy.organisation(ACE):
        change_guarantor(guarantor, {"name": "N" * 120}, by=cast.hr)
    paper = hand_in(client, cast.hr, cast, guarantor, "national_id").json()["id"]
    where = f"/api/v1/staff/{cast.cashier.pk}/guarantors/{guarantor.pk}/papers/{paper}/file"
    assert client.get(where, headers=bearer(cast.ceo)).status_code == 200
    page = f"/people/{cast.cashier.pk}/contacts/papers/{paper}/file"
    assert signed_in(cast.auditor).get(page).status_code == 200
    with tenancy.organisation(ACE):
        rows = list(AccessEntry.objects.order_by("id").values_list("by", "what"))
    what = "National ID of a guarantor, the file"
    assert rows == [(cast.ceo.pk, what), (cast.auditor.pk, what)]


def test_a_guarantors_papers_are_taken_away_with_them(client, cast, guarantor):
    paper = hand_in(client, cast.hr, cast, guarantor).json()["id"]
    path = f"{cast.cashier.pk}/guarantors/{guarantor.pk}"
    assert ask(client, cast.hr, "delete", path)[0] == 204
    with tenancy.organisation(ACE):
        assert GuarantorPaper.objects.get(pk=paper).removed_by == cast.hr
    assert client.get(f"/api/v1/staff/{path}/papers/{paper}/file", headers=bearer(cast.hr)).status_code == 404


def test_an_edit_does_not_bring_back_what_was_taken_away_meanwhile(cast, ace, mother, guarantor):
    for row, remove, change in (
        (mother, remove_next_of_kin, change_next_of_kin),
        (guarantor, remove_guarantor, change_guarantor),
    ):
        remove(type(row).objects.get(pk=row.pk), by=cast.hr)
        with pytest.raises(Refused, match="was taken away; add them again"):
            change(row, {"phone": "0803 555 0100"}, by=cast.hr)
        assert type(row).objects.get(pk=row.pk).removed_at


def test_the_audit_log_names_what_an_edit_changed_and_no_more(cast, ace, guarantor):
    change_guarantor(guarantor, {**GUARANTOR, "occupation": "Baker"}, by=cast.hr)
    entry = AuditEntry.objects.filter(about="staff.Guarantor", kind=AuditKind.CHANGED).get()
    assert set(entry.after) == {"occupation"}
    change_guarantor(guarantor, GUARANTOR | {"occupation": "Baker"}, by=cast.hr)
    assert AuditEntry.objects.filter(about="staff.Guarantor", kind=AuditKind.CHANGED).count() == 1


# ── At rest ──────────────────────────────────────────────────────────────────
def test_numbers_and_addresses_stand_in_the_database_only_sealed(cast, mother, guarantor):
    with tenancy.organisation(ACE), connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM staff_nextofkin k")
        kept = cursor.fetchone()[0]
        cursor.execute("SELECT row_to_json(g)::text FROM staff_guarantor g")
        kept += cursor.fetchone()[0]
    for secret in (KIN["phone"], KIN["address"], GUARANTOR["phone"], GUARANTOR["identity_number"]):
        assert secret not in kept
    assert "Tunde Alao" in kept


def test_a_key_that_comes_with_a_new_contact_keeps_nothing_of_it_in_clear(cast, client):
    given = {"next-of-kin": KIN, "guarantors": {**GUARANTOR, "address": "9 Palm Close"}}
    for path, details in given.items():
        key = {"Idempotency-Key": f"once-{path}"}
        assert ask(client, cast.hr, "post", f"{cast.cashier.pk}/{path}", details, **key)[0] == 201
    secrets = [details[name] for details in given.values() for name in SEALED if name in details]
    with tenancy.organisation(ACE), connection.cursor() as cursor:
        kept = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            kept[table] = str(cursor.fetchall())
    assert kept["staff_guarantor"].count("Tunde Alao") == 1
    assert [(table, secret) for table, rows in kept.items() for secret in secrets if secret in rows] == []
