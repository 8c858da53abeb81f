"""The pages of papers: tabs, what is wanted, handing in, and keeping next of kin and guarantors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from staff.documents.kinds import DocumentKind
from staff.models import AccessEntry, Document, Guarantor, GuarantorPaper, NextOfKin
from staff.services.contacts import add_guarantor, add_next_of_kin
from staff.services.requests import ask_for
from staff.tests.files import make_document, make_papers, pdf

pytestmark = pytest.mark.django_db


def scan(data=None):
    return SimpleUploadedFile("scan.pdf", pdf() if data is None else data)


def text(response):
    return response.content.decode()


@pytest.fixture
def asked(cast):
    with tenancy.organisation(ACE):
        due = timezone.localdate() + timedelta(days=9)
        return ask_for([cast.cashier], DocumentKind.PASSPORT, due_on=due, message="For the bank.", by=cast.hr)


@pytest.mark.parametrize(
    ("who", "status"),
    [("teammate", 404), ("floor_manager", 403), ("branch_manager", 403), ("auditor", 200), ("ceo", 200), ("hr", 200)],
)
def test_the_pages_of_another_open_for_those_whom_the_table_names(cast, signed_in, who, status):
    with tenancy.organisation(ACE):
        rows = make_papers(cast.cashier, cast.hr)
    client = signed_in(getattr(cast, who))
    here = f"/people/{cast.cashier.pk}"
    files = f"documents/{rows['document']}/file", f"contacts/papers/{rows['guarantorpaper']}/file"
    for path in ("documents/", "contacts/", *files):
        assert client.get(f"{here}/{path}").status_code == status
    with tenancy.organisation(ACE):
        assert AccessEntry.objects.count() == (4 if status == 200 else 0)


def test_the_tabs_are_there_for_who_may_open_them(cast, signed_in):
    here = f"/people/{cast.cashier.pk}/"
    assert f"{here}documents/" in text(signed_in(cast.auditor).get(here))
    assert "/documents/" not in text(signed_in(cast.floor_manager).get(here))


def test_ones_own_pages_are_reached_from_me_and_leave_no_row(cast, signed_in):
    client = signed_in(cast.cashier)
    account = text(client.get("/account/"))
    for path in ("/account/documents/", "/account/contacts/"):
        assert path in account
        assert client.get(path).status_code == 200
    with tenancy.organisation(ACE):
        assert not AccessEntry.objects.exists()


def test_what_is_wanted_is_shown_and_handed_in(cast, signed_in, asked):
    client = signed_in(cast.cashier)
    page = text(client.get("/account/documents/?kind=passport"))
    assert "For the bank." in page
    assert '<option value="passport" selected>' in page
    assert "cover_letter" not in page
    sent = client.post("/account/documents/", {"kind": "passport", "file": scan()}, follow=True)
    assert "Passport: kept." in text(sent)
    assert "Nothing is wanted of you" in text(sent)


def test_a_refused_file_says_why_beside_its_field_and_loses_nothing_else(cast, signed_in, asked):
    given = {"kind": "passport", "file": scan(b"<html>"), "expires_on": "2090-05-04"}
    answer = signed_in(cast.cashier).post("/account/documents/", given)
    assert answer.status_code == 422
    assert "Only PDF, JPEG and PNG are taken" in text(answer)
    assert 'value="2090-05-04"' in text(answer)
    with tenancy.organisation(ACE):
        assert not Document.objects.exists()


def test_nobody_hands_in_what_is_not_wanted(cast, signed_in, asked):
    answer = signed_in(cast.cashier).post("/account/documents/", {"kind": "cv", "file": scan()})
    assert answer.status_code == 422


def test_human_resource_adds_and_takes_away_any(cast, signed_in):
    client, here = signed_in(cast.hr), f"/people/{cast.cashier.pk}/documents/"
    client.post(here, {"kind": "cv", "file": scan()})
    with tenancy.organisation(ACE):
        document = Document.objects.get()
    assert client.post(f"{here}{document.pk}/remove").status_code == 302
    assert "No documents yet." in text(client.get(here))


@pytest.mark.parametrize("who", ["cashier", "auditor", "ceo"])
def test_nobody_else_takes_away(cast, signed_in, who):
    with tenancy.organisation(ACE):
        document = make_document(cast.cashier, by=cast.hr)
    answer = signed_in(getattr(cast, who)).post(f"/people/{cast.cashier.pk}/documents/{document.pk}/remove")
    assert answer.status_code == 403


# ── Next of kin and guarantors ───────────────────────────────────────────────
KIN = {"name": "Ifeoma Nwosu", "relationship": "Mother", "phone": "0803 555 0142", "address": "4 Ring Road\nIbadan"}
GUARANTOR = {"name": "Tunde Alao", "phone": "0805 555 0177"}


def test_a_person_adds_changes_and_takes_away_a_next_of_kin(cast, signed_in):
    client, here = signed_in(cast.cashier), f"/people/{cast.cashier.pk}/contacts"
    assert client.post(f"{here}/next-of-kin/add", KIN)["Location"] == "/account/contacts/"
    with tenancy.organisation(ACE):
        kin = NextOfKin.objects.get()
    page = text(client.get("/account/contacts/"))
    assert "4 Ring Road<br>Ibadan" in page
    one = f"{here}/next-of-kin/{kin.pk}"
    assert 'value="0803 555 0142"' in text(client.get(one))
    refused = client.post(one, {**KIN, "phone": "ring her"})
    assert refused.status_code == 422
    assert "Write the phone number in digits" in text(refused)
    client.post(one, {**KIN, "phone": "0803 555 0199"})
    assert "0803 555 0199" in text(client.get("/account/contacts/"))
    client.post(one, {"do": "remove"})
    assert "Nobody to call yet" in text(client.get("/account/contacts/"))


@pytest.mark.parametrize("who", ["auditor", "ceo", "floor_manager"])
def test_nobody_but_the_person_and_human_resource_keeps_next_of_kin(cast, signed_in, who):
    with tenancy.organisation(ACE):
        kin = add_next_of_kin(cast.cashier, KIN, by=cast.hr)
    client, here = signed_in(getattr(cast, who)), f"/people/{cast.cashier.pk}/contacts/next-of-kin"
    assert client.post(f"{here}/add", KIN).status_code == 403
    assert client.post(f"{here}/{kin.pk}", {"do": "remove"}).status_code == 403


def test_human_resource_keeps_guarantors_and_their_papers(cast, signed_in):
    client, here = signed_in(cast.hr), f"/people/{cast.floor_manager.pk}/contacts"
    assert "0 of 2 that the role needs are here." in text(client.get(f"{here}/"))
    client.post(f"{here}/guarantors/add", GUARANTOR)
    assert "1 of 2 that the role needs are here." in text(client.get(f"{here}/"))
    with tenancy.organisation(ACE):
        guarantor = Guarantor.objects.get()
    assert (
        client.post(f"{here}/guarantors/{guarantor.pk}/papers", {"kind": "work_id", "file": scan()}).status_code == 302
    )
    with tenancy.organisation(ACE):
        paper = GuarantorPaper.objects.get()
    assert "Work ID" in text(client.get(f"{here}/"))
    client.post(f"{here}/papers/{paper.pk}/remove")
    assert client.get(f"{here}/papers/{paper.pk}/file").status_code == 404
    client.post(f"{here}/guarantors/{guarantor.pk}", {"do": "remove"})
    assert "0 of 2" in text(client.get(f"{here}/"))


def test_a_page_with_numbers_and_papers_is_kept_by_no_browser(cast, signed_in):
    with tenancy.organisation(ACE):
        kin = add_next_of_kin(cast.cashier, KIN, by=cast.hr)
    client, here = signed_in(cast.hr), f"/people/{cast.cashier.pk}"
    for path in ("documents/", "contacts/", f"contacts/next-of-kin/{kin.pk}"):
        assert "no-store" in client.get(f"{here}/{path}")["Cache-Control"], path


def test_a_person_sees_their_guarantors_and_keeps_none(cast, signed_in):
    with tenancy.organisation(ACE):
        guarantor = add_guarantor(cast.cashier, GUARANTOR, by=cast.hr)
    client, here = signed_in(cast.cashier), f"/people/{cast.cashier.pk}/contacts/guarantors"
    assert "0805 555 0177" in text(client.get("/account/contacts/"))
    for path in (f"{here}/add", f"{here}/{guarantor.pk}", f"{here}/{guarantor.pk}/papers"):
        assert client.post(path, GUARANTOR).status_code == 403
