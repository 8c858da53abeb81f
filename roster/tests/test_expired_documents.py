"""A required document that has expired on the shift's date blocks the shift, through every door of planning."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config import tenancy
from config.errors import Refused
from config.testing import ACE
from roster import services
from roster.selectors.check import check
from roster.tests.make import make_roster, make_shift, next_monday
from staff.documents.kinds import DocumentKind
from staff.models import RequiredDocument
from staff.tests.files import make_document

pytestmark = pytest.mark.django_db

WEDNESDAY = next_monday() + timedelta(days=2)


@pytest.fixture
def roster(cast):
    with tenancy.organisation(ACE):
        RequiredDocument.objects.create(category="general", kind="national_id")
        yield make_roster(cast)


def holds_until(cast, day, kind=DocumentKind.NATIONAL_ID, person=None):
    return make_document(person or cast.cashier, by=cast.hr, kind=kind, expires_on=day)


def plan(cast, roster, day):
    return make_shift(roster, by=cast.floor_manager, person=cast.cashier, day=day)


def test_a_shift_after_the_last_day_is_refused_and_one_on_it_is_not(cast, roster):
    holds_until(cast, WEDNESDAY)
    plan(cast, roster, day=2)
    with pytest.raises(Refused, match="Adaeze Nwosu needs a new document on Thu") as refused:
        plan(cast, roster, day=3)
    assert refused.value.code == "document"


def test_a_renewed_document_lets_the_person_work_again(cast, roster):
    old = holds_until(cast, WEDNESDAY)
    holds_until(cast, WEDNESDAY + timedelta(days=400))
    plan(cast, roster, day=3)
    assert not old.removed_at


def test_one_that_never_expires_counts_more_than_any_last_day(cast, roster):
    holds_until(cast, WEDNESDAY)
    holds_until(cast, None)
    plan(cast, roster, day=3)


def test_a_document_that_nobody_requires_may_expire(cast, roster):
    holds_until(cast, WEDNESDAY, kind=DocumentKind.PASSPORT)
    plan(cast, roster, day=3)


def test_a_document_that_another_category_must_have_may_expire(cast, roster):
    RequiredDocument.objects.update(category="admin")
    holds_until(cast, WEDNESDAY)
    plan(cast, roster, day=3)


def test_what_is_missing_altogether_blocks_nothing(cast, roster):
    plan(cast, roster, day=3)


def test_a_document_of_a_colleague_blocks_nobody_else(cast, roster):
    holds_until(cast, WEDNESDAY, person=cast.teammate)
    plan(cast, roster, day=3)


def test_a_week_in_which_a_document_expired_meanwhile_is_not_published(cast, roster):
    plan(cast, roster, day=3)
    holds_until(cast, WEDNESDAY)
    assert [breach.kind for breach in check([roster]).breaches] == ["document"]
    with pytest.raises(Refused):
        services.publish([roster], by=cast.floor_manager)


def test_the_planner_says_so_before_anything_is_saved(cast, roster, signed_in):
    holds_until(cast, WEDNESDAY)
    client, team = signed_in(cast.floor_manager), f"{cast.bodija.pk}-{cast.supermarket.pk}-0"
    sentence = "Adaeze Nwosu needs a new document"
    for day, is_blocked in ((WEDNESDAY, False), (WEDNESDAY + timedelta(days=1), True)):
        asked = {"team": team, "person": cast.cashier.pk, "date": day, "hours": "9-17"}
        assert (sentence in client.get("/planner/who", asked).content.decode()) is is_blocked
