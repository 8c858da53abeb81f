"""Staff over the API: who sees whom and how much, hiring, editing, and one's own profile."""

import json

import pytest

from config import tenancy
from config.errors import Forbidden
from config.testing import ACE, OTHER, bearer
from staff import services
from staff.models import Person, Role
from staff.roles import Category, Reach
from staff.tests.make import make_person, make_role

pytestmark = pytest.mark.django_db

PROFILE = {"email", "date_of_birth", "hired_on", "left_on", "contract_hours"}


def get(client, path, person):
    return client.get(f"/api/v1/{path}", headers=bearer(person))


def send(client, method, path, body, person):
    call = getattr(client, method)
    return call(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=bearer(person))


def seen(client, person, query=""):
    return {row["id"] for row in get(client, f"staff{query}", person).json()["results"]}


def ids(*people):
    return {str(person.pk) for person in people}


def newcomer(cast, **changes):
    return {
        "first_name": "Ngozi",
        "last_name": "Balogun",
        "email": "ngozi.balogun@acemall.example",
        "role": str(cast.cashier.role_id),
        "branch": str(cast.bodija.pk),
        "department": str(cast.supermarket.pk),
        **changes,
    }


# ── Reading ──────────────────────────────────────────────────────────────────


def test_each_role_sees_its_reach_and_nobody_else(client, cast):
    team = (cast.floor_manager, cast.cashier, cast.teammate)
    assert seen(client, cast.cashier) == ids(cast.cashier)
    assert seen(client, cast.floor_manager) == ids(*team)
    assert seen(client, cast.branch_manager) == ids(*team, cast.branch_manager)
    assert seen(client, cast.group_head) == ids(*team, cast.group_head, cast.stranger, cast.stranger_manager)
    everybody = seen(client, cast.hr)
    assert everybody == seen(client, cast.auditor) == seen(client, cast.ceo)
    assert not everybody & ids(cast.other_hr, cast.other_cashier)


def test_a_manager_without_a_place_reaches_only_themselves(client, cast):
    with tenancy.organisation(ACE):
        lost = make_person("Lola", "Lost", cast.branch_manager.role)
    assert seen(client, lost) == ids(lost)


@pytest.mark.parametrize(
    ("who", "whom", "status"),
    [
        ("cashier", "cashier", 200),
        ("cashier", "teammate", 404),
        ("floor_manager", "cashier", 200),
        ("floor_manager", "stranger", 404),
        ("branch_manager", "stranger", 404),
        ("group_head", "stranger", 200),
        ("auditor", "stranger", 200),
        ("hr", "other_cashier", 404),
        ("other_hr", "cashier", 404),
    ],
)
def test_an_outsider_gets_404(client, cast, who, whom, status):
    path = f"staff/{getattr(cast, whom).pk}"
    assert get(client, path, getattr(cast, who)).status_code == status
    if status == 404:
        assert send(client, "patch", path, {"phone": ""}, getattr(cast, who)).status_code == 404


@pytest.mark.parametrize(
    ("who", "sees_profile"),
    [
        ("floor_manager", False),
        ("group_head", False),
        ("branch_manager", True),
        ("auditor", True),
        ("coo", True),
        ("hr", True),
        ("cashier", True),
    ],
)
def test_the_profile_is_only_for_those_whom_the_table_names(client, cast, who, sees_profile):
    person = getattr(cast, who)
    entry = get(client, f"staff/{cast.cashier.pk}", person).json()
    assert PROFILE & entry.keys() == (PROFILE if sees_profile else set())
    rows = get(client, "staff", person).json()["results"]
    assert entry in rows
    assert entry["name"] == "Adaeze Nwosu"
    assert entry["branch"] == {"id": str(cast.bodija.pk), "name": "Bodija", "code": "BOD"}


def test_a_floor_manager_sees_their_own_profile_among_directory_entries(client, cast):
    rows = get(client, "staff", cast.floor_manager).json()["results"]
    assert {row["id"] for row in rows if "email" in row} == ids(cast.floor_manager)


def test_search_and_filters_narrow_the_list(client, cast):
    hr = cast.hr
    assert seen(client, hr, "?search=adaeze nwo") == ids(cast.cashier)
    assert seen(client, hr, "?search=nobody") == set()
    assert seen(client, hr, f"?branch={cast.akobo.pk}") == ids(cast.stranger, cast.stranger_manager)
    assert seen(client, hr, f"?branch={cast.akobo.pk}&category=general") == ids(cast.stranger)
    assert seen(client, hr, f"?role={cast.floor_manager.role_id}") == ids(cast.floor_manager, cast.stranger_manager)
    assert cast.group_head.pk in map(int, seen(client, hr, f"?department={cast.supermarket.pk}"))
    assert seen(client, cast.cashier, f"?branch={cast.akobo.pk}") == set()


def test_who_does_not_see_addresses_cannot_search_for_them(client, cast):
    assert seen(client, cast.floor_manager, f"?search={cast.cashier.email}") == set()
    assert seen(client, cast.hr, f"?search={cast.cashier.email}") == ids(cast.cashier)


@pytest.mark.parametrize(
    "query",
    [
        "branch=x",
        "branch=1.5",
        "role=-1",
        "department=99999999999999999999999999",
        "category=god",
        "search=%00",
        "search=" + "x" * 5000,
        "limit=0",
        "limit=-5",
        "limit=x",
        "limit=%D9%A3",
        "cursor=garbage",
        "cursor=WyJhIiwiYiIsMV0",
    ],
)
def test_a_query_that_cannot_be_read_is_one_sentence(client, cast, query):
    answer = get(client, f"staff?{query}", cast.hr)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [query.split("=")[0]]
    assert answer.json()["error"]["message"].endswith(".")


def test_like_patterns_are_letters_and_not_wildcards(client, cast):
    assert seen(client, cast.hr, "?search=%25") == set()
    assert seen(client, cast.hr, "?search=A_a") == set()


def test_a_cursor_of_another_list_is_refused(client, cast):
    cursor = get(client, "roles?limit=1", cast.hr).json()["next"]
    assert get(client, f"staff?cursor={cursor}", cast.hr).status_code == 400


def test_namesakes_are_all_listed_over_the_pages(client, cast):
    with tenancy.organisation(ACE):
        twins = [make_person("Ada", "Obi", make_role(), branch=cast.bodija) for _ in range(7)]
    found, cursor = [], ""
    while cursor is not None:
        page = get(client, f"staff?search=ada obi&limit=3&cursor={cursor}", cast.hr).json()
        found += [row["id"] for row in page["results"]]
        cursor = page["next"]
    assert found == [str(twin.pk) for twin in twins]


def test_a_list_costs_the_same_for_2_rows_and_200(client, cast, django_assert_max_num_queries):
    def cost(path):
        with django_assert_max_num_queries(10) as captured:
            assert get(client, path, cast.hr).status_code == 200
        return len(captured)

    path = f"staff?limit=200&search=a&branch={cast.bodija.pk}&department={cast.supermarket.pk}&category=general"
    few = cost(path)
    with tenancy.organisation(ACE):
        for _ in range(200):
            make_person("Ada", "Obi", make_role(), branch=cast.bodija, department=cast.supermarket)
    assert cost(path) == few
    assert len(seen(client, cast.hr, "?limit=9000")) == 200


# ── Hiring ───────────────────────────────────────────────────────────────────


def test_hiring_answers_with_the_person_and_their_number(client, cast):
    answer = send(client, "post", "staff", newcomer(cast), cast.hr)
    assert answer.status_code == 201
    assert answer.json()["employee_number"] == "ACE-BOD-00001"
    assert answer.json()["hired_on"]
    assert get(client, f"staff/{answer.json()['id']}", cast.hr).json() == answer.json()


def test_a_floor_manager_hires_into_the_own_team_only(client, cast):
    answer = send(client, "post", "staff", newcomer(cast), cast.floor_manager)
    assert answer.status_code == 201
    assert "email" not in answer.json()
    elsewhere = newcomer(cast, branch=str(cast.akobo.pk), email="b@acemall.example")
    assert send(client, "post", "staff", elsewhere, cast.floor_manager).status_code == 403


@pytest.mark.parametrize("who", ["cashier", "auditor"])
def test_who_does_not_hire_gets_403_before_the_body_is_read(client, cast, who):
    assert send(client, "post", "staff", {}, getattr(cast, who)).status_code == 403


def test_an_email_in_use_is_refused_wherever_it_is_used(client, cast):
    for taken in (cast.cashier.email, cast.other_cashier.email.upper()):
        answer = send(client, "post", "staff", newcomer(cast, email=taken), cast.hr)
        assert answer.status_code == 409
        assert "already belongs to somebody" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""),
        ("first_name", "x" * 100_000),
        ("last_name", "nul\x00"),
        ("email", "nonsense"),
        ("phone", "call me"),
        ("role", "0"),
        ("role", None),
        ("branch", None),
        ("branch", "abc"),
        ("department", [1]),
        ("date_of_birth", "yesterday"),
        ("date_of_birth", "0000-00-00"),
        ("date_of_birth", "9999-12-31"),
        ("hired_on", "1900-01-01"),
        ("contract_hours", "NaN"),
        ("contract_hours", "1e400"),
        ("contract_hours", -1),
    ],
)
def test_a_fault_names_its_field(client, cast, field, value):
    answer = send(client, "post", "staff", newcomer(cast, **{field: value}), cast.hr)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert list(error["fields"]) == [field]
    assert error["message"].endswith(".")
    with tenancy.organisation(ACE):
        assert not Person.objects.filter(employee_number__startswith="ACE").exists()


def test_what_the_client_may_not_choose_is_not_taken_from_it(client, cast):
    sent = newcomer(cast, employee_number="ACE-X-1", is_operator=True, token_version=9, organisation=OTHER, id="1")
    answer = send(client, "post", "staff", sent, cast.hr)
    with tenancy.organisation(ACE):
        person = Person.objects.get(pk=answer.json()["id"])
    assert person.employee_number == "ACE-BOD-00001"
    assert (person.is_operator, person.token_version, person.organisation_id) == (False, 1, ACE)


def test_places_of_another_organisation_do_not_exist(client, cast):
    with tenancy.organisation(OTHER):
        role = Role.objects.get(name="Cashier")
    answer = send(client, "post", "staff", newcomer(cast, role=str(role.pk)), cast.hr)
    assert answer.json()["error"]["fields"] == {"role": "There is nothing with this id."}


# ── Editing ──────────────────────────────────────────────────────────────────


def test_human_resource_edits(client, cast):
    body = {"last_name": "Okafor", "department": str(cast.eatery.pk), "date_of_birth": "2000-02-29"}
    answer = send(client, "patch", f"staff/{cast.cashier.pk}", body, cast.hr)
    assert answer.status_code == 200
    assert answer.json()["name"] == "Adaeze Okafor"
    assert answer.json()["department"]["name"] == "Eatery"
    assert get(client, f"staff/{cast.cashier.pk}", cast.hr).json() == answer.json()


@pytest.mark.parametrize("who", ["cashier", "floor_manager", "branch_manager", "group_head", "auditor", "coo", "ceo"])
def test_nobody_else_edits_those_whom_they_see(client, cast, who):
    answer = send(client, "patch", f"staff/{cast.cashier.pk}", {"last_name": "X"}, getattr(cast, who))
    assert answer.status_code == 403


def test_nobody_changes_their_own_career(client, cast):
    path = f"staff/{cast.hr.pk}"
    assert send(client, "patch", path, {"role": str(cast.ceo.role_id)}, cast.hr).status_code == 403
    assert send(client, "patch", path, {"phone": "+234 803 555 0100"}, cast.hr).status_code == 200


def test_nobody_grants_a_role_above_their_own_category(cast, ace):
    modest = make_role("People Clerk", category=Category.ADMIN, reach=Reach.ORGANISATION, duty="people")
    clerk = make_person("Chika", "Clerk", modest)
    with pytest.raises(Forbidden):
        services.edit_person(cast.cashier, {"role": cast.ceo.role}, by=clerk)


def test_an_edit_that_does_not_fit_changes_nothing(client, cast):
    body = {"last_name": "Changed", "department": None}
    answer = send(client, "patch", f"staff/{cast.cashier.pk}", body, cast.hr)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["department"]
    assert get(client, f"staff/{cast.cashier.pk}", cast.hr).json()["last_name"] == "Nwosu"


def test_an_edit_of_nothing_changes_nothing(client, cast):
    before = get(client, f"staff/{cast.cashier.pk}", cast.hr).json()
    assert send(client, "patch", f"staff/{cast.cashier.pk}", {}, cast.hr).json() == before


# ── One's own profile ────────────────────────────────────────────────────────


def test_everybody_reads_and_changes_their_own_contacts(client, cast):
    body = {"phone": "+234 803 555 0100", "email": cast.cashier.email.upper()}
    answer = send(client, "patch", "profile", body, cast.cashier)
    assert answer.status_code == 200
    assert (answer.json()["phone"], answer.json()["email"]) == ("+234 803 555 0100", cast.cashier.email)
    assert get(client, "profile", cast.cashier).json() == answer.json()


def test_nobody_changes_anything_else_about_themselves(client, cast):
    before = get(client, "profile", cast.cashier).json()
    body = {"role": str(cast.hr.role_id), "first_name": "X", "contract_hours": 1, "is_active": False}
    assert send(client, "patch", "profile", body, cast.cashier).json() == before


def test_ones_own_email_changes_by_a_letter_only(client, cast):
    for email in ("ada@home.example", cast.other_hr.email):
        answer = send(client, "patch", "profile", {"email": email}, cast.cashier)
        assert answer.status_code == 400
        assert "auth/email/change" in answer.json()["error"]["fields"]["email"]
        assert get(client, "profile", cast.cashier).json()["email"] == cast.cashier.email


@pytest.mark.parametrize("body", [{"phone": "x" * 500}, {"phone": "letters"}, {"phone": None}, {"email": ""}])
def test_contacts_that_are_none_are_refused(client, cast, body):
    answer = send(client, "patch", "profile", body, cast.cashier)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == list(body)
