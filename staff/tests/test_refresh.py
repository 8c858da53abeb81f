"""Refresh tokens: each is good once, a copy that comes later ends the session, and nothing lasts beyond its week."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from staff.models import Letter, LetterKind, Session
from staff.signin import refreshing_of
from staff.tests.doors import api, log_in, me, session_of_token
from staff.tests.make import PASSWORD

pytestmark = pytest.mark.django_db


def refresh(client, raw):
    return api(client, "refresh", {"refresh": raw})


def test_each_use_gives_a_new_pair_and_spends_the_old_token(client, cast):
    given = log_in(client, cast.cashier)
    answer = refresh(client, given["refresh"])
    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    assert answer.json()["refresh"] != given["refresh"]
    assert me(client, answer.json()["access"]) == 200


def test_two_tabs_within_ten_seconds_get_the_same_successor(client, cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        given = log_in(client, cast.cashier)
        first = refresh(client, given["refresh"])
        clock.shift(9)
        again = refresh(client, given["refresh"])
        assert (again.status_code, again.json()["refresh"]) == (200, first.json()["refresh"])
        assert me(client, again.json()["access"]) == 200


def test_a_spent_token_that_comes_later_ends_the_whole_session_and_its_owner_hears_of_it(client, cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        given = log_in(client, cast.cashier)
        first = refresh(client, given["refresh"]).json()
        clock.shift(11)
        refused = refresh(client, given["refresh"])
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "token_ended")
        assert refresh(client, first["refresh"]).status_code == 401
        assert me(client, first["access"]) == me(client, given["access"]) == 401
    with tenancy.organisation(ACE):
        assert Letter.objects.get(person=cast.cashier).kind == LetterKind.TOKEN_REUSED


def test_a_token_of_two_exchanges_ago_ends_the_session_also_within_ten_seconds(client, cast):
    given = log_in(client, cast.cashier)
    second = refresh(client, given["refresh"]).json()
    third = refresh(client, second["refresh"]).json()
    assert refresh(client, given["refresh"]).status_code == 401
    assert refresh(client, third["refresh"]).status_code == 401


def test_a_copied_token_ends_its_session_also_beside_a_good_access_token(client, cast):
    """The ending must stay although the request is refused: no transaction of the caller's takes it back."""
    other = log_in(client, cast.cashier)
    given = log_in(client, cast.cashier)
    last = refresh(client, refresh(client, given["refresh"]).json()["refresh"]).json()
    assert api(client, "refresh", {"refresh": given["refresh"]}, access=other["access"]).status_code == 401
    assert refresh(client, last["refresh"]).status_code == 401
    assert me(client, other["access"]) == 200


def test_ones_own_token_of_before_a_new_password_is_refused_and_ends_nothing(client, cast):
    given = log_in(client, cast.cashier)
    words = {"current": PASSWORD, "new": "correct horse battery"}
    fresh = api(client, "password/change", words, access=given["access"]).json()
    assert refresh(client, given["refresh"]).status_code == 401
    assert refresh(client, fresh["refresh"]).status_code == 200
    with tenancy.organisation(ACE):
        assert not Letter.objects.filter(kind=LetterKind.TOKEN_REUSED).exists()


def test_one_sessions_copied_token_leaves_the_others_alone(client, cast):
    phone, laptop = log_in(client, cast.cashier), log_in(client, cast.cashier)
    refresh(client, refresh(client, phone["refresh"]).json()["refresh"])
    assert refresh(client, phone["refresh"]).status_code == 401
    assert refresh(client, laptop["refresh"]).status_code == 200


def test_seven_days_after_signing_in_it_is_over_however_often_it_was_exchanged(client, cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        raw = log_in(client, cast.cashier)["refresh"]
        for _ in range(6):
            clock.shift(timedelta(days=1))
            raw = refresh(client, raw).json()["refresh"]
        clock.shift(timedelta(days=1) - timedelta(seconds=60))
        last = refresh(client, raw).json()
        assert me(client, last["access"]) == 200
        clock.shift(61)
        assert refresh(client, last["refresh"]).status_code == 401
        assert me(client, last["access"]) == 401


def test_the_id_of_a_token_stands_nowhere_but_as_a_digest(client, cast):
    given = log_in(client, cast.cashier)
    fresh = refresh(client, given["refresh"]).json()
    row = session_of_token(cast.cashier, fresh["refresh"])
    kept = " ".join(str(value) for value in vars(row).values())
    for raw in (given["refresh"], fresh["refresh"]):
        assert refreshing_of(raw).jti not in kept
    assert row.digest != row.previous_digest != ""


@pytest.mark.django_db(transaction=True)
def test_50_parallel_refreshes_make_exactly_one_successor(cast):
    raw, found = log_in(Client(), cast.cashier)["refresh"], []

    def ask() -> None:
        found.append(refresh(Client(), raw))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in found] == [200] * 50
    assert len({answer.json()["refresh"] for answer in found}) == 1
    with tenancy.organisation(ACE):
        assert Session.objects.filter(person=cast.cashier, ended_at=None).count() == 1
