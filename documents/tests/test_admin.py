"""Papers in the admin: what is missing and expiring, what is required, asking from the list of people or by place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from staff.documents.kinds import DocumentKind
from staff.models import AccessEntry, Document, DocumentRequest, RequiredDocument
from staff.tests.files import make_document

pytestmark = pytest.mark.django_db

PEOPLE, DOCUMENTS = "/admin/staff/person/", "/admin/staff/document/"
REQUESTS, REQUIRED = "/admin/staff/documentrequest/", "/admin/staff/requireddocument/"


@pytest.fixture(autouse=True)
def inside(cast):
    with tenancy.organisation(ACE):
        yield


def due():
    return timezone.localdate() + timedelta(days=7)


def asked():
    return set(DocumentRequest.objects.values_list("person__first_name", flat=True))


def test_the_action_on_people_leads_to_asking_just_those(cast, signed_in):
    client = signed_in(cast.hr)
    chosen = [cast.cashier.pk, cast.teammate.pk]
    there = client.post(PEOPLE, {"action": "ask_for_document", "_selected_action": chosen})["Location"]
    form = client.get(there)
    assert "id_branch" not in form.content.decode()
    people = form.context["adminform"].form["people"].value()
    given = {"people": people, "kind": "passport", "due_on": due(), "message": "", "only_lacking": "on"}
    answer = client.post(there, given, follow=True)
    assert "2 people are asked, and told so." in answer.content.decode()
    assert asked() == {"Adaeze", "Kunle"}


def test_a_whole_branch_is_asked_but_for_those_who_have_it(cast, signed_in):
    make_document(cast.teammate, by=cast.hr)
    make_document(cast.floor_manager, by=cast.hr, expires_on=timezone.localdate() - timedelta(days=1))
    given = {"branch": cast.bodija.pk, "kind": "passport", "due_on": due(), "message": "", "only_lacking": "on"}
    signed_in(cast.hr).post(f"{REQUESTS}add/", given)
    assert asked() == {"Adaeze", "Segun", "Bola"}


def test_asking_nobody_new_is_said(cast, signed_in):
    given = {"people": str(cast.cashier.pk), "kind": "passport", "due_on": due(), "message": "", "only_lacking": "on"}
    client = signed_in(cast.hr)
    client.post(f"{REQUESTS}add/?people=1", given)
    answer = client.post(f"{REQUESTS}add/?people=1", given)
    assert "has handed it in or is asked already: Passport." in answer.content.decode()
    assert DocumentRequest.objects.count() == 1


def test_a_day_that_has_passed_stands_beside_its_field(cast, signed_in):
    given = {"people": str(cast.cashier.pk), "kind": "passport", "due_on": "2020-01-01", "message": "Please"}
    answer = signed_in(cast.hr).post(f"{REQUESTS}add/?people=1", given)
    assert answer.context["adminform"].form.errors == {
        "due_on": ["The due day lies between today and a year from now."]
    }


def test_requests_are_withdrawn_by_an_action(cast, signed_in):
    client = signed_in(cast.hr)
    client.post(f"{REQUESTS}add/", {"branch": cast.akobo.pk, "kind": "cv", "due_on": due(), "message": ""})
    chosen = list(DocumentRequest.objects.values_list("pk", flat=True))
    client.post(REQUESTS, {"action": "withdraw", "_selected_action": chosen})
    assert not DocumentRequest.objects.open().exists()


def test_people_who_lack_what_their_category_requires_are_found(cast, signed_in):
    RequiredDocument.objects.create(category="general", kind="national_id")
    make_document(cast.cashier, by=cast.hr, kind=DocumentKind.NATIONAL_ID)
    text = signed_in(cast.hr).get(f"{PEOPLE}?papers=incomplete").content.decode()
    assert "Kunle Ogundele" in text
    assert "Adaeze Nwosu" not in text


def test_a_manager_below_cannot_ask_who_lacks_something(cast, signed_in):
    RequiredDocument.objects.create(category="general", kind="national_id")
    client = signed_in(cast.floor_manager)
    assert "incomplete" not in client.get(PEOPLE).content.decode()
    assert client.get(f"{PEOPLE}?papers=incomplete").status_code == 400


def test_documents_that_expire_are_found(cast, signed_in):
    today = timezone.localdate()
    make_document(cast.cashier, by=cast.hr, expires_on=today + timedelta(days=60))
    make_document(cast.teammate, by=cast.hr, expires_on=today + timedelta(days=61))
    make_document(cast.stranger, by=cast.hr, expires_on=today - timedelta(days=1))
    client = signed_in(cast.auditor)
    for state, name in {"expiring": "Adaeze Nwosu", "valid": "Kunle Ogundele", "expired": "Simi Ojo"}.items():
        text = client.get(f"{DOCUMENTS}?validity={state}").content.decode()
        assert [each in text for each in ("Adaeze Nwosu", "Kunle Ogundele", "Simi Ojo")].count(True) == 1
        assert name in text


def test_opening_a_document_leaves_a_row_and_the_list_none(cast, signed_in):
    document = make_document(cast.cashier, by=cast.hr)
    client = signed_in(cast.auditor)
    client.get(DOCUMENTS)
    assert not AccessEntry.objects.exists()
    client.get(f"{DOCUMENTS}{document.pk}/change/")
    assert AccessEntry.objects.get().what == "Passport"


def test_human_resource_corrects_and_takes_away(cast, signed_in):
    document, client = make_document(cast.cashier, by=cast.hr), signed_in(cast.hr)
    client.post(f"{DOCUMENTS}{document.pk}/change/", {"kind": "passport", "expires_on": "2031-05-04"})
    document.refresh_from_db()
    assert f"{document.expires_on}" == "2031-05-04"
    client.post(DOCUMENTS, {"action": "take_away", "_selected_action": [document.pk]})
    assert not Document.objects.present().exists()


def test_human_resource_sets_what_a_category_must_have(cast, signed_in):
    client = signed_in(cast.hr)
    client.post(f"{REQUIRED}add/", {"category": "admin", "kind": "cv", "is_active": "on"})
    row = RequiredDocument.objects.get()
    again = client.post(f"{REQUIRED}add/", {"category": "admin", "kind": "cv", "is_active": "on"})
    assert "There is a row for this category and document already." in again.content.decode()
    client.post(f"{REQUIRED}{row.pk}/change/", {"category": "admin", "kind": "cv"})
    row.refresh_from_db()
    assert not row.is_active


@pytest.mark.parametrize("who", ["ceo", "auditor"])
def test_the_others_at_the_top_look_and_change_nothing(cast, signed_in, who):
    document, client = make_document(cast.cashier, by=cast.hr), signed_in(getattr(cast, who))
    assert client.get(DOCUMENTS).status_code == 200
    assert client.post(f"{DOCUMENTS}{document.pk}/change/", {"kind": "cv"}).status_code == 403
    for path in (f"{REQUESTS}add/", f"{REQUIRED}add/"):
        assert client.get(path).status_code == 403


@pytest.mark.parametrize("who", ["branch_manager", "floor_manager"])
def test_managers_below_see_none_of_it(cast, signed_in, who):
    client = signed_in(getattr(cast, who))
    for path in (DOCUMENTS, REQUESTS, REQUIRED):
        assert client.get(path).status_code == 403
