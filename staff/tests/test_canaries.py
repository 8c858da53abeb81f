"""What opens a door is shown by no answer and told to no worker; its other places: config/tests/test_canaries.py."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from config.testing import ACE
from config.tests import canaries
from config.tests.canaries import GUESS, Day, plant
from config.tests.mailbox import mail_server
from staff.tests.doors import enter

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_task_is_told_the_organisation_and_nothing_else(cast, settings, monkeypatch):
    payloads = canaries.payloads_of(monkeypatch)
    with mail_server(settings) as mailbox:
        plant(Day(cast, mailbox), settings)
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
