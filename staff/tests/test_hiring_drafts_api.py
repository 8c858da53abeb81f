"""Hiring in steps over the API: the pages' rules, one hire, and files that go with the draft."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from config import tenancy
from config.testing import ACE, bearer
from staff.api.drafts import DraftFields
from staff.documents.storage import path_of
from staff.forms.hiring import fields_of
from staff.models import Education, EmploymentEvent, HiringDraft, Letter, NextOfKin, Person
from staff.services import drafts
from staff.tests.files import pdf
from staff.tests.hiring import KIN, SCHOOL, basics, drafts_left, make_draft

pytestmark = pytest.mark.django_db


def ask(client, by, method, path, body=None, **headers):
    """(status, JSON, ETag) of an answer of the API."""
    sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = getattr(client, method)(f"/api/v1/staff/drafts{path}", **sent, headers={**bearer(by), **headers})
    return answer.status_code, answer.json() if answer.content else None, answer.headers.get("ETag")


def test_a_draft_is_begun_filled_and_hired(client, cast):
    status, draft, _ = ask(client, cast.hr, "post", "", {"basics": {"first_name": "Bisi"}})
    assert status == 201
    assert draft["name"] == "Bisi"
    assert "basics.last_name" in draft["faults"]
    here = f"/{draft['id']}"
    status, refused, _ = ask(client, cast.hr, "post", f"{here}/hire")
    assert (status, "Basics" in refused["error"]["message"]) == (400, True)
    steps = {"basics": basics(cast.cashier), "education": [SCHOOL], "next_of_kin": [KIN], "salary": {"salary": "95000"}}
    status, draft, _ = ask(client, cast.hr, "patch", here, steps)
    assert (status, draft["faults"], draft["education"][0]["institution"]) == (200, {}, SCHOOL["institution"])
    status, person, _ = ask(client, cast.hr, "post", f"{here}/hire")
    assert (status, person["name"], person["is_active"]) == (201, "Bisi Alade", True)
    with tenancy.organisation(ACE):
        assert NextOfKin.objects.get(person=person["id"]).name == KIN["name"]
        assert Education.objects.get(person=person["id"]).institution == SCHOOL["institution"]
        assert EmploymentEvent.objects.get(person=person["id"]).salary_after == 95000
        assert Letter.objects.filter(person=person["id"]).count() == 1
    assert ask(client, cast.hr, "post", f"{here}/hire")[0] == 404


def test_each_post_begins_a_draft_of_its_own(client, cast, signed_in):
    signed_in(cast.hr).post("/people/hire/")
    signed_in(cast.hr).post("/people/hire/")
    assert drafts_left() == 1
    begun = {ask(client, cast.hr, "post", "", {"basics": {"first_name": "Bisi"}})[1]["id"] for _ in range(2)}
    assert (len(begun), drafts_left()) == (2, 3)


def test_nobody_leaves_more_than_so_many_unfinished(client, cast, monkeypatch):
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 3)
    for _ in range(3):
        assert ask(client, cast.floor_manager, "post", "", {})[0] == 201
    assert ask(client, cast.floor_manager, "post", "", {})[0] == 409


def test_what_is_wrong_is_refused_by_its_place_and_what_is_missing_may_come_later(client, cast):
    draft = make_draft(cast.hr, basics={"first_name": "Bisi"})
    status, refused, _ = ask(client, cast.hr, "patch", f"/{draft.pk}", {"education": [{"begun_on": "yesterday"}]})
    assert (status, list(refused["error"]["fields"])) == (400, ["education.0.begun_on"])
    assert ask(client, cast.hr, "patch", f"/{draft.pk}", {"education": [{"institution": "Half"}]})[0] == 200
    assert ask(client, cast.hr, "patch", f"/{draft.pk}", {"education": [SCHOOL] * 11})[0] == 400


def test_a_floor_manager_hires_general_staff_of_the_own_team_only(client, cast):
    wrong = {"role": cast.floor_manager.role_id, "branch": cast.akobo.pk, "department": cast.eatery.pk}
    for name, pk in wrong.items():
        sent = {"basics": basics(cast.cashier) | {name: str(pk)}}
        assert ask(client, cast.floor_manager, "post", "", sent)[0] == 400, name
    status, draft, _ = ask(client, cast.floor_manager, "post", "", {"basics": basics(cast.cashier)})
    assert (status, draft["steps"]) == (201, ["basics", "education", "experience", "review"])
    here = f"/{draft['id']}"
    for step, rows in (("salary", {"salary": "1"}), ("next_of_kin", [KIN]), ("guarantors", [])):
        assert ask(client, cast.floor_manager, "patch", here, {step: rows})[0] == 403, step
    assert ask(client, cast.floor_manager, "post", f"{here}/hire")[0] == 201


@pytest.mark.parametrize(
    ("who", "status"),
    [("floor_manager", 200), ("hr", 200), ("ceo", 404), ("branch_manager", 404), ("cashier", 404), ("other_hr", 404)],
)
def test_a_draft_is_for_who_began_it_and_for_human_resource(client, cast, who, status):
    draft = make_draft(cast.floor_manager, basics=basics(cast.cashier))
    assert ask(client, getattr(cast, who), "get", f"/{draft.pk}")[0] == status


def test_who_sees_no_salary_is_shown_none_of_a_draft(client, cast):
    draft = make_draft(cast.floor_manager, basics=basics(cast.cashier))
    ask(client, cast.hr, "patch", f"/{draft.pk}", {"salary": {"salary": "765432"}, "next_of_kin": [KIN]})
    shown = ask(client, cast.floor_manager, "get", f"/{draft.pk}")[1]
    assert not {"salary", "next_of_kin", "guarantors", "documents"} & shown.keys()
    assert "765432" not in json.dumps(shown)
    assert ask(client, cast.floor_manager, "post", f"/{draft.pk}/hire")[0] == 403


def test_a_change_that_somebody_else_has_not_seen_is_refused(client, cast):
    draft = make_draft(cast.hr, basics=basics(cast.cashier))
    etag = ask(client, cast.hr, "get", f"/{draft.pk}")[2]
    assert ask(client, cast.hr, "patch", f"/{draft.pk}", {"education": [SCHOOL]}, **{"If-Match": etag})[0] == 200
    assert ask(client, cast.hr, "patch", f"/{draft.pk}", {"education": []}, **{"If-Match": etag})[0] == 412


def test_nobody_is_hired_from_a_draft_that_was_not_seen(client, cast):
    draft = make_draft(cast.hr, basics=basics(cast.cashier))
    etag = ask(client, cast.hr, "get", f"/{draft.pk}")[2]
    ask(client, cast.hr, "patch", f"/{draft.pk}", {"salary": {"salary": "987654"}})
    assert ask(client, cast.hr, "post", f"/{draft.pk}/hire", **{"If-Match": etag})[0] == 412
    etag = ask(client, cast.hr, "get", f"/{draft.pk}")[2]
    assert ask(client, cast.hr, "post", f"/{draft.pk}/hire", **{"If-Match": etag})[0] == 201


def test_the_api_types_every_field_of_the_pages():
    for step, field in DraftFields().fields.items():
        row = getattr(field, "child", field)
        assert set(row.fields) == set(fields_of(step)), step


def test_the_gender_that_was_said_is_hired_with_the_rest(client, cast):
    _, draft, _ = ask(client, cast.hr, "post", "", {"basics": basics(cast.cashier, gender="female")})
    assert draft["basics"]["gender"] == "female"
    person = ask(client, cast.hr, "post", f"/{draft['id']}/hire")[1]
    assert person["gender"] == "female"


def hand_in(client, by, draft, kind="cv"):
    file = SimpleUploadedFile("a.pdf", pdf())
    here = f"/api/v1/staff/drafts/{draft.pk}/documents"
    return client.post(here, {"kind": kind, "file": file}, headers=bearer(by))


def key_of(draft):
    with tenancy.organisation(ACE):
        return HiringDraft.objects.get(pk=draft.pk).content["documents"][-1]["key"]


def exists(key):
    with tenancy.organisation(ACE):
        return path_of(key).exists()


def test_a_file_goes_with_the_draft_that_is_discarded(client, cast, django_capture_on_commit_callbacks):
    draft = make_draft(cast.hr, basics=basics(cast.cashier))
    assert hand_in(client, cast.floor_manager, draft).status_code == 404
    assert hand_in(client, cast.hr, draft).status_code == 201
    first = key_of(draft)
    with django_capture_on_commit_callbacks(execute=True):
        assert ask(client, cast.hr, "delete", f"/{draft.pk}/documents/{first}")[0] == 204
    assert not exists(first)
    hand_in(client, cast.hr, draft)
    second = key_of(draft)
    assert exists(second)
    with django_capture_on_commit_callbacks(execute=True):
        assert ask(client, cast.hr, "delete", f"/{draft.pk}")[0] == 204
    assert not exists(second)
    assert drafts_left() == 0


def test_no_door_names_the_files_of_a_draft(client, cast):
    draft = make_draft(cast.hr, basics=basics(cast.cashier))
    ask(client, cast.hr, "patch", f"/{draft.pk}", {"documents": [{"key": "0" * 32, "kind": "cv"}]})
    with tenancy.organisation(ACE):
        assert "documents" not in HiringDraft.objects.get(pk=draft.pk).content


@pytest.mark.django_db(transaction=True)
def test_two_who_finish_at_once_hire_once(cast):
    draft = make_draft(cast.hr, basics=basics(cast.cashier))
    headers = bearer(cast.hr)

    def finish(_: int) -> int:
        try:
            return Client().post(f"/api/v1/staff/drafts/{draft.pk}/hire", headers=headers).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as crowd:
        answers = sorted(crowd.map(finish, range(4)))
    assert answers[0] == 201
    assert set(answers[1:]) <= {404, 409}
    with tenancy.organisation(ACE):
        assert Person.objects.filter(email="bisi.alade@acemall.example").count() == 1
