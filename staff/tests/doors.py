"""The doors of signing in, as tests ask them."""

from __future__ import annotations

import json
from typing import Any

import pyotp
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.testing import session_of
from staff.models import Door, Person, SecondFactor, Session
from staff.services import second_factor
from staff.signin import refreshing_of
from staff.tests.make import PASSWORD


def api(client: Client, path: str, body: Any = None, *, access: str = "", method: str = "post", **more: Any) -> Any:
    """Ask auth/…, as the holder of an access token where one is given."""
    headers = {"Authorization": f"Bearer {access}"} if access else {}
    sent = {} if method == "get" else {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(client, method)(f"/api/v1/auth/{path}", headers=headers, **sent, **more)


def log_in(client: Client, person: Person, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    """Tokens from the API's door."""
    answer = api(client, "login", {"email": person.email, "password": password, **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


def me(client: Client, access: str) -> int:
    """The status that a token gets."""
    return client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {access}"}).status_code


def enter(client: Client, person: Person, password: str = PASSWORD, **more: Any) -> Any:
    """Post to the login page."""
    return client.post("/login", {"email": person.email, "password": password, **more})


def session_of_token(person: Person, refresh: str) -> Session:
    """The row that a refresh token belongs to."""
    with tenancy.organisation(person.organisation_id):
        return Session.objects.get(pk=refreshing_of(refresh).session)


def protect(person: Person) -> list[str]:
    """Give somebody an authenticator app that is in use; returns their recovery codes."""
    now = timezone.now()
    with tenancy.organisation(person.organisation_id):
        second_factor.set_up(person)
        codes = second_factor.confirm(person, code_of(person), session=session_of(person, Door.PAGE), now=now)
        # As if it had been long ago, so that the code of this moment is still to be used.
        SecondFactor.objects.filter(person=person).update(last_step=0)
    return codes


def turn_on(client: Client, person: Person, access: str) -> Any:
    """Confirm the app that was set up, over the API."""
    return api(client, "2fa/confirm", {"password": PASSWORD, "otp": code_of(person)}, access=access)


def code_of(person: Person, *, off: int = 0) -> str:
    """The code that the person's app shows now, or so many steps off."""
    with tenancy.organisation(person.organisation_id):
        secret = SecondFactor.objects.get(person=person).secret
    return pyotp.TOTP(secret).at(timezone.now(), counter_offset=off)
