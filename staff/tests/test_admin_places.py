"""Places and roles in the admin: every manager reads them, Human Resource keeps them, refusals stand in the form."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import tenancy
from config.testing import ACE
from staff.models import Branch, Department, Role, SubDepartment
from staff.tests.make import make_branch, make_department, make_role

pytestmark = pytest.mark.django_db

LISTS = [f"/admin/staff/{name}/" for name in ("branch", "department", "subdepartment", "role")]
YABA = {
    "name": "Yaba",
    "code": "YAB",
    "timezone": "Africa/Lagos",
    "week_start": "0",
    "opens": "08:00",
    "closes": "20:00",
}


@pytest.mark.parametrize("path", LISTS)
def test_managers_read_and_only_human_resource_adds(cast, signed_in, path):
    for who, may_add in (("floor_manager", 403), ("auditor", 403), ("coo", 403), ("hr", 200)):
        client = signed_in(getattr(cast, who))
        assert client.get(path).status_code == 200
        assert client.get(f"{path}add/").status_code == may_add
    assert signed_in(cast.cashier).get(path).status_code == 403


def test_places_of_another_organisation_do_not_exist(cast, signed_in):
    client = signed_in(cast.other_hr)
    assert [branch.name for branch in client.get(LISTS[0]).context["cl"].result_list] == ["Camden"]
    assert client.get(f"{LISTS[0]}{cast.bodija.pk}/change/").status_code == 404
    assert client.post(f"{LISTS[0]}{cast.bodija.pk}/change/", YABA).status_code == 404
    assert client.get(f"{LISTS[3]}{cast.cashier.role_id}/change/").status_code == 404


def test_human_resource_opens_a_branch(cast, signed_in):
    assert signed_in(cast.hr).post("/admin/staff/branch/add/", YABA).status_code == 302
    with tenancy.organisation(ACE):
        assert Branch.objects.get(name="Yaba").code == "YAB"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "Bodija"}, "There is already a branch with this name."),
        ({"code": "BOD"}, "There is already a branch with this code."),
        ({"timezone": "Lagos"}, "“Lagos” is not a time zone"),
        ({"code": "y"}, "Two to five capital letters"),
        ({"closes": "08:00"}, "Differs from opening."),
    ],
)
def test_a_branch_that_cannot_be_gets_one_sentence(cast, signed_in, change, sentence):
    response = signed_in(cast.hr).post("/admin/staff/branch/add/", {**YABA, **change})
    assert response.status_code == 200
    assert sentence in response.content.decode()


def test_human_resource_adds_and_renames_the_rest(cast, signed_in):
    client = signed_in(cast.hr)
    client.post("/admin/staff/department/add/", {"name": "Bakery", "position": "9"})
    client.post("/admin/staff/subdepartment/add/", {"name": "Ovens", "department": cast.supermarket.pk})
    client.post("/admin/staff/role/add/", {"name": "Baker", "category": "general", "reach": "self", "duty": "line"})
    client.post(f"/admin/staff/department/{cast.eatery.pk}/change/", {"name": "Kitchen", "position": "1"})
    with tenancy.organisation(ACE):
        assert Department.objects.filter(name="Bakery").exists()
        assert SubDepartment.objects.get(name="Ovens").department_id == cast.supermarket.pk
        assert Role.objects.filter(name="Baker").exists()
        assert Department.objects.get(pk=cast.eatery.pk).name == "Kitchen"


def test_nobody_changes_what_their_own_role_may_do(cast, signed_in):
    typed = {"name": "Human Resource", "category": "admin", "reach": "branch", "duty": "line"}
    response = signed_in(cast.hr).post(f"/admin/staff/role/{cast.hr.role_id}/change/", typed)
    assert "Nobody changes what their own role may do." in response.content.decode()


def test_a_role_that_reaches_too_far_is_refused(cast, signed_in):
    typed = {"name": "Boss", "category": "general", "reach": "branch", "duty": "line"}
    response = signed_in(cast.hr).post("/admin/staff/role/add/", typed)
    assert "A general role reaches only its holder." in response.content.decode()


def test_autocomplete_offers_the_places_of_ones_own_organisation(cast, signed_in):
    query = {"app_label": "staff", "model_name": "role", "field_name": "department"}
    found = signed_in(cast.other_hr).get("/admin/autocomplete/", query).json()["results"]
    assert len(found) == 1


@pytest.mark.parametrize("path", LISTS)
def test_the_list_asks_as_much_for_2_rows_as_for_50(cast, signed_in, path):
    client = signed_in(cast.hr)

    def questions():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    questions()
    few = questions()
    with tenancy.organisation(ACE):
        for number in range(50):
            make_branch(f"Branch {number}", code=f"B{number}")
            department = make_department(f"Department {number}")
            part = SubDepartment.objects.create(department=department, name="Part")
            make_role(f"Role {number}", department=department, sub_department=part)
    assert questions() == few
