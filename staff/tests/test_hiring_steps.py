"""Hiring in steps, by the pages: kept as it goes, left and gone on with, and one hire with everything at the end."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from config import tenancy
from config.testing import ACE
from staff.documents.kinds import DocumentKind
from staff.documents.storage import path_of
from staff.models import (
    Branch,
    Document,
    Education,
    EmploymentEvent,
    Experience,
    Guarantor,
    HiringDraft,
    Letter,
    NextOfKin,
    Person,
)
from staff.models.hiring import STEPS, steps_of
from staff.services import drafts
from staff.services.papers import Upload
from staff.tests.files import pdf
from staff.tests.hiring import GUARANTOR, KIN, SCHOOL, WORK, basics, drafts_left, make_draft, row

pytestmark = pytest.mark.django_db


def begin(client):
    return client.post("/people/hire/")["Location"].removesuffix("basics")


def text(response):
    return response.content.decode()


def hired():
    return Person.objects.get(email="bisi.alade@acemall.example")


def test_human_resource_hires_with_everything_in_eight_steps(cast, signed_in):
    client = signed_in(cast.hr)
    here = begin(client)
    for step, sent, then in (
        ("basics", basics(cast.cashier, personal_phone="0809 555 0111", address="4 Ring Road"), "education"),
        ("education", row(SCHOOL), "experience"),
        ("experience", row(WORK), "salary"),
        ("salary", {"salary": "120000"}, "next_of_kin"),
        ("next_of_kin", row(KIN), "guarantors"),
        ("guarantors", row(GUARANTOR), "documents"),
        ("documents", {"kind": "cv", "file": SimpleUploadedFile("cv.pdf", pdf())}, "review"),
    ):
        assert client.post(here + step, {**sent, "do": "next"})["Location"] == here + then, step
    page = text(client.get(here + "review"))
    for piece in ("Bisi", "Ibadan Grammar School", "Mokola Stores", "120,000", "Ifeoma Nwosu", "Tunde Alao", "cv.pdf"):
        assert piece in page
    done = client.post(here + "review", {"do": "next"})
    with tenancy.organisation(ACE):
        person = hired()
        assert done["Location"] == f"/people/{person.pk}/"
        assert (person.personal_phone, person.address, person.hired_on) == (
            "0809 555 0111", "4 Ring Road", date(2026, 1, 5),
        )  # fmt: skip
        assert Education.objects.get(person=person).begun_on == date(2010, 9, 1)
        assert Experience.objects.get(person=person).why_left == "The shop closed"
        assert EmploymentEvent.objects.get(person=person).salary_after == Decimal(120000)
        assert NextOfKin.objects.get(person=person).phone == "0803 555 0142"
        assert Guarantor.objects.get(person=person).identity_number == "71234567890"
        document = Document.objects.get(person=person)
        assert (document.kind, document.name) == ("cv", "cv.pdf")
        assert path_of(document.key).exists()
        assert Letter.objects.get(person=person).kind == "invitation"
    assert drafts_left() == 0


def test_a_floor_manager_hires_with_the_steps_that_the_table_gives(cast, signed_in):
    client = signed_in(cast.floor_manager)
    here = begin(client)
    page = text(client.get(here + "basics"))
    assert "Education" in page
    assert "Salary" not in page
    for step in ("salary", "next_of_kin", "guarantors", "documents"):
        assert client.get(here + step).status_code == 403
        assert client.post(here + step, {"salary": "1", "do": "next"}).status_code == 403
    client.post(here + "basics", basics(cast.cashier))
    assert client.post(here + "experience", {"do": "next"})["Location"] == here + "review"
    assert client.post(here + "review", {"do": "next"}).status_code == 302
    with tenancy.organisation(ACE):
        assert hired().role == cast.cashier.role


@pytest.mark.parametrize("elsewhere", ["role", "branch", "department"])
def test_a_floor_manager_hires_general_staff_of_the_own_team_only(cast, signed_in, elsewhere):
    wrong = {"role": cast.floor_manager.role_id, "branch": cast.akobo.pk, "department": cast.eatery.pk}[elsewhere]
    sent = basics(cast.cashier) | {elsewhere: str(wrong)}
    client = signed_in(cast.floor_manager)
    here = begin(client)
    refused = client.post(here + "basics", {**sent, "do": "next"})
    assert refused.status_code == 422
    assert "Your role does not hire" in text(refused)
    assert client.post(here + "review", {"do": "next"}).status_code == 422
    with tenancy.organisation(ACE):
        assert not Person.objects.filter(email="bisi.alade@acemall.example").exists()


def test_what_was_typed_stays_wrong_or_right_and_each_field_says_what_is_wrong(cast, signed_in):
    client = signed_in(cast.hr)
    here = begin(client)
    sent = basics(cast.cashier, email="nobody", phone="call me", first_name="")
    refused = client.post(here + "basics", {**sent, "do": "next"})
    assert refused.status_code == 422
    for page in (text(refused), text(client.get(here + "basics"))):
        assert 'value="nobody"' in page
        assert 'value="call me"' in page
        assert "valid email address" in page.lower() or "e-mail address" in page
    # Going back keeps it too, and the list says where to go on.
    client.post(here + "education", {**row({"institution": "Half typed"}), "do": "back"})
    assert "Half typed" in text(client.get(here + "education"))
    assert "Step 2 of 8" in text(client.get("/people/hire/"))


def test_where_nobody_has_said_a_gender_a_browser_would_send_none(cast, signed_in):
    client = signed_in(cast.hr)
    here = begin(client)
    client.post(here + "basics", {"first_name": "Bisi", "do": "next"})
    page = text(client.get(here + "basics"))
    # A browser sends the first of a list in which nothing is chosen.
    choices = re.findall(r'<option value="(\w+)"( selected)?', page[page.index('name="gender"') :])
    assert choices[0] == ("not_said", "")


def test_the_list_leads_on_to_where_one_left(cast, signed_in):
    client = signed_in(cast.hr)
    here = begin(client)
    client.post(here + "basics", {**basics(cast.cashier), "do": "next"})
    client.post(here + "education", {"do": "next"})
    page = text(client.get("/people/hire/"))
    assert "Bisi Alade" in page
    assert "Step 3 of 8" in page
    assert f'href="{here}experience"' in page


def test_rows_are_added_and_taken_away_without_javascript(cast, signed_in):
    client = signed_in(cast.hr)
    here = begin(client)
    more = client.post(here + "education", {**row(SCHOOL), "do": "add"})["Location"]
    assert 'name="1-institution"' in text(client.get(more))
    second = {**SCHOOL, "institution": "Second School"}
    client.post(here + "education", {**row(SCHOOL), **row(second, 1), "do": "remove-0"})
    page = text(client.get(here + "education"))
    assert "Second School" in page
    assert "Ibadan Grammar School" not in page


def test_a_draft_is_for_who_began_it_and_for_human_resource(cast, signed_in):
    draft = make_draft(cast.floor_manager, basics=basics(cast.cashier))
    for who, status in (
        (cast.floor_manager, 200), (cast.hr, 200), (cast.branch_manager, 404), (cast.ceo, 404), (cast.other_hr, 404),
        (cast.cashier, 404),
    ):  # fmt: skip
        assert signed_in(who).get(f"/people/hire/{draft.pk}/basics").status_code == status, who
    assert "Bisi Alade" in text(signed_in(cast.hr).get("/people/hire/"))
    assert "Bisi Alade" not in text(signed_in(cast.ceo).get("/people/hire/"))
    assert signed_in(cast.auditor).get("/people/hire/").status_code == 403


def test_what_human_resource_added_is_not_finished_by_who_may_not_see_it(cast, signed_in):
    draft = make_draft(cast.floor_manager, basics=basics(cast.cashier))
    signed_in(cast.hr).post(f"/people/hire/{draft.pk}/salary", {"salary": "120000", "do": "next"})
    client = signed_in(cast.floor_manager)
    assert "120" not in text(client.get(f"/people/hire/{draft.pk}/review")).replace("1200", "")
    refused = client.post(f"/people/hire/{draft.pk}/review", {"do": "next"})
    assert refused.status_code == 403
    assert "What was typed under Salary is not for your role: let Human Resource finish it." in text(refused)
    assert signed_in(cast.hr).post(f"/people/hire/{draft.pk}/review", {"do": "next"}).status_code == 302


def test_two_who_type_at_once_hear_of_one_another_and_lose_nothing(cast, signed_in):
    draft = make_draft(cast.floor_manager, basics=basics(cast.cashier))
    mine = {**basics(cast.cashier, first_name="Mine"), "do": "next", "version": draft.version}
    signed_in(cast.hr).post(f"/people/hire/{draft.pk}/basics", {**basics(cast.cashier, first_name="Theirs")})
    client = signed_in(cast.floor_manager)
    late = client.post(f"/people/hire/{draft.pk}/basics", mine)
    assert late.status_code == 422
    assert "Halima Sule changed this hiring" in text(late)
    assert 'value="Mine"' in text(late)
    again = {**mine, "version": late.context["draft"].version}
    assert client.post(f"/people/hire/{draft.pk}/basics", again).status_code == 302


def test_the_first_working_day_is_today_by_the_branchs_clock(cast, signed_in):
    with tenancy.organisation(ACE):
        Branch.objects.filter(pk=cast.bodija.pk).update(timezone="Pacific/Auckland")
    with time_machine.travel("2026-01-05 20:00:00+00:00", tick=False):
        page = signed_in(cast.floor_manager).post("/people/hire/", follow=True)
        assert 'value="2026-01-06"' in text(page)


def test_nobody_is_hired_with_what_the_last_look_did_not_show(cast, signed_in):
    draft = make_draft(cast.hr, basics=basics(cast.cashier))
    here, client = f"/people/hire/{draft.pk}/review", signed_in(cast.hr)
    looked_at = client.get(here).context["draft"].version
    with tenancy.organisation(ACE):
        drafts.keep_steps(draft, {"salary": {"salary": "987654"}}, by=cast.hr)
    late = client.post(here, {"do": "next", "version": looked_at})
    assert (late.status_code, drafts_left()) == (422, 1)
    assert "changed this hiring" in text(late)
    assert "987,654" in text(late)
    assert client.post(here, {"do": "next", "version": late.context["draft"].version}).status_code == 302


def test_the_last_look_says_words_and_not_codes(cast, signed_in):
    draft = make_draft(cast.hr, basics=basics(cast.cashier, gender="not_said"))
    with tenancy.organisation(ACE):
        drafts.add_file(draft, DocumentKind.CV, Upload("a.pdf", pdf()), by=cast.hr, expires_on=date(2031, 3, 9))
    client = signed_in(cast.hr)
    assert "<dt>Gender</dt><dd>Not said</dd>" in text(client.get(f"/people/hire/{draft.pk}/review"))
    assert "until 9 March 2031" in text(client.get(f"/people/hire/{draft.pk}/documents"))


@pytest.mark.parametrize("number", ["9" * 5000, "٣", "x", ""])
def test_a_row_that_is_not_there_is_not_taken_away(cast, signed_in, number):
    draft = make_draft(cast.hr, basics=basics(cast.cashier))
    sent = {**row(SCHOOL), "do": f"remove-{number}"}
    assert signed_in(cast.hr).post(f"/people/hire/{draft.pk}/education", sent).status_code == 422
    with tenancy.organisation(ACE):
        assert len(HiringDraft.objects.get(pk=draft.pk).content["education"]) == 1


def test_what_one_step_gets_wrong_hires_nobody_and_names_the_step(cast, signed_in):
    draft = make_draft(cast.hr, basics=basics(cast.cashier), guarantors=[GUARANTOR, {**GUARANTOR, "name": "Second"}])
    refused = signed_in(cast.hr).post(f"/people/hire/{draft.pk}/review", {"do": "next"})
    assert refused.status_code == 422
    assert "Guarantors: Bisi Alade has a guarantor already" in text(refused)
    assert f'href="/people/hire/{draft.pk}/guarantors">Mend it' in text(refused)
    with tenancy.organisation(ACE):
        assert not Person.objects.filter(email="bisi.alade@acemall.example").exists()
        assert HiringDraft.objects.filter(pk=draft.pk).exists()


def test_nothing_that_was_typed_stands_readable_in_the_database(cast):
    draft = make_draft(cast.hr, basics=basics(cast.cashier), salary={"salary": "987654"}, next_of_kin=[KIN])
    with tenancy.organisation(ACE), connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(d)::text FROM staff_hiringdraft d WHERE id = %s", [draft.pk])
        kept = cursor.fetchone()[0]
        cursor.execute("SELECT coalesce(string_agg(e::text, ''), '') FROM staff_auditentry e")
        audited = cursor.fetchone()[0]
    for word in ("Bisi", "987654", "0803 555 0142"):
        assert word not in kept
        assert word not in audited
    assert "HiringDraft" in audited


def test_people_and_the_admin_lead_to_the_steps_for_who_may_hire(cast, signed_in):
    for who, leads in ((cast.hr, True), (cast.floor_manager, True), (cast.auditor, False)):
        for page in ("/team/", "/admin/"):
            assert ('href="/people/hire/"' in text(signed_in(who).get(page))) is leads, (who, page)


def test_a_step_that_human_resource_only_looked_at_keeps_nobody_from_finishing(cast, signed_in):
    draft = make_draft(cast.floor_manager, basics=basics(cast.cashier))
    signed_in(cast.hr).post(f"/people/hire/{draft.pk}/salary", {"salary": "", "do": "next"})
    assert signed_in(cast.floor_manager).post(f"/people/hire/{draft.pk}/review", {"do": "next"}).status_code == 302


LINE = ["basics", "education", "experience", "review"]


@pytest.mark.parametrize(
    ("who", "steps"),
    [
        ("floor_manager", LINE), ("branch_manager", LINE), ("group_head", LINE),
        ("coo", [*LINE[:3], "salary", "review"]), ("ceo", [*LINE[:3], "salary", "review"]), ("hr", list(STEPS)),
        ("auditor", []), ("cashier", []),
    ],
)  # fmt: skip
def test_the_steps_are_those_of_the_permission_table(cast, who, steps):
    assert list(steps_of(getattr(cast, who))) == steps


def test_the_list_goes_on_behind_fifty(cast, signed_in):
    make_draft(cast.floor_manager, basics=basics(cast.cashier))
    with tenancy.organisation(ACE):
        first = HiringDraft.objects.get()
        kept = {name: getattr(first, name) for name in ("begun_by", "begun_at", "changed_by", "changed_at", "sealed")}
        HiringDraft.objects.bulk_create(HiringDraft(**kept) for _ in range(50))
    client = signed_in(cast.hr)
    page = client.get("/people/hire/")
    assert len(page.context["drafts"]) == 50
    assert len(client.get(f"/people/hire/{page.context['next_url']}").context["drafts"]) == 1
