"""The reader of a request is found by a query written once; it must find what Django's own would."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import tenancy
from config.testing import ACE, OTHER
from staff.models import Person
from staff.reader import JOINED, active_person


def all_of(person: Person) -> list[dict[str, object]]:
    """Every column of the person and of what is joined, without asking the database."""
    rows = [person, *(getattr(person, name) for name in JOINED)]
    return [{} if row is None else {key: value for key, value in vars(row).items() if key != "_state"} for row in rows]


@pytest.mark.parametrize("who", ["hr", "branch_manager", "cashier"])
def test_it_finds_what_django_finds_with_everything_that_is_joined(cast, who):
    pk = getattr(cast, who).pk
    with tenancy.organisation(ACE):
        wanted = Person.objects.select_related(*JOINED).get(pk=pk)
        with CaptureQueriesContext(connection) as queries:
            found = active_person(pk)
            assert found == wanted
            assert all_of(found) == all_of(wanted)
        assert len(queries) == 1
        assert not found._state.adding
        assert found._state.db == wanted._state.db


def test_a_member_of_a_sub_department_comes_with_it(cast):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(
            department=cast.cinema.department_id, sub_department=cast.cinema.pk
        )
        assert active_person(cast.cashier.pk).sub_department == cast.cinema


def test_what_it_found_can_be_changed_and_saved(cast):
    with tenancy.organisation(ACE):
        found = active_person(cast.cashier.pk)
        found.phone = "+234 700 00 00042"
        found.save(update_fields=["phone"])
        assert Person.objects.get(pk=found.pk).phone == "+234 700 00 00042"


def test_nobody_who_may_not_sign_in_and_nobody_of_another_organisation_is_found(cast):
    with tenancy.organisation(OTHER):
        assert active_person(cast.cashier.pk) is None
    with tenancy.organisation(ACE):
        assert active_person(cast.other_cashier.pk) is None
        Person.objects.filter(pk=cast.cashier.pk).update(is_active=False)
        assert active_person(cast.cashier.pk) is None
    assert active_person(cast.hr.pk) is None
