"""Idempotency-Key: the same write sent twice happens once, also at the same moment."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.models import GivenAnswer
from config.testing import ACE, bearer
from notifications.models import OutboxMessage
from roster.models import Shift
from roster.tests.make import make_roster, make_shift

SHIFTS = "/api/v1/shifts"


def body_of(cast, **fields):
    with tenancy.organisation(ACE):
        roster = make_roster(cast)
    return {"roster": str(roster.pk), "date": f"{roster.week_start}", "hours": "9-17", **fields}


def post(person, body, key="first-try", url=SHIFTS):
    headers = {**bearer(person), **({"Idempotency-Key": key} if key is not None else {})}
    return Client().post(url, body, content_type="application/json", headers=headers)


def count():
    with tenancy.organisation(ACE):
        return Shift.objects.count()


@pytest.mark.django_db
def test_a_repeated_request_gets_the_first_answer_and_does_nothing(cast):
    body = body_of(cast)
    first, again = post(cast.floor_manager, body), post(cast.floor_manager, body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["ETag"] == first["ETag"] == '"1"'
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert count() == 1


@pytest.mark.django_db
def test_without_a_key_every_request_counts(cast):
    body = body_of(cast)
    for _ in range(2):
        assert post(cast.floor_manager, body, key=None).status_code == 201
    assert count() == 2


@pytest.mark.django_db
def test_a_key_belongs_to_one_request(cast):
    post(cast.floor_manager, body_of(cast))
    other = post(cast.floor_manager, body_of(cast, hours="10-18"))
    assert (other.status_code, other.json()["error"]["code"]) == (422, "key_used")
    assert count() == 1


@pytest.mark.django_db
def test_a_key_belongs_to_one_person(cast):
    body = body_of(cast)
    assert post(cast.floor_manager, body).json()["id"] != post(cast.branch_manager, body).json()["id"]
    assert post(cast.other_hr, body).status_code == 400
    assert count() == 2


@pytest.mark.django_db
def test_a_refused_request_may_be_tried_again(cast):
    body = body_of(cast, person=str(cast.cashier.pk))
    with tenancy.organisation(ACE):
        other = make_shift(make_roster(cast), "8-12", by=cast.floor_manager, person=cast.cashier)
    assert post(cast.floor_manager, body).status_code == 409
    with tenancy.organisation(ACE):
        assert not GivenAnswer.objects.exists()
        other.assignments.all().delete()
    assert post(cast.floor_manager, body).status_code == 201


@pytest.mark.django_db
def test_after_a_day_the_key_is_free(cast):
    body = body_of(cast)
    post(cast.floor_manager, body)
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        assert post(cast.floor_manager, body).status_code == 201
    assert count() == 2
    with tenancy.organisation(ACE):
        assert GivenAnswer.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "two words", "x" * 101, "naïve"])
def test_a_key_that_is_none_is_refused(cast, key):
    response = post(cast.floor_manager, body_of(cast), key=key)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_key")
    assert count() == 0


@pytest.mark.django_db
def test_a_repeated_publishing_says_the_same(cast):
    body_of(cast)
    with tenancy.organisation(ACE):
        roster = make_roster(cast)
        make_shift(roster, by=cast.floor_manager, person=cast.cashier)
    url = f"/api/v1/rosters/{roster.pk}/publish"
    first, again = (post(cast.floor_manager, {}, url=url) for _ in range(2))
    assert first.json() == again.json()
    assert again.json()["added"] == 1
    with tenancy.organisation(ACE):
        assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_five_at_once_make_one_shift(cast):
    body, answers = body_of(cast), []

    def send():
        answers.append(post(cast.floor_manager, body))
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 5
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert count() == 1
