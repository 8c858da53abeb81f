"""The reader of a request is found by a query written once; it must find what Django's own would."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER, session_of
from staff import services
from staff.models import Door, Person
from staff.reader import JOINED, active_person
from staff.services.sessions import end_session


def reader(person: Person, **session: object) -> Person | None:
    """Who asks, by a session of theirs unless another is named."""
    asked = {"session": session_of(person, Door.PAGE).pk, "now": timezone.now()} | session
    return active_person(person.pk, **asked)


def all_of(person: Person) -> list[dict[str, object]]:
    """Every column of the person and of what is joined, without asking the database."""
    rows = [person, *(getattr(person, name) for name in JOINED)]
    return [{} if row is None else {key: value for key, value in vars(row).items() if key != "_state"} for row in rows]


@pytest.mark.parametrize("who", ["hr", "branch_manager", "cashier"])
def test_it_finds_what_django_finds_with_everything_that_is_joined(cast, who):
    person = getattr(cast, who)
    with tenancy.organisation(ACE):
        wanted = Person.objects.select_related(*JOINED).get(pk=person.pk)
        wanted.session = session_of(person, Door.PAGE)
        with CaptureQueriesContext(connection) as queries:
            found = active_person(person.pk, session=wanted.session.pk, now=timezone.now())
            assert found == wanted
            assert all_of(found) == all_of(wanted)
            assert vars(found.session).keys() == vars(wanted.session).keys()
            assert found.session == wanted.session
        assert len(queries) == 1
        assert not found._state.adding
        assert found._state.db == wanted._state.db


def test_a_member_of_a_sub_department_comes_with_it(cast):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(
            department=cast.cinema.department_id, sub_department=cast.cinema.pk
        )
        assert reader(cast.cashier).sub_department == cast.cinema


def test_what_it_found_can_be_changed_and_saved(cast):
    with tenancy.organisation(ACE):
        found = reader(cast.cashier)
        found.phone = "+234 700 00 00042"
        found.save(update_fields=["phone"])
        assert Person.objects.get(pk=found.pk).phone == "+234 700 00 00042"


def test_nobody_who_may_not_sign_in_and_nobody_of_another_organisation_is_found(cast):
    own, other = session_of(cast.cashier, Door.PAGE).pk, session_of(cast.other_cashier, Door.PAGE).pk
    with tenancy.organisation(OTHER):
        assert active_person(cast.cashier.pk, session=own, now=timezone.now()) is None
    with tenancy.organisation(ACE):
        assert active_person(cast.other_cashier.pk, session=other, now=timezone.now()) is None
        Person.objects.filter(pk=cast.cashier.pk).update(is_active=False)
        assert active_person(cast.cashier.pk, session=own, now=timezone.now()) is None
    assert active_person(cast.cashier.pk, session=own, now=timezone.now()) is None


def test_nobody_is_found_by_a_session_that_opens_nothing(cast):
    with tenancy.organisation(ACE):
        mine, teammates = session_of(cast.cashier, Door.PAGE), session_of(cast.teammate, Door.PAGE)
        assert reader(cast.cashier) is not None
        assert reader(cast.cashier, session=teammates.pk) is None
        assert reader(cast.cashier, now=mine.good_until + timedelta(seconds=1)) is None
        end_session(mine, now=timezone.now())
        assert reader(cast.cashier, session=mine.pk) is None
        later = session_of(cast.cashier, Door.PAGE)
        services.end_tokens(cast.cashier)
        assert reader(cast.cashier, session=later.pk) is None
