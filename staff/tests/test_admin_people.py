"""People in the admin: each manager finds, hires and edits whom the table gives them, and nobody else exists."""

from datetime import date

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import tenancy
from config.testing import ACE, OTHER
from staff.models import Person
from staff.tests.make import make_person, make_role

pytestmark = pytest.mark.django_db

LIST, ADD = "/admin/staff/person/", "/admin/staff/person/add/"


def change(person):
    return f"{LIST}{person.pk}/change/"


def names(response):
    assert response.status_code == 200
    return {person.first_name for person in response.context["cl"].result_list}


def fresh(person, organisation=ACE):
    with tenancy.organisation(organisation):
        return Person.objects.with_places().filter(pk=person.pk).first()


@pytest.fixture
def ada(cast):
    """What somebody types to hire Ada for the team of the cast."""
    return {
        "first_name": "Ada",
        "last_name": "Okoro",
        "email": "ada.okoro@acemall.example",
        "role": cast.cashier.role_id,
        "branch": cast.bodija.pk,
        "department": cast.supermarket.pk,
        "hired_on": "2026-01-05",
        "contract_hours": "40",
    }


def as_typed(person, **changes):
    typed = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone": person.phone,
        "role": person.role_id,
        "branch": person.branch_id or "",
        "department": person.department_id or "",
        "sub_department": "",
        "date_of_birth": "",
        "hired_on": person.hired_on.isoformat(),
        "contract_hours": person.contract_hours,
    }
    return {**typed, **changes}


@pytest.mark.parametrize("path", ["/admin/", LIST, ADD])
def test_a_stranger_signs_in_first_and_a_cashier_may_not_enter(cast, client, signed_in, path):
    assert client.get(path)["Location"].startswith("/login?next=/admin/")
    assert signed_in(cast.cashier).get(path).status_code == 403


def test_each_manager_lists_whom_they_reach(cast, signed_in):
    team = {"Segun", "Adaeze", "Kunle"}
    assert names(signed_in(cast.floor_manager).get(LIST)) == team
    assert names(signed_in(cast.branch_manager).get(LIST)) == team | {"Bola"}
    assert names(signed_in(cast.group_head).get(LIST)) == team | {"Grace", "Simi", "Femi"}
    everybody = names(signed_in(cast.hr).get(LIST))
    assert everybody == names(signed_in(cast.auditor).get(LIST))
    assert everybody > team | {"Simi"}
    assert not everybody & {"Nora", "Owen"}
    assert names(signed_in(cast.other_hr).get(LIST)) == {"Nora", "Owen"}


def test_a_person_out_of_reach_or_of_another_organisation_gets_404(cast, signed_in):
    client = signed_in(cast.floor_manager)
    for person in (cast.stranger, cast.hr, cast.other_cashier):
        assert client.get(change(person)).status_code == 404
        assert client.post(change(person), as_typed(person, first_name="X")).status_code == 404
    assert signed_in(cast.hr).get(change(cast.other_cashier)).status_code == 404
    assert client.get(f"{LIST}999999999/change/").status_code == 404


def test_a_floor_manager_sees_the_directory_entry_and_no_profile(cast, signed_in):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.teammate.pk).update(date_of_birth=date(1991, 3, 4), phone="+234 700 1")
    page = signed_in(cast.floor_manager).get(change(cast.teammate)).content.decode()
    assert "+234 700 1" in page
    assert cast.teammate.email not in page
    assert "1991" not in page
    assert cast.teammate.email not in signed_in(cast.floor_manager).get(LIST).content.decode()
    page = signed_in(cast.branch_manager).get(change(cast.teammate)).content.decode()
    assert cast.teammate.email in page
    assert "1991" in page


def test_whoever_sees_no_addresses_finds_nobody_by_them(cast, signed_in):
    part = cast.teammate.email.split("@")[0]
    assert names(signed_in(cast.floor_manager).get(LIST, {"q": part})) == set()
    assert names(signed_in(cast.hr).get(LIST, {"q": part})) == {"Kunle"}
    assert names(signed_in(cast.floor_manager).get(LIST, {"q": "ogundele"})) == {"Kunle"}


@pytest.mark.parametrize("lookup", ["password__startswith", "date_of_birth__year", "email__startswith", "organisation"])
def test_the_address_asks_only_what_the_filters_ask(cast, signed_in, lookup):
    for user in (cast.floor_manager, cast.hr):
        assert signed_in(user).get(LIST, {lookup: "1"}).status_code == 400


@pytest.mark.parametrize(
    "lookup", ["branch__people__email", "role__people__password__startswith", "branch__people__date_of_birth__gte"]
)
def test_a_filters_path_leads_to_nobody_out_of_reach(cast, signed_in, lookup):
    assert signed_in(cast.floor_manager).get(LIST, {lookup: "1"}).status_code == 400


@pytest.mark.parametrize("asked", [{"is_active__exact": "0"}, {"papers": "incomplete"}])
def test_a_filter_that_is_hidden_from_somebody_answers_them_nothing(cast, signed_in, asked):
    assert signed_in(cast.floor_manager).get(LIST, asked).status_code == 400
    assert signed_in(cast.hr).get(LIST, asked).status_code == 200


def test_filters_offer_only_what_occurs_within_reach(cast, signed_in):
    def offered(user):
        filters = signed_in(user).get(LIST).context["cl"].filter_specs
        return {label for spec in filters for _, label in getattr(spec, "lookup_choices", ())}

    assert "Akobo" not in offered(cast.branch_manager)
    assert "Human Resource" not in offered(cast.group_head)
    assert {"Akobo", "Human Resource"} <= offered(cast.hr)


def test_filters_find(cast, signed_in):
    assert names(signed_in(cast.hr).get(LIST, {"branch__id__exact": cast.akobo.pk})) == {"Simi", "Femi"}
    assert names(signed_in(cast.hr).get(LIST, {"role__category__exact": "general"})) == {"Adaeze", "Kunle", "Simi"}


def test_autocomplete_names_nobody_out_of_reach(cast, signed_in):
    query = {"app_label": "roster", "model_name": "assignment", "field_name": "person", "term": ""}

    def offered(user):
        response = signed_in(user).get("/admin/autocomplete/", query)
        return {entry["text"] for entry in response.json()["results"]}

    assert offered(cast.floor_manager) == {"Segun Afolami", "Adaeze Nwosu", "Kunle Ogundele"}
    assert offered(cast.other_hr) == {"Nora Field", "Owen Marsh"}
    assert signed_in(cast.cashier).get("/admin/autocomplete/", query).status_code == 403


def test_a_floor_manager_hires_for_their_team(cast, signed_in, ada):
    response = signed_in(cast.floor_manager).post(ADD, ada)
    assert response.status_code == 302
    with tenancy.organisation(ACE):
        hired = Person.objects.get(email=ada["email"])
    assert hired.employee_number.startswith("ACE-BOD-")
    assert not hired.has_usable_password()


def test_the_hire_form_offers_only_what_may_be_granted(cast, signed_in):
    form = signed_in(cast.floor_manager).get(ADD).context["adminform"].form
    everything = signed_in(cast.hr).get(ADD).context["adminform"].form
    with tenancy.organisation(ACE):
        assert [role.name for role in form.fields["role"].queryset] == ["Cashier"]
        assert list(form.fields["branch"].queryset) == [cast.bodija]
        assert list(form.fields["department"].queryset) == [cast.supermarket]
        assert "Floor Manager" in {role.name for role in everything.fields["role"].queryset}
        assert cast.akobo in everything.fields["branch"].queryset
    assert form.initial["branch"] == cast.bodija.pk


def test_a_role_or_place_beyond_reach_is_refused_in_the_form(cast, signed_in, ada):
    client = signed_in(cast.floor_manager)
    for field, value in (
        ("role", cast.floor_manager.role_id),
        ("branch", cast.akobo.pk),
        ("department", cast.eatery.pk),
    ):
        response = client.post(ADD, {**ada, field: value})
        assert response.status_code == 200
        assert field in response.context["adminform"].form.errors
    with tenancy.organisation(ACE):
        assert not Person.objects.filter(email=ada["email"]).exists()


def test_an_address_that_is_taken_anywhere_is_refused_beside_the_field(cast, signed_in, ada):
    for email in (cast.cashier.email, cast.other_cashier.email):
        response = signed_in(cast.hr).post(ADD, {**ada, "email": email})
        assert response.status_code == 200
        assert f"{email} already belongs to somebody." in response.content.decode()
    assert fresh(cast.hr) is not None


def test_what_does_not_fit_together_is_refused_beside_the_field(cast, signed_in, ada):
    response = signed_in(cast.hr).post(ADD, {**ada, "branch": "", "phone": "call me"})
    errors = response.context["adminform"].form.errors
    assert errors["branch"] == ["The role Cashier needs a branch."]
    assert "digits" in errors["phone"][0]


def test_human_resource_edits_and_a_new_role_ends_sessions(cast, signed_in):
    with tenancy.organisation(ACE):
        baker = make_role("Baker")
    before = fresh(cast.teammate).token_version
    typed = as_typed(cast.teammate, role=baker.pk, last_name="Bello", is_active="", employee_number="X")
    assert signed_in(cast.hr).post(change(cast.teammate), typed).status_code == 302
    after = fresh(cast.teammate)
    assert (after.last_name, after.role_id, after.token_version) == ("Bello", baker.pk, before + 1)
    assert (after.is_active, after.employee_number) == (True, cast.teammate.employee_number)


@pytest.mark.parametrize("who", ["floor_manager", "branch_manager", "auditor", "coo"])
def test_others_read_and_cannot_edit(cast, signed_in, who):
    client = signed_in(getattr(cast, who))
    assert client.get(change(cast.teammate)).status_code == 200
    assert client.post(change(cast.teammate), as_typed(cast.teammate, last_name="Bello")).status_code == 403
    assert fresh(cast.teammate).last_name == "Ogundele"


def test_an_auditor_hires_nobody(cast, signed_in, ada):
    client = signed_in(cast.auditor)
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, ada).status_code == 403


def test_nobody_moves_themselves(cast, signed_in):
    response = signed_in(cast.hr).post(change(cast.hr), as_typed(cast.hr, contract_hours="20"))
    assert "Nobody changes their own role, place or contract." in response.content.decode()
    assert fresh(cast.hr).contract_hours == 40


def act(client, action, *people):
    chosen = [person.pk for person in people]
    return client.post(LIST, {"action": action, ACTION_CHECKBOX_NAME: chosen}, follow=True)


def test_human_resource_takes_access_away_and_gives_it_back_in_bulk(cast, signed_in):
    client = signed_in(cast.hr)
    page = act(client, "take_access_away", cast.cashier, cast.teammate, cast.hr).content.decode()
    assert "2 people can no longer sign in." in page
    assert "Halima Sule: You cannot take away or give back your own access." in page
    assert not fresh(cast.cashier).is_active
    assert fresh(cast.hr).is_active
    act(client, "give_access_back", cast.cashier)
    assert fresh(cast.cashier).is_active
    assert not fresh(cast.teammate).is_active


@pytest.mark.parametrize("who", ["floor_manager", "auditor", "coo"])
def test_others_have_no_such_action(cast, signed_in, who):
    client = signed_in(getattr(cast, who))
    assert "take_access_away" not in client.get(LIST).content.decode()
    act(client, "take_access_away", cast.cashier)
    assert fresh(cast.cashier).is_active


def test_an_action_reaches_nobody_of_another_organisation(cast, signed_in):
    act(signed_in(cast.hr), "take_access_away", cast.other_cashier)
    assert fresh(cast.other_cashier, OTHER).is_active


def test_nothing_is_deleted_and_no_history_is_shown(cast, signed_in):
    client = signed_in(cast.hr)
    assert client.post(f"{LIST}{cast.cashier.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{cast.cashier.pk}/history/").status_code == 404
    assert fresh(cast.cashier)


@pytest.mark.parametrize("who", ["hr", "floor_manager"])
def test_the_list_asks_as_much_for_2_people_as_for_100(cast, signed_in, who):
    client = signed_in(getattr(cast, who))

    def questions():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    questions()
    few = questions()
    with tenancy.organisation(ACE):
        for number in range(100):
            make_person(f"P{number}", "Many", cast.cashier.role, branch=cast.bodija, department=cast.supermarket)
    assert questions() == few
    assert few <= 16
