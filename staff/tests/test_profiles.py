"""Profiles: the four tabs, who changes what on them, and education and experience by page and API."""

from __future__ import annotations

import json

import pytest

from config import tenancy
from config.testing import ACE, bearer
from staff.models import AuditEntry, Education, EmploymentEvent, Experience, Person
from staff.services.background import add_background
from staff.tests.hiring import make_background

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def fresh(person):
    with tenancy.organisation(ACE):
        return Person.objects.get(pk=person.pk)


def ask(client, by, method, path, body=None, **headers):
    """(status, JSON, ETag) of an answer of the API."""
    sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = getattr(client, method)(f"/api/v1/{path}", **sent, headers={**bearer(by), **headers})
    return answer.status_code, answer.json() if answer.content else None, answer.headers.get("ETag")


@pytest.mark.parametrize(
    ("who", "tabs"),
    [
        ("floor_manager", []),
        ("group_head", []),
        ("branch_manager", ["Profile", "Career"]),
        ("auditor", ["Profile", "Career", "Documents", "Contacts"]),
        ("hr", ["Profile", "Career", "Documents", "Contacts"]),
        ("cashier", ["Profile", "Career", "Documents", "Contacts"]),
    ],
)
def test_the_tabs_are_those_that_the_viewer_may_open(cast, signed_in, who, tabs):
    client = signed_in(getattr(cast, who))
    page = client.get(f"/people/{cast.cashier.pk}/")
    shown = page.context["page"].tabs
    assert [tab.label for tab in shown] == tabs
    for tab in shown:
        there = client.get(tab.url)
        assert there.status_code == 200
        assert f'<a href="{tab.url}" aria-current="page">{tab.label}</a>' in text(there)


@pytest.mark.parametrize(
    ("who", "status"),
    [("teammate", 404), ("floor_manager", 403), ("group_head", 403), ("branch_manager", 200), ("ceo", 200)],
)
def test_education_and_experience_are_for_those_who_see_the_profile(client, cast, signed_in, who, status):
    with tenancy.organisation(ACE):
        rows = make_background(cast.cashier, cast.hr)
    for path in ("education", f"education/{rows['education']}", "experience", f"experience/{rows['experience']}"):
        assert ask(client, getattr(cast, who), "get", f"staff/{cast.cashier.pk}/{path}")[0] == status, path
    if status != 404:
        seen = text(signed_in(getattr(cast, who)).get(f"/people/{cast.cashier.pk}/"))
        assert ("Ibadan Grammar School" in seen) == ("Mokola Stores" in seen) == (status == 200)


def test_human_resource_keeps_education_and_the_person_reads_it(client, cast):
    here = f"staff/{cast.cashier.pk}/education"
    sent = {"institution": "Ibadan Grammar School", "qualification": "WAEC", "begun_on": "2010-09-01"}
    status, row, etag = ask(client, cast.hr, "post", here, sent)
    assert (status, row["begun_on"]) == (201, "2010-09-01")
    there = f"{here}/{row['id']}"
    assert ask(client, cast.hr, "patch", there, {"ended_on": "2016-06-30"}, **{"If-Match": etag})[0] == 200
    assert ask(client, cast.hr, "patch", there, {"ended_on": "2016-07-30"}, **{"If-Match": etag})[0] == 412
    status, answer, _ = ask(client, cast.hr, "patch", there, {"ended_on": "2009-01-01"})
    assert (status, answer["error"]["fields"]) == (400, {"ended_on": "The last day cannot be before the first."})
    assert ask(client, cast.cashier, "get", here)[1]["results"][0]["ended_on"] == "2016-06-30"
    for who in (cast.cashier, cast.ceo, cast.branch_manager):
        assert ask(client, who, "post", here, sent)[0] == 403
        assert ask(client, who, "patch", there, {"field": "Arts"})[0] == 403
        assert ask(client, who, "delete", there)[0] == 403
    assert ask(client, cast.hr, "delete", there)[0] == 204
    assert ask(client, cast.cashier, "get", here)[1]["results"] == []
    with tenancy.organisation(ACE):
        assert Education.objects.get().removed_by == cast.hr
        assert AuditEntry.objects.filter(about="staff.Education").count() == 3


def test_experience_is_added_changed_and_taken_away_on_the_page(cast, signed_in):
    client, here = signed_in(cast.hr), f"/people/{cast.cashier.pk}"
    refused = client.post(f"{here}/experience/add", {"employer": "Mokola Stores", "why_left": "It closed"})
    assert refused.status_code == 422
    assert "Write the position." in text(refused)
    assert 'value="It closed"' in text(refused)
    client.post(f"{here}/experience/add", {"employer": "Mokola Stores", "position": "Cashier"})
    with tenancy.organisation(ACE):
        row = Experience.objects.get()
    client.post(f"{here}/experience/{row.pk}", {"employer": "Mokola Stores", "position": "Head cashier"})
    assert "Head cashier" in text(client.get(f"{here}/"))
    client.post(f"{here}/experience/{row.pk}", {"do": "remove"})
    client.get(f"{here}/")  # shows the message once
    assert "Head cashier" not in text(client.get(f"{here}/"))
    for who, status in ((cast.cashier, 403), (cast.floor_manager, 403), (cast.teammate, 404)):
        assert signed_in(who).get(f"{here}/experience/add").status_code == status


def test_twenty_rows_of_a_kind_are_enough(client, cast):
    sent = {"employer": "Mokola Stores", "position": "Cashier"}
    with tenancy.organisation(ACE):
        for _ in range(20):
            add_background(Experience, cast.cashier, sent, by=cast.hr)
    assert ask(client, cast.hr, "post", f"staff/{cast.cashier.pk}/experience", sent)[0] == 409


def edited(page, **more):
    """The profile form as the page shows it, with some fields typed anew."""
    form = page.context["form"]
    typed = {field.name: field.value() or "" for field in form} | more
    return {**typed, "version": page.context["version"], "do": "save"}


def test_human_resource_edits_the_profile_and_a_career_is_not_among_it(cast, signed_in):
    client, here = signed_in(cast.hr), f"/people/{cast.cashier.pk}/edit/"
    sent = edited(
        client.get(here), address="4 Ring Road", gender="female", role=cast.hr.role_id, personal_phone="0809 555 0111"
    )
    assert client.post(here, sent)["Location"] == f"/people/{cast.cashier.pk}/"
    person = fresh(cast.cashier)
    assert (person.address, person.personal_phone, person.gender) == ("4 Ring Road", "0809 555 0111", "female")
    assert person.role_id == cast.cashier.role_id
    with tenancy.organisation(ACE):
        assert not EmploymentEvent.objects.filter(person=person).exists()
    page = text(client.get(f"/people/{cast.cashier.pk}/"))
    assert "4 Ring Road" in page
    assert "4 Ring Road" not in text(signed_in(cast.floor_manager).get(f"/people/{cast.cashier.pk}/"))
    for who, status in ((cast.cashier, 403), (cast.ceo, 403), (cast.branch_manager, 403), (cast.teammate, 404)):
        assert signed_in(who).get(here).status_code == status


def test_a_profile_that_somebody_else_changed_meanwhile_is_not_overwritten(cast, signed_in):
    client, here = signed_in(cast.hr), f"/people/{cast.cashier.pk}/edit/"
    first, second = (edited(client.get(here), address=street) for street in ("1 First Street", "2 Second Street"))
    client.post(here, first)
    late = client.post(here, second)
    assert late.status_code == 422
    assert "Somebody changed this profile" in text(late)
    assert "2 Second Street" in text(late)
    assert fresh(cast.cashier).address == "1 First Street"
    assert client.post(here, second | {"version": late.context["version"]}).status_code == 302


def test_everybody_sets_their_own_phones_and_nothing_else(client, cast, signed_in):
    me, here = signed_in(cast.cashier), "/account/profile/"
    wrong = me.post(here, {"phone": "call me", "personal_phone": "", "do": "save"})
    assert (wrong.status_code, 'value="call me"' in text(wrong)) == (422, True)
    me.post(here, {"phone": "0803 555 0100", "personal_phone": "0809 555 0111", "address": "Mine", "do": "save"})
    person = fresh(cast.cashier)
    assert (person.phone, person.personal_phone, person.address) == ("0803 555 0100", "0809 555 0111", "")
    status, shown, _ = ask(
        client, cast.cashier, "patch", "profile", {"personal_phone": "0809 555 0112", "address": "X"}
    )
    assert (status, shown["personal_phone"], shown["address"]) == (200, "0809 555 0112", "")


def test_what_is_private_of_a_person_is_not_read_in_the_audit_log(client, cast):
    ask(client, cast.hr, "patch", f"staff/{cast.cashier.pk}", {"address": "17 Canary Close"})
    with tenancy.organisation(ACE):
        entry = AuditEntry.objects.filter(about="staff.Person", about_id=cast.cashier.pk).latest("pk")
        assert "address" in entry.after
        assert "17 Canary Close" not in f"{entry.before} {entry.after}"
