"""Twenty and more secrets, planted by real doors, are found in no log, task, Redis, error page or dump.

And the search is not blind: each of them, put there in the clear, is found in each of the places.
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode

import pytest
from django.http import HttpResponse
from django.test import Client

from config import tenancy
from config.caching import server
from config.celery import app
from config.testing import ACE, bearer
from config.tests import canaries
from config.tests.canaries import GUESS, Day, in_sight, plant
from config.tests.mailbox import mail_server
from staff.models import AuditKind
from staff.services import audit
from staff.tests.doors import enter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payloads(monkeypatch):
    return canaries.payloads_of(monkeypatch)


@pytest.fixture
def planted():
    """The keys in Redis that a test plants; they go with it."""
    keys = [f"planted:{number}" for number in range(40)] + ["planted"]
    yield keys
    server.client().delete(*keys)


@pytest.fixture
def day(cast, settings, caplog):
    caplog.set_level(logging.DEBUG)
    with mail_server(settings) as mailbox:
        yield Day(cast, mailbox)


def test_they_are_twenty_and_more_and_none_stands_where_it_must_not(day, settings, payloads, caplog, capfd):
    plant(day, settings)
    assert len(set(day.found.values())) >= 20
    log = canaries.the_log(caplog, capfd)
    assert "/api/v1/auth/login" in log
    assert len(payloads) > 3
    places = {"log": log, "tasks": "\n".join(payloads), "redis": canaries.redis_servers(), "dump": canaries.dump()}
    assert {place: in_sight(day.found, text) for place, text in places.items()} == {place: [] for place in places}


def test_each_of_them_would_be_found_in_each_of_the_places(day, settings, payloads, planted, caplog, capfd):
    plant(day, settings)
    canaries.the_log(caplog, capfd)  # what was said before
    secrets = list(day.found.values())
    print("\n".join(secrets))
    app.send_task("planted", tuple(secrets))
    for number, secret in enumerate(secrets):
        server.client().set(planted[number], secret)
        server.client().rpush(planted[-1], secret)
    with tenancy.organisation(ACE):  # under row-level security, as JSON
        audit.record(AuditKind.READ, about="planted", details=dict(enumerate(secrets)))
    page = HttpResponse("\n".join(secrets))
    places = {
        "log": canaries.the_log(caplog, capfd), "tasks": payloads[-1], "redis": canaries.redis_servers(),
        "dump": canaries.dump(), "page": page.content.decode(),
    }  # fmt: skip
    assert {place: in_sight(day.found, text) for place, text in places.items()} == {
        place: list(day.found) for place in places
    }


def test_a_secret_is_found_in_hexadecimal_and_in_base64_wherever_it_begins():
    secret = {"it": "canary-words-77"}
    for before in range(5):
        assert in_sight(secret, b64encode(b"x" * before + b"canary-words-77" + b"yz").decode()) == ["it"]
    assert in_sight(secret, f"\\x00{b'canary-words-77'.hex()}00") == ["it"]
    assert in_sight(secret, "canary-words-78") == []


def doors(day: Day):
    """(path, body, who) of every door that a secret comes in by."""
    cast, home = day.cast, f"/api/v1/staff/{day.cast.cashier.pk}"
    found = day.found
    yield "/api/v1/auth/login", {"email": cast.cashier.email, "password": found["password"]}, None
    yield "/api/v1/auth/refresh", {"refresh": found["successor"]}, None
    yield "/api/v1/auth/password/reset", {"token": found["reset link"], "password": found["new password"]}, None
    yield "/api/v1/auth/2fa/confirm", {"password": found["password"], "otp": found["recovery code"]}, cast.hr
    yield "/api/v1/auth/email/confirm", {"token": found["link of a new address"]}, None
    yield f"{home}/change", {"salary": found["salary"]}, cast.hr
    yield f"{home}/next-of-kin", {"name": "A", "relationship": "B", **canaries.KIN}, cast.hr
    yield f"{home}/guarantors", {"name": "A", **canaries.GUARANTOR}, cast.hr


def test_a_fault_at_any_of_their_doors_shows_none_of_them(day, settings, monkeypatch, caplog, capfd):
    plant(day, settings)
    asked = [(path, body, bearer(who) if who else {}) for path, body, who in doors(day)]
    canaries.the_log(caplog, capfd)

    def fail(*_args, **_words):
        raise RuntimeError("as it happens")

    monkeypatch.setattr("config.tenancy._enter", fail)
    client, pages = Client(raise_request_exception=False), []
    for path, body, headers in asked:
        answer = client.post(path, json.dumps(body), content_type="application/json", headers=headers)
        assert answer.status_code == 500, path
        pages.append(answer.content.decode())
    day.browser.raise_request_exception = False
    for path in ("/login", f"/password/reset/{day.found['invitation']}/", "/account/"):
        answer = day.browser.post(path, {"email": day.cast.cashier.email, "password": day.found["password"]})
        pages.append(answer.content.decode())
    log = canaries.the_log(caplog, capfd)
    assert log.count("as it happens") >= len(asked)
    assert in_sight(day.found, "\n".join([*pages, log])) == []


def test_a_task_about_letters_is_told_the_organisation_and_nothing_else(day, settings, payloads):
    plant(day, settings)
    letters = [json.loads(sent) for sent in payloads if "send_letters" in sent]
    assert letters
    assert all(args == [ACE] and kwargs is None for _, args, kwargs, _ in letters)


@pytest.mark.parametrize("url", ["/login", "/api/v1/auth/login", "/password/reset/", "/api/v1/auth/password/reset"])
def test_an_error_page_shows_nothing_of_what_was_sent(cast, monkeypatch, caplog, capfd, url):
    def fail(*_args, **_words):
        raise RuntimeError("as it happens")

    monkeypatch.setattr("staff.services.signing.find_login", fail)
    monkeypatch.setattr("staff.services.passwords.find_login", fail)
    client = Client(raise_request_exception=False)
    words = {"email": cast.cashier.email, "password": GUESS, "code": "471147"}
    sent = {"data": json.dumps(words), "content_type": "application/json"} if "api" in url else {"data": words}
    answer = client.post(url, **sent)
    assert answer.status_code == 500
    text = answer.content.decode() + canaries.the_log(caplog, capfd)
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
