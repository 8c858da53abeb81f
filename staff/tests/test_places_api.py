"""Branches, departments, sub-departments and roles over the API: everybody reads, Human Resource writes."""

import json

import pytest

from config import tenancy
from config.testing import ACE, OTHER, bearer
from staff.models import Branch, Department, Person, Role, SubDepartment
from staff.tests.make import make_branch, make_department, make_person, make_role

pytestmark = pytest.mark.django_db

PATHS = ["branches", "departments", "sub-departments", "roles"]
ROWS = {"branches": Branch, "departments": Department, "sub-departments": SubDepartment, "roles": Role}


def get(client, path, person):
    return client.get(f"/api/v1/{path}", headers=bearer(person))


def send(client, method, path, body, person):
    call = getattr(client, method)
    return call(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=bearer(person))


def a_row(path, number=ACE):
    with tenancy.organisation(number):
        return ROWS[path].objects.order_by("pk").first()


def new(path, cast):
    return {
        "branches": {"name": "Oyo", "code": "OYO", "opens": "09:00", "closes": "21:00"},
        "departments": {"name": "Lounge", "position": 2},
        "sub-departments": {"name": "Casino", "department": str(cast.cinema.department_id)},
        "roles": {"name": "Cook", "category": "general", "reach": "self", "department": str(cast.eatery.pk)},
    }[path]


@pytest.mark.parametrize("path", PATHS)
def test_everybody_signed_in_reads_the_list_and_a_row(client, cast, path):
    answer = get(client, path, cast.cashier)
    assert answer.status_code == 200
    assert set(answer.json()) == {"results", "next"}
    row = answer.json()["results"][0]
    assert isinstance(row["id"], str)
    assert get(client, f"{path}/{row['id']}", cast.cashier).json() == row


@pytest.mark.parametrize("path", PATHS)
def test_nobody_reads_without_a_token(client, cast, path):
    assert client.get(f"/api/v1/{path}").status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_human_resource_adds_and_changes(client, cast, path):
    added = send(client, "post", path, new(path, cast), cast.hr)
    assert added.status_code == 201
    assert added.json().items() >= {k: v for k, v in new(path, cast).items() if k not in {"opens", "closes"}}.items()
    changed = send(client, "patch", f"{path}/{added.json()['id']}", {"name": "Renamed"}, cast.hr)
    assert changed.status_code == 200
    assert changed.json() == {**added.json(), "name": "Renamed"}
    with tenancy.organisation(ACE):
        assert ROWS[path].objects.filter(name="Renamed").exists()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ["cashier", "floor_manager", "branch_manager", "auditor", "ceo", "coo"])
def test_nobody_else_writes_and_is_told_before_the_body_is_read(client, cast, path, who):
    person = getattr(cast, who)
    assert send(client, "post", path, {}, person).status_code == 403
    assert send(client, "patch", f"{path}/{a_row(path).pk}", {}, person).status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_a_row_of_another_organisation_is_404_to_read_and_to_change(client, cast, path):
    with tenancy.organisation(OTHER):
        part = make_department("Fun")
        SubDepartment.objects.create(department=part, name="Cinema")
    foreign = a_row(path, OTHER)
    for person in (cast.cashier, cast.hr):
        assert get(client, f"{path}/{foreign.pk}", person).status_code == 404
        assert send(client, "patch", f"{path}/{foreign.pk}", {"name": "Mine"}, person).status_code == 404
    ids = {row["id"] for row in get(client, path, cast.hr).json()["results"]}
    assert str(foreign.pk) not in ids


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("pk", ["x", "0", "-1", "1.5", "99999999999999999999999", "1%00", "%F0%9F%9B%92"])
def test_an_id_that_is_nobodys_is_404(client, cast, path, pk):
    answer = get(client, f"{path}/{pk}", cast.hr)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", PATHS)
def test_a_name_in_use_is_refused_in_one_sentence(client, cast, path):
    body = {**new(path, cast), "code": "NEW"}
    send(client, "post", path, body, cast.hr)
    again = send(client, "post", path, {**body, "code": "NE2"}, cast.hr)
    assert again.status_code == 409
    assert "already" in again.json()["error"]["message"]


def test_another_organisation_may_use_the_same_name(client, cast):
    send(client, "post", "branches", {"name": "Oyo", "code": "OYO"}, cast.hr)
    assert send(client, "post", "branches", {"name": "Oyo", "code": "OYO"}, cast.other_hr).status_code == 201


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("branches", "name", ""),
        ("branches", "name", "  "),
        ("branches", "name", "x" * 10_000),
        ("branches", "name", "nul\x00"),
        ("branches", "name", "two\nlines"),
        ("branches", "code", "lower"),
        ("branches", "code", "TOOLONG"),
        ("branches", "timezone", "Lagos"),
        ("branches", "timezone", "../../etc/passwd"),
        ("branches", "week_start", 7),
        ("branches", "week_start", -1),
        ("branches", "opens", "25:00"),
        ("branches", "closes", "09:00"),
        ("departments", "position", 10**9),
        ("departments", "name", None),
        ("sub-departments", "department", "x"),
        ("sub-departments", "department", 10**30),
        ("sub-departments", "department", True),
        ("sub-departments", "department", None),
        ("sub-departments", "department", {"id": 1}),
        ("roles", "category", "god"),
        ("roles", "reach", "everything"),
        ("roles", "sub_department", "cinema"),
    ],
)
def test_a_value_that_makes_no_sense_names_its_field(client, cast, path, field, value):
    value = str(cast.cinema.pk) if value == "cinema" else value  # of another department than the role
    answer = send(client, "post", path, {**new(path, cast), field: value}, cast.hr)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert answer.json()["error"]["message"].endswith(".")


def test_a_reference_into_another_organisation_does_not_exist(client, cast):
    with tenancy.organisation(OTHER):
        foreign = Department.objects.get()
    answer = send(client, "post", "sub-departments", {"name": "Cross", "department": str(foreign.pk)}, cast.hr)
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"] == {"department": "There is nothing with this id."}


@pytest.mark.parametrize(
    "power", [{"category": "general", "reach": "branch"}, {"category": "admin", "reach": "team", "duty": "people"}]
)
def test_a_role_with_powers_that_do_not_go_together_is_refused(client, cast, power):
    answer = send(client, "post", "roles", {"name": "Odd", **power}, cast.hr)
    assert answer.status_code == 409
    assert answer.json()["error"]["message"].endswith(".")


def test_nobody_changes_what_their_own_role_may_do(client, cast):
    path = f"roles/{cast.hr.role_id}"
    assert send(client, "patch", path, {"duty": "executive"}, cast.hr).status_code == 403
    assert send(client, "patch", path, {"name": "People Team"}, cast.hr).status_code == 200


def test_a_sub_department_with_people_stays_in_its_department(client, cast):
    with tenancy.organisation(ACE):
        fun = cast.cinema.department
        make_person("Ade", "Screen", make_role(), branch=cast.bodija, department=fun, sub_department=cast.cinema)
    answer = send(client, "patch", f"sub-departments/{cast.cinema.pk}", {"department": str(cast.eatery.pk)}, cast.hr)
    assert answer.status_code == 409


def test_nobody_changes_a_role_above_their_own_category_or_raises_one_above_it(client, cast):
    with tenancy.organisation(ACE):
        Role.objects.filter(pk=cast.hr.role_id).update(category="admin")
        above, below = cast.ceo.role_id, cast.branch_manager.role_id
    for role, change in ((above, {"name": "Caretaker"}), (below, {"category": "senior_admin"})):
        answer = client.patch(
            f"/api/v1/roles/{role}", json.dumps(change), content_type="application/json", headers=bearer(cast.hr)
        )
        assert (answer.status_code, "above their own category" in answer.content.decode()) == (403, True)


def test_a_role_whose_holders_work_elsewhere_does_not_move(client, cast):
    path = f"roles/{cast.cashier.role_id}"
    assert send(client, "patch", path, {"department": str(cast.eatery.pk)}, cast.hr).status_code == 409
    assert send(client, "patch", path, {"department": str(cast.supermarket.pk)}, cast.hr).status_code == 200


def test_a_refused_change_leaves_the_row_as_it_was(client, cast):
    answer = send(client, "patch", f"branches/{cast.bodija.pk}", {"timezone": "UTC", "code": "AKO"}, cast.hr)
    assert answer.status_code == 409
    with tenancy.organisation(ACE):
        cast.bodija.refresh_from_db()
    assert (cast.bodija.timezone, cast.bodija.code) == ("Africa/Lagos", "BOD")


@pytest.mark.parametrize("path", PATHS)
def test_a_list_costs_the_same_for_2_rows_and_200(client, cast, path, django_assert_max_num_queries):
    def cost():
        with django_assert_max_num_queries(10) as captured:
            assert get(client, f"{path}?limit=200", cast.hr).status_code == 200
        return len(captured)

    few = cost()
    with tenancy.organisation(ACE):
        for n in range(200):
            department = make_department(f"Line {n}")
            SubDepartment.objects.create(department=department, name=f"Part {n}")
            make_branch(f"Branch {n}", code=f"B{n}")
            make_role(f"Role {n}", department=department)
    assert cost() == few
    assert len(get(client, f"{path}?limit=200", cast.hr).json()["results"]) == 200


def test_pages_follow_one_another_without_gap_or_repeat(client, cast):
    with tenancy.organisation(ACE):
        for n in range(25):
            make_department(f"Line {n:02}", position=n % 3)  # many equal positions
        wanted = [str(pk) for pk in Department.objects.order_by("position", "name", "id").values_list("pk", flat=True)]
    seen, cursor = [], ""
    while cursor is not None:
        page = get(client, f"departments?limit=4&cursor={cursor}", cast.cashier).json()
        seen += [row["id"] for row in page["results"]]
        cursor = page["next"]
    assert seen == wanted


def test_a_person_counts_as_nobody_in_another_organisations_places(cast):
    with tenancy.organisation(OTHER):
        assert not Person.objects.filter(branch=cast.bodija).exists()
