"""Tokens that somebody made up or changed: each gets 401, from Django and from what answers before it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.test import Client
from django.utils import timezone

from config import epoch, tenancy
from config.testing import ACE, OTHER
from config.tests.fast import Door
from staff.tests.doors import api, log_in

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/api/v1/notifications"
Given = dict[str, Any]


def claims(given: Given) -> Given:
    return jwt.decode(given["access"], options={"verify_signature": False})


def signed(said: Given, key: Any = None, algorithm: str = "HS256") -> str:
    return jwt.encode(said, key or settings.SECRET_KEY, algorithm=algorithm)


def part(words: Given) -> str:
    return base64.urlsafe_b64encode(json.dumps(words).encode()).rstrip(b"=").decode()


def in_seconds(seconds: int) -> int:
    return int((timezone.now() + timedelta(seconds=seconds)).timestamp())


def without_a_signature(given: Given, cast: Any) -> str:
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims(given))}."


def with_an_empty_algorithm(given: Given, cast: Any) -> str:
    return f"{part({'typ': 'JWT'})}.{given['access'].split('.', 1)[1]}"


def signed_by_a_private_key(given: Given, cast: Any) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return signed(claims(given), pem, "RS256")


def signed_by_another_key(given: Given, cast: Any) -> str:
    return signed(claims(given), "another key " * 5)


def signed_by_a_longer_hash(given: Given, cast: Any) -> str:
    return signed(claims(given), algorithm="HS512")


def with_a_changed_payload(given: Given, cast: Any) -> str:
    head, _, signature = given["access"].split(".")
    return f"{head}.{part({**claims(given), 'user_id': str(cast.hr.pk)})}.{signature}"


def expired(given: Given, cast: Any) -> str:
    return signed({**claims(given), "exp": in_seconds(-1)})


def not_yet_valid(given: Given, cast: Any) -> str:
    return signed({**claims(given), "nbf": in_seconds(60)})


def issued_in_the_future(given: Given, cast: Any) -> str:
    return signed({**claims(given), "iat": in_seconds(3600)})


def without_an_organisation(given: Given, cast: Any) -> str:
    return signed({name: value for name, value in claims(given).items() if name != "organisation"})


def without_a_session(given: Given, cast: Any) -> str:
    return signed({name: value for name, value in claims(given).items() if name != "session"})


def without_an_expiry(given: Given, cast: Any) -> str:
    return signed({name: value for name, value in claims(given).items() if name != "exp"})


def of_another_organisation(given: Given, cast: Any) -> str:
    return signed({**claims(given), "organisation": OTHER})


def for_another_person(given: Given, cast: Any) -> str:
    return signed({**claims(given), "user_id": str(cast.hr.pk)})


def with_a_later_version(given: Given, cast: Any) -> str:
    return signed({**claims(given), "token_version": 99})


def with_words_for_numbers(given: Given, cast: Any) -> str:
    return signed({**claims(given), "session": "first", "user_id": {"$ne": 0}})


def a_refresh_token(given: Given, cast: Any) -> str:
    return given["refresh"]


def a_spent_refresh_token(given: Given, cast: Any) -> str:
    api(Client(), "refresh", {"refresh": given["refresh"]})
    return given["refresh"]


def garbage(given: Given, cast: Any) -> str:
    return "eyJ.ü.\x00"


FORGERIES: list[Callable[[Given, Any], str]] = [
    without_a_signature, with_an_empty_algorithm, signed_by_a_private_key, signed_by_another_key,
    signed_by_a_longer_hash, with_a_changed_payload, expired, not_yet_valid, issued_in_the_future,
    without_an_organisation, without_a_session, without_an_expiry, of_another_organisation, for_another_person,
    with_a_later_version, with_words_for_numbers, a_refresh_token, a_spent_refresh_token, garbage,
]  # fmt: skip


@pytest.fixture
def door(monkeypatch) -> Door:
    monkeypatch.setattr(epoch, "QUIET", -1.0)
    monkeypatch.setattr(epoch, "LEASE", 10.0)
    return Door()


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forged_token_gets_401_from_django_and_before_it(forge, door, cast):
    """The answer that it wants is at hand: the right token has been given it before Django."""
    given = log_in(Client(), cast.cashier)
    right = {"Authorization": f"Bearer {given['access']}"}
    assert [door.get(LIST, right).fast for _ in range(2)] == [False, True]
    raw = forge(given, cast)
    before = door.get(LIST, {"Authorization": f"Bearer {raw}"})
    assert (before.status_code, before.fast) == (401, False)
    django = Client().get(LIST, HTTP_AUTHORIZATION=f"Bearer {raw}")
    assert (django.status_code, django["WWW-Authenticate"]) == (401, "Bearer")
    assert set(django.json()) == {"error"}
    assert door.get(LIST, right).status_code == 200


# The same tricks on what auth/refresh wants, where a refresh token is no forgery; as spent it is tried elsewhere.
OF_REFRESHING = [forge for forge in FORGERIES if forge not in (a_refresh_token, a_spent_refresh_token)]


@pytest.mark.parametrize("forge", OF_REFRESHING, ids=lambda forge: forge.__name__)
def test_a_forged_refresh_token_gets_401(forge, cast):
    given = log_in(Client(), cast.cashier)
    raw = forge({"access": given["refresh"], "refresh": given["refresh"]}, cast)
    assert api(Client(), "refresh", {"refresh": raw}).status_code in {400, 401}
    assert api(Client(), "refresh", {"refresh": given["refresh"]}).status_code == 200


def test_a_token_kept_by_this_process_is_looked_at_anew_each_time(door, cast):
    """Its signature is verified once; its end is not."""
    headers = {"Authorization": f"Bearer {log_in(Client(), cast.cashier)['access']}"}
    assert [door.get(LIST, headers).fast for _ in range(2)] == [False, True]
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1), tick=True):
        assert door.get(LIST, headers).status_code == 401


def test_a_persons_token_does_not_work_in_their_name_elsewhere(cast):
    given = log_in(Client(), cast.other_cashier)
    with tenancy.organisation(ACE):
        raw = signed({**claims(given), "organisation": ACE})
    assert Client().get(LIST, headers={"Authorization": f"Bearer {raw}"}).status_code == 401
