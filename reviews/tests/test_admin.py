"""Reviews in the admin: read within reach, submitted by their reviewer; criteria set by Human Resource."""

import re

import pytest

from config import tenancy
from config.testing import ACE
from reviews.models import Criterion, Review
from reviews.tests.make import make_criteria, make_draft, make_review

pytestmark = pytest.mark.django_db

REVIEWS, CRITERIA = "/admin/reviews/review/", "/admin/reviews/criterion/"
CHARM = {"name": "Charm", "weight": "2", "position": "9", "is_active": "on"}


@pytest.fixture
def world(cast):
    with tenancy.organisation(ACE):
        make_criteria()
        make_review(cast.cashier, "5444", by=cast.floor_manager, weeks_ago=1)
        make_draft(cast.cashier, by=cast.floor_manager)
        make_draft(cast.teammate, "4144", by=cast.floor_manager, comment="")
    return cast


def shown(client, path=REVIEWS) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def test_each_manager_reads_what_concerns_them(world, signed_in):
    assert shown(signed_in(world.floor_manager)).count("Adaeze Nwosu") >= 2
    text = shown(signed_in(world.auditor))
    assert "4.25" in text
    assert "Kunle Ogundele" not in text  # another's draft
    assert "Adaeze Nwosu" not in shown(signed_in(world.stranger_manager))
    assert signed_in(world.cashier).get(REVIEWS).status_code == 403


def test_a_review_is_read_in_words_and_written_nowhere_else(world, signed_in):
    with tenancy.organisation(ACE):
        review = Review.objects.submitted().get()
    text = shown(signed_in(world.hr), f"{REVIEWS}{review.pk}/change/")
    assert "Attendance: 5, Excellent" in text
    assert "Well done." in text
    assert signed_in(world.hr).post(f"{REVIEWS}{review.pk}/change/", {"comment": "x"}).status_code == 403
    assert signed_in(world.stranger_manager).get(f"{REVIEWS}{review.pk}/change/").status_code == 404


def test_ready_drafts_are_submitted_and_the_others_told(world, signed_in):
    with tenancy.organisation(ACE):
        drafts = list(Review.objects.filter(submitted_at=None).values_list("pk", flat=True))
    data = {"action": "submit_chosen", "_selected_action": drafts}
    text = signed_in(world.floor_manager).post(REVIEWS, data, follow=True).content.decode()
    assert "1 review submitted." in text
    assert "Punctuality is 1, Poor. Say what happened and what would help." in text
    with tenancy.organisation(ACE):
        assert Review.objects.submitted().count() == 2


def test_an_auditor_has_no_action_and_nobody_submits_anothers(world, signed_in):
    with tenancy.organisation(ACE):
        draft = Review.objects.filter(submitted_at=None).first()
    data = {"action": "submit_chosen", "_selected_action": [draft.pk]}
    for who in ("auditor", "hr"):
        signed_in(getattr(world, who)).post(REVIEWS, data, follow=True)
    with tenancy.organisation(ACE):
        assert Review.objects.submitted().count() == 1


def test_criteria_are_read_by_managers_and_set_by_human_resource(world, signed_in):
    for who, may_add in (("floor_manager", 403), ("auditor", 403), ("ceo", 403), ("hr", 200)):
        client = signed_in(getattr(world, who))
        assert "Punctuality" in shown(client, CRITERIA)
        assert client.get(f"{CRITERIA}add/").status_code == may_add
    client = signed_in(world.hr)
    assert client.post(f"{CRITERIA}add/", CHARM).status_code == 302
    assert "There is already a criterion of this name." in client.post(f"{CRITERIA}add/", CHARM).content.decode()
    with tenancy.organisation(ACE):
        charm = Criterion.objects.get(name="Charm")
    client.post(f"{CRITERIA}{charm.pk}/change/", {**CHARM, "weight": "3"})
    assert "10" in client.post(f"{CRITERIA}{charm.pk}/change/", {**CHARM, "weight": "11"}).content.decode()
    with tenancy.organisation(ACE):
        charm.refresh_from_db()
    assert charm.weight == 3
