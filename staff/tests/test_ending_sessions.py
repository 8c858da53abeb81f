"""What Human Resource does for an account in danger: sign it out everywhere, free it of a lost app."""

from __future__ import annotations

import pytest
from django.test import Client

from config import tenancy
from config.testing import ACE, bearer
from staff.auditing.words import lines
from staff.models import Letter, LetterKind, SecondFactor
from staff.tests.audits import newest
from staff.tests.doors import enter, log_in, me, protect

pytestmark = pytest.mark.django_db


def pages(person):
    return f"/people/{person.pk}/sessions/end", f"/people/{person.pk}/second-step/off"


def test_every_session_and_token_of_the_person_ends_and_they_hear_of_it(cast, signed_in):
    browser, given = Client(), log_in(Client(), cast.cashier)
    enter(browser, cast.cashier)
    other = log_in(Client(), cast.teammate)
    assert signed_in(cast.hr).post(pages(cast.cashier)[0]).status_code == 302
    assert me(Client(), given["access"]) == 401
    assert browser.get("/account/").status_code == 302
    assert me(Client(), other["access"]) == 200
    assert log_in(Client(), cast.cashier)
    with tenancy.organisation(ACE):
        assert Letter.objects.filter(person=cast.cashier, kind=LetterKind.SESSIONS_ENDED).count() == 1
        (line,) = lines([newest(kind="sign_out")], reader=cast.auditor)
        assert line.sentence == "Halima Sule ended the sessions of Adaeze Nwosu."


def test_the_api_does_the_same(cast):
    given, headers = log_in(Client(), cast.cashier), bearer(cast.hr)
    assert Client().delete(f"/api/v1/staff/{cast.cashier.pk}/sessions", headers=headers).status_code == 204
    assert me(Client(), given["access"]) == 401


def test_a_lost_app_is_taken_off_from_the_persons_page(cast, signed_in):
    protect(cast.cashier)
    client = signed_in(cast.hr)
    assert "Take off the second step" in client.get(f"/people/{cast.cashier.pk}/").content.decode()
    assert client.post(pages(cast.cashier)[1]).status_code == 302
    with tenancy.organisation(ACE):
        assert not SecondFactor.objects.filter(person=cast.cashier).exists()
    assert "Take off the second step" not in client.get(f"/people/{cast.cashier.pk}/").content.decode()
    assert client.post(pages(cast.cashier)[1]).status_code == 409
    headers = bearer(cast.hr)
    assert Client().delete(f"/api/v1/staff/{cast.cashier.pk}/second-step", headers=headers).status_code == 409


@pytest.mark.parametrize("name", ["ceo", "auditor", "branch_manager", "floor_manager"])
def test_who_reaches_the_person_but_is_not_human_resource_may_not(cast, signed_in, name):
    protect(cast.cashier)
    given, boss = log_in(Client(), cast.teammate), getattr(cast, name)
    client = signed_in(boss)
    assert "End all sessions" not in client.get(f"/people/{cast.cashier.pk}/").content.decode()
    assert client.post(pages(cast.teammate)[0]).status_code == 403
    assert client.post(pages(cast.cashier)[1]).status_code == 403
    for path in (f"{cast.teammate.pk}/sessions", f"{cast.cashier.pk}/second-step"):
        assert Client().delete(f"/api/v1/staff/{path}", headers=bearer(boss)).status_code == 403
    assert me(Client(), given["access"]) == 200


def test_out_of_reach_there_is_nobody(cast, signed_in):
    for reader, person in ((cast.cashier, cast.teammate), (cast.hr, cast.other_cashier)):
        for path in pages(person):
            assert signed_in(reader).post(path).status_code == 404


def test_nobody_ends_all_their_own_here(cast, signed_in):
    client = signed_in(cast.hr)
    assert client.post(pages(cast.hr)[0]).status_code == 409
    assert client.get("/account/").status_code == 200
    assert "End all sessions" not in client.get(f"/people/{cast.hr.pk}/").content.decode()
