"""The timeline in the admin and at /api/v1/audit: who may read it, what it is asked for, in how many queries."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import origin, tenancy
from config.testing import ACE, OTHER, bearer
from staff import services
from staff.models import AuditEntry, AuditKind
from staff.tests.audits import newest, unguarded
from staff.tests.make import make_branch

pytestmark = pytest.mark.django_db
PATH = "/admin/staff/auditentry/"


@pytest.fixture
def told(cast):
    """Three things that were done: by Human Resource to the cashier and to a place, by the cashier to themselves."""
    with origin.of(origin.Origin(cast.hr.pk, address="192.0.2.7")), tenancy.organisation(ACE):
        services.edit_person(cast.cashier, {"contract_hours": 20}, by=cast.hr)
        make_branch("Saki")
    with origin.of(origin.Origin(cast.cashier.pk)), tenancy.organisation(ACE):
        services.audit.record(AuditKind.SIGN_IN, person=cast.cashier.pk)
    return cast


def listed(reader, /, **asked):
    response = Client().get("/api/v1/audit", asked, headers=bearer(reader))
    assert response.status_code == 200, response.content
    return response.json()["results"]


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("name", ["auditor", "coo", "ceo", "hr"])
def test_the_top_of_the_organisation_reads_it(told, signed_in, name):
    reader = getattr(told, name)
    assert listed(reader)[0]["sentence"] == "Adaeze Nwosu signed in."
    page = text_of(signed_in(reader).get(PATH))
    assert "Halima Sule added the branch Saki." in page
    assert "Halima Sule changed “contract hours a week” of Adaeze Nwosu from 40 to 20." in page


@pytest.mark.parametrize("name", ["cashier", "floor_manager", "branch_manager", "group_head"])
def test_nobody_else_does(told, signed_in, name):
    reader = getattr(told, name)
    assert Client().get("/api/v1/audit", headers=bearer(reader)).status_code == 403
    assert signed_in(reader).get(PATH).status_code == 403
    with tenancy.organisation(ACE):
        assert not AuditEntry.objects.visible_to(reader).exists()


def test_it_is_asked_by_whom_by_whose_by_kind_and_by_day(told):
    auditor, cashier, hr = told.auditor, told.cashier, told.hr
    assert {row["person"] for row in listed(auditor, person=cashier.pk)} == {"Adaeze Nwosu"}
    assert {row["actor"] for row in listed(auditor, actor=hr.pk)} == {"Halima Sule"}
    assert {row["kind"] for row in listed(auditor, kind="sign_in")} == {"sign_in"}
    assert len(listed(auditor, actor=hr.pk, person=cashier.pk, kind="changed")) == 1
    today = timezone.localdate(timezone=_zone(auditor))
    assert listed(auditor, day=today)
    assert not listed(auditor, day=today - timedelta(days=1))
    assert not listed(auditor, actor=10**18)


def _zone(person):
    with tenancy.organisation(person.organisation_id):
        return person.home_zone


@pytest.mark.parametrize("asked", [{"day": "yesterday"}, {"kind": "nonsense"}, {"actor": "x"}, {"cursor": "x"}])
def test_what_cannot_be_read_is_answered_with_a_sentence(told, asked):
    response = Client().get("/api/v1/audit", asked, headers=bearer(told.auditor))
    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_pages_follow_one_another_without_a_gap(told):
    found, cursor = [], None
    while True:
        page = (
            Client()
            .get("/api/v1/audit", {"limit": 7, **({"cursor": cursor} if cursor else {})}, headers=bearer(told.hr))
            .json()
        )
        found += [row["id"] for row in page["results"]]
        cursor = page["next"]
        if cursor is None:
            break
    with tenancy.organisation(ACE):
        assert found == [str(pk) for pk in AuditEntry.objects.order_by("-at", "-id").values_list("pk", flat=True)]


def test_before_and_after_are_in_words_and_the_moment_by_the_readers_clock(told, signed_in):
    row = next(row for row in listed(told.auditor, person=told.cashier.pk, kind="changed"))
    assert row["changes"] == [{"field": "contract hours a week", "before": "40", "after": "20"}]
    at = datetime.fromisoformat(row["at"])
    assert row["address"] == "192.0.2.7"
    page = text_of(signed_in(told.auditor).get(f"{PATH}{row['id']}/change/"))
    assert "contract hours a week</th><td>40</td><td>20</td>" in page
    assert "192.0.2.7" in page
    # Lagos is an hour ahead of UTC all year round.
    assert f"{at.astimezone(timezone.get_fixed_timezone(60)):%-d %b %Y, %H:%M:%S}" in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("actor={hr}", "added the branch Saki", "signed in"),
        ("person={cashier}", "signed in", "added the branch Saki"),
        ("kind__exact=sign_in", "signed in", "added the branch Saki"),
        ("q=adaeze", "signed in", "added the branch Saki"),
        ("day=today", "added the branch Saki", "No such thing"),
        ("day=2020-01-31", "31 January 2020", "added the branch Saki"),
        ("day=yesterday", "Yesterday", "added the branch Saki"),
        ("actor=nonsense&day=nonsense", "added the branch Saki", "No such thing"),
        (f"actor={'9' * 40}", "Any day", "added the branch Saki"),
    ],
)
def test_the_list_is_narrowed(told, signed_in, query, shown, hidden):
    page = text_of(signed_in(told.hr).get(f"{PATH}?{query.format(hr=told.hr.pk, cashier=told.cashier.pk)}"))
    assert shown in page
    assert hidden not in page


def test_a_person_leads_to_what_was_done_to_them(told, signed_in):
    path = f"/admin/staff/person/{told.cashier.pk}/change/"
    link = f"{PATH}?person={told.cashier.pk}&amp;day=all"
    assert link in text_of(signed_in(told.hr).get(path))
    assert link not in text_of(signed_in(told.floor_manager).get(path))
    assert "contract hours a week" in text_of(signed_in(told.hr).get(link.replace("&amp;", "&")))


def test_another_organisations_log_does_not_exist(told, signed_in):
    with tenancy.organisation(OTHER):
        other = newest()
    assert signed_in(told.hr).get(f"{PATH}{other.pk}/change/").status_code == 404
    assert str(other.pk) not in {row["id"] for row in listed(told.hr, limit=200)}


def test_a_row_that_is_gone_is_still_told_of(told):
    with origin.of(origin.Origin(told.hr.pk)), tenancy.organisation(ACE):
        make_branch("Ife").delete()
    first, second = listed(told.hr)[:2]
    assert (first["sentence"], second["sentence"]) == (
        "Halima Sule removed the branch Ife.", "Halima Sule added the branch Ife.",
    )  # fmt: skip


def test_any_page_takes_the_same_few_queries(told, signed_in):
    client = signed_in(told.hr)

    def queries(url, **more):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url, **more).status_code == 200
        return len([query for query in asked if "SAVEPOINT" not in query["sql"]])

    api = {"headers": bearer(told.hr)}
    few = queries(PATH), queries("/api/v1/audit?limit=200", **api)
    with origin.of(origin.Origin(told.hr.pk)), tenancy.organisation(ACE):
        for number in range(60):
            make_branch(f"Branch {number}", code=f"B{number}")
            services.edit_own(told.teammate, phone=f"+234 803 555 {number:04}")
    assert (queries(PATH), queries("/api/v1/audit?limit=200", **api)) == few
    assert max(few) <= 11  # the last restores the test's own organisation


@pytest.mark.django_db(transaction=True)
def test_an_entry_of_a_kind_of_row_that_is_no_more_is_shown_as_it_stands(cast):
    with tenancy.organisation(ACE):
        pk = newest().pk
    with unguarded() as owner:
        owner.execute(
            "UPDATE staff_auditentry SET about = 'staff.Gone', kind = 'changed', before = '{\"x_id\": 1}', "
            "after = '{\"x_id\": 2}' WHERE id = %s",
            [pk],
        )
    row = next(row for row in listed(cast.hr, limit=200) if row["id"] == str(pk))
    assert row["changes"] == [{"field": "x", "before": "1", "after": "2"}]
    assert "staff.Gone" in row["sentence"]
