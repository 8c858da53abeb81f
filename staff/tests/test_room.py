"""Room in a plan: no door brings in more people or branches than it has, and a smaller plan throws nobody out."""

import threading
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import tenancy
from config.testing import ACE, bearer
from staff.importing.run import import_people
from staff.models import Branch, Person
from staff.plans import PLANS, Plan, PlanFull, Terms
from staff.services import (
    HireDetails,
    add_branch,
    change_branch,
    deactivate,
    hire,
    hire_many,
    reactivate,
    restore,
    terminate,
)
from staff.services.leaving import LeavingDetails
from staff.services.plans import PlanChange, change_plan
from staff.tests.hiring import basics, make_draft
from staff.tests.make import make_cast, make_role

pytestmark = pytest.mark.django_db
HERE = 11  # people of the cast
FULL = "Your plan, Starter, has room for {} people, and you have {}: ask whoever runs this installation"


@pytest.fixture
def room(monkeypatch):
    """A function that gives the plan room for so many."""

    def give(people=None, branches=None):
        monkeypatch.setitem(PLANS, Plan.STARTER, Terms(PLANS[Plan.ENTERPRISE].features, people, branches))
        change_plan(ACE, PlanChange(Plan.STARTER))

    return give


def newcomer(cast, number=1):
    return HireDetails(
        first_name="Ngozi",
        last_name="Balogun",
        email=f"ngozi.{number}@acemall.example",
        role=make_role(),
        hired_on=date(2026, 1, 5),
        branch=cast.bodija,
        department=cast.supermarket,
    )


def test_the_last_place_is_taken_and_the_next_refused(cast, ace, room):
    room(people=HERE + 1)
    hire(newcomer(cast), by=cast.hr)
    with pytest.raises(PlanFull, match=FULL.format(HERE + 1, HERE + 1)):
        hire(newcomer(cast, 2), by=cast.hr)
    assert Person.objects.count() == HERE + 1


def test_many_at_once_come_all_or_none(cast, ace, room):
    room(people=HERE + 1)
    with pytest.raises(PlanFull, match="2 more do not fit"):
        hire_many([newcomer(cast, 1), newcomer(cast, 2)], by=cast.hr)
    assert Person.objects.count() == HERE


def test_the_api_the_form_and_an_import_say_so(cast, room, signed_in, client, tmp_path):
    room(people=HERE)
    body = {
        "first_name": "Ngozi", "last_name": "Balogun", "email": "ngozi@acemall.example", "hired_on": "2026-01-05",
        "role": str(cast.cashier.role_id), "branch": str(cast.bodija.pk), "department": str(cast.supermarket.pk),
    }  # fmt: skip
    answer = client.post("/api/v1/staff", body, content_type="application/json", headers=bearer(cast.hr))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "plan_full")
    page = signed_in(cast.hr).post("/admin/staff/person/add/", {**body, "contract_hours": "40"})
    assert FULL.format(HERE, HERE) in page.content.decode()
    draft = make_draft(cast.hr, basics=basics(cast.cashier))
    answer = client.post(f"/api/v1/staff/drafts/{draft.pk}/hire", headers=bearer(cast.hr))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "plan_full")
    page = signed_in(cast.hr).post(f"/people/hire/{draft.pk}/review", {"do": "next"}).content.decode()
    assert (FULL.format(HERE, HERE) in page, "Mend it" in page) == (True, False)
    file = tmp_path / "people.csv"
    file.write_text(
        "first_name,last_name,email,role,branch,department,hired_on\n"
        "Ngozi,Balogun,ngozi@acemall.example,Cashier,Bodija,SuperMarket,2026-01-05\n"
    )
    with tenancy.organisation(ACE):
        report = import_people(file, by=cast.hr)
        assert report.notes == ("Your plan has room for 0 more people, and 1 are to come: they would be refused.",)
        with pytest.raises(PlanFull):
            import_people(file, by=cast.hr, commit=True)
        assert Person.objects.count() == HERE


def test_whoever_lost_their_access_or_left_has_given_their_place_back_and_needs_one_to_return(cast, ace, room):
    room(people=HERE)
    deactivate(cast.cashier, by=cast.hr)
    terminate(cast.teammate, LeavingDetails("resigned", "Moves to Accra"), by=cast.hr)
    hire_many([newcomer(cast, 1), newcomer(cast, 2)], by=cast.hr)
    with pytest.raises(PlanFull):
        reactivate(cast.cashier, by=cast.hr)
    with pytest.raises(PlanFull):
        restore(Person.objects.get(pk=cast.teammate.pk), by=cast.hr)
    room(people=HERE + 2)
    reactivate(cast.cashier, by=cast.hr)
    restore(Person.objects.get(pk=cast.teammate.pk), by=cast.hr)
    assert Person.objects.filter(is_active=True).count() == HERE + 2


def test_a_plan_that_became_too_small_throws_nobody_out_and_refuses_only_additions(cast, ace, room, signed_in):
    room(people=3, branches=1)
    assert signed_in(cast.cashier).get("/").status_code == 200
    change_branch(Branch.objects.get(pk=cast.bodija.pk), {"opens": "07:00"}, by=cast.hr)
    deactivate(cast.cashier, by=cast.hr)
    with pytest.raises(PlanFull):
        reactivate(cast.cashier, by=cast.hr)


def test_a_branch_is_opened_or_opened_again_only_where_there_is_room(cast, ace, room):
    room(branches=2)
    with pytest.raises(PlanFull, match="has room for 2 branches, and you have 2"):
        add_branch({"name": "Oyo", "code": "OYO"}, by=cast.hr)
    add_branch({"name": "Oyo", "code": "OYO", "is_active": False}, by=cast.hr)
    akobo = change_branch(cast.akobo, {"is_active": False}, by=cast.hr)
    add_branch({"name": "Saki", "code": "SAK"}, by=cast.hr)
    with pytest.raises(PlanFull):
        change_branch(akobo, {"is_active": True}, by=cast.hr)


def test_without_a_cap_nothing_is_counted(cast, ace):
    with CaptureQueriesContext(connection) as asked:
        hire(newcomer(cast), by=cast.hr)
    assert not [query for query in asked if "COUNT(*)" in query["sql"]]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_hire_at_once_for_the_last_place_one_is_refused(room):
    cast = make_cast()
    room(people=HERE + 1)
    with tenancy.organisation(ACE):
        wanted = [newcomer(cast, number) for number in range(4)]
    start, outcomes = threading.Barrier(4), []

    def bring_in(details):
        start.wait()
        try:
            with tenancy.organisation(ACE):
                outcomes.append(hire(details, by=cast.hr))
        except PlanFull as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=bring_in, args=[details]) for details in wanted]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    change_plan(ACE, PlanChange(Plan.ENTERPRISE))  # the organisations outlive a test
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Person", "PlanFull", "PlanFull", "PlanFull"]
    with tenancy.organisation(ACE):
        assert Person.objects.filter(is_active=True).count() == HERE + 1
