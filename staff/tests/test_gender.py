"""What somebody says of their gender is part of the profile: Human Resource writes it, who sees profiles reads it."""

import pytest
from django.test import Client

from config import tenancy
from config.errors import Invalid
from config.testing import ACE, bearer
from staff.models import Person
from staff.services import edit_person

pytestmark = pytest.mark.django_db


def test_nobody_has_said_anything_until_it_is_written(cast, signed_in):
    assert "Not said" in signed_in(cast.cashier).get("/account/").content.decode()
    path = f"/api/v1/staff/{cast.cashier.pk}"
    answer = Client().patch(path, {"gender": "female"}, "application/json", headers=bearer(cast.hr))
    assert answer.json()["gender"] == "female"
    assert "Female" in signed_in(cast.cashier).get("/account/").content.decode()


def test_it_is_shown_to_those_who_see_the_profile_and_to_nobody_else(cast):
    path = f"/api/v1/staff/{cast.cashier.pk}"
    for reader, sees in ((cast.cashier, True), (cast.branch_manager, True), (cast.floor_manager, False)):
        assert ("gender" in Client().get(path, headers=bearer(reader)).json()) == sees


def test_the_admin_keeps_it_where_a_form_leaves_it_out(cast, signed_in):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.stranger.pk).update(gender="male")
    form = {
        "first_name": "Simi", "last_name": "Ojo", "email": cast.stranger.email, "role": cast.stranger.role_id,
        "branch": cast.akobo.pk, "department": cast.supermarket.pk, "hired_on": "2024-01-01", "contract_hours": "40",
    }  # fmt: skip
    assert signed_in(cast.hr).post(f"/admin/staff/person/{cast.stranger.pk}/change/", form).status_code == 302
    with tenancy.organisation(ACE):
        assert Person.objects.get(pk=cast.stranger.pk).gender == "male"


def test_what_is_no_answer_is_refused(cast):
    with tenancy.organisation(ACE), pytest.raises(Invalid, match="female, male, other or not said"):
        edit_person(cast.cashier, {"gender": "x"}, by=cast.hr)
