"""What opens a door is found nowhere that it has no business: planted words are looked for after a day of sign-ins."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from config.caching import server
from config.celery import app
from config.logs import lines
from config.testing import ACE, as_owner
from config.tests.mailbox import mail_server
from staff.models import Person
from staff.tests.doors import api, enter, log_in, turn_on
from staff.tests.make import PASSWORD
from staff.tests.post import arrived

pytestmark = pytest.mark.django_db(transaction=True)

NEW, GUESS = "canary-new-password-77", "canary-guessed-password"


@pytest.fixture
def payloads(monkeypatch) -> list[str]:
    """What the broker is given: every task's name and arguments, as they leave."""
    sent: list[str] = []

    def publish(name: str, args: Any = (), kwargs: Any = None, **options: Any) -> None:
        sent.append(json.dumps([name, args, kwargs, options], default=str))

    monkeypatch.setattr(app, "send_task", publish)  # the network's edge
    return sent


def a_day_of_sign_ins(person: Person, mailbox: Any) -> dict[str, str]:
    """Everything that has a secret, once; returns the secrets by name."""
    client, browser = Client(raise_request_exception=False), Client(raise_request_exception=False)
    found = {"password": PASSWORD, "new password": NEW, "guess": GUESS}
    api(client, "login", {"email": person.email, "password": GUESS})
    enter(browser, person, GUESS)
    given = log_in(client, person)
    found["access token"], found["refresh token"] = given["access"], given["refresh"]
    fresh = api(client, "refresh", {"refresh": given["refresh"]}).json()
    found["successor"] = fresh["refresh"]
    access = fresh["access"]
    found["totp secret"] = api(client, "2fa/setup", access=access).json()["secret"]
    codes = turn_on(client, person, access).json()["recovery_codes"]
    found["recovery code"], found["spent recovery code"] = codes[0], codes[1]
    enter(browser, person)
    browser.post("/login/code", {"code": codes[1]})
    found["browser's session"] = browser.cookies["session"].value
    api(client, "password/forgot", {"email": person.email})
    letter = next(letter for letter in arrived(mailbox) if "new password" in letter.subject)
    found["reset link"], found["reset code"] = letter.token, letter.code
    client.get(letter.path)
    api(client, "password/reset", {"token": letter.token, "password": "short"})
    api(client, "password/reset", {"token": letter.token, "password": NEW})
    arrived(mailbox)
    return found


def everything_in_redis() -> str:
    """Every key with its value, as text."""
    client, found = server.client(), []
    for key in client.keys("*"):
        kind = client.type(key).decode()
        read = {"string": client.get, "hash": client.hgetall, "zset": lambda k: client.zrange(k, 0, -1)}.get(kind)
        found.append(f"{key!r} {read(key) if read else client.dump(key)!r}")
    return "\n".join(found)


def everything_in_the_database() -> str:
    """Every column of every table of people's access, as a dump would have it."""
    with as_owner(connection.settings_dict["NAME"]) as owner:
        tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return "\n".join(
            str(owner.execute(f"SELECT t::text FROM {name} t").fetchall())
            for (name,) in tables
            if name.startswith(("staff_", "monitoring_", "notifications_", "config_"))
        )


def logged(caplog: Any, capfd: Any) -> str:
    """Every line of the log: those of requests, which go straight to the file, and the formatted records."""
    straight = capfd.readouterr()
    # The mail server of these tests writes down what it is told; it is no part of the product.
    ours = [record for record in caplog.records if record.name != "mail.log"]
    return "\n".join([straight.out, straight.err, *(lines("JSON").format(record) for record in ours)])


def in_sight(found: dict[str, str], text: str) -> list[str]:
    return [name for name, secret in found.items() if secret in text]


def test_no_secret_is_found_in_logs_redis_task_payloads_or_the_database(cast, settings, payloads, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with mail_server(settings) as mailbox:
        found = a_day_of_sign_ins(cast.cashier, mailbox)
    written = logged(caplog, capfd)
    assert "/api/v1/auth/login" in written  # the log of requests is there
    assert payloads
    # Six digits may stand anywhere by chance, but not as a value of their own.
    words = {name: secret for name, secret in found.items() if name != "reset code"}
    assert in_sight(words, written) == []
    assert in_sight(words, everything_in_redis()) == []
    assert in_sight(found, "\n".join(payloads)) == []
    assert in_sight(words, everything_in_the_database()) == []


def test_a_task_is_told_the_organisation_and_nothing_else(cast, settings, payloads):
    with mail_server(settings) as mailbox:
        a_day_of_sign_ins(cast.cashier, mailbox)
    letters = [json.loads(sent) for sent in payloads if "send_letters" in sent]
    assert letters
    assert all(args == [ACE] and kwargs is None for _, args, kwargs, _ in letters)


@pytest.mark.parametrize("url", ["/login", "/api/v1/auth/login", "/password/reset/", "/api/v1/auth/password/reset"])
def test_an_error_page_shows_nothing_of_what_was_sent(cast, monkeypatch, caplog, capfd, url):
    def fail(*_args: Any, **_words: Any) -> None:
        raise RuntimeError("as it happens")

    monkeypatch.setattr("staff.services.signing.find_login", fail)
    monkeypatch.setattr("staff.services.passwords.find_login", fail)
    client = Client(raise_request_exception=False)
    words = {"email": cast.cashier.email, "password": GUESS, "code": "471147"}
    sent = {"data": json.dumps(words), "content_type": "application/json"} if "api" in url else {"data": words}
    answer = client.post(url, **sent)
    assert answer.status_code == 500
    text = answer.content.decode() + logged(caplog, capfd)
    assert "as it happens" in text
    assert GUESS not in text
    assert "471147" not in text


def test_no_answer_repeats_a_password(cast):
    client = Client()
    for url in ("/login", "/password/reset/", "/account/password/"):
        enter(client, cast.cashier)
        answer = client.post(url, {"email": "x", "password": GUESS, "current": GUESS, "code": "1"})
        assert answer.status_code == 200, url  # the form again, with what is wrong
        assert GUESS not in answer.content.decode(), url
