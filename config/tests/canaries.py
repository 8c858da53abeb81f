"""Secrets planted by a day of ordinary use, and the five places in which they are looked for.

Each place is text; a secret is found as itself, in hexadecimal, or in Base64 wherever it begins.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.celery import app
from config.logs import lines
from config.testing import ACE, bearer
from config.tests.mailbox import Mailbox
from monitoring.backups.source import embedded
from monitoring.services.messages import deliver_messages
from staff.models import LetterKind, Person, SecurityKind
from staff.services.alarms import sound
from staff.services.letters import write_letter
from staff.tests.doors import api, enter, log_in, turn_on
from staff.tests.files import pdf
from staff.tests.make import PASSWORD, Cast
from staff.tests.post import arrived

NEW, GUESS = "canary-new-password-77", "canary-guessed-password"
SALARY = "734159.26"
KIN = {"phone": "+234 809 471 1471", "address": "471 Canary Crescent"}
DRAFTED = {"salary": "846271.35", "next of kin's phone": "+234 809 693 3693", "own address": "693 Canary Close"}
GUARANTOR = {"phone": "+234 809 582 2582", "address": "582 Canary Lane", "identity_number": "58258258258"}
SCRAPE, HOOK, MAIL = "canary-scrape-token-77", "canary-webhook-key-77", "canary-mail-password-77"
CONTENT = "canary words inside a document 77"


@dataclass
class Day:
    """A day of ordinary use: what was planted by name, and every answer that was given."""

    cast: Cast
    mailbox: Mailbox
    found: dict[str, str] = field(default_factory=dict)
    browser: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def ask(self, method: str, path: str, body: Any, by: Person) -> Any:
        """One request of the API, as somebody."""
        call = getattr(Client(raise_request_exception=False), method)
        return call(f"/api/v1/{path}", body, content_type="application/json", headers=bearer(by))


def plant(day: Day, settings: Any) -> dict[str, str]:
    """Everything that has a secret, once, by its real door; returns the secrets by name."""
    _sign_in(day)
    _letters(day)
    _papers(day)
    _hiring(day)
    _installation(day, settings)
    return day.found


def _sign_in(day: Day) -> None:
    person, client, found = day.cast.cashier, Client(raise_request_exception=False), day.found
    found |= {"password": PASSWORD, "guess": GUESS}
    api(client, "login", {"email": person.email, "password": GUESS})
    enter(day.browser, person, GUESS)
    given = log_in(client, person)
    found |= {"access token": given["access"], "refresh token": given["refresh"]}
    fresh = api(client, "refresh", {"refresh": given["refresh"]}).json()
    found["successor"] = fresh["refresh"]
    found["totp secret"] = api(client, "2fa/setup", access=fresh["access"]).json()["secret"]
    codes = turn_on(client, person, fresh["access"]).json()["recovery_codes"]
    found |= {"recovery code": codes[0], "spent recovery code": codes[1]}
    enter(day.browser, person)
    day.browser.post("/login/code", {"code": codes[1]})
    found["browser's session"] = day.browser.cookies[settings.SESSION_COOKIE_NAME].value


def _letters(day: Day) -> None:
    client, cast, found = Client(raise_request_exception=False), day.cast, day.found
    arrived(day.mailbox)
    api(client, "password/forgot", {"email": cast.teammate.email})
    letter = next(letter for letter in arrived(day.mailbox) if letter.to == cast.teammate.email)
    found |= {"reset link": letter.token, "new password": NEW}
    client.get(letter.path)
    api(client, "password/reset", {"token": letter.token, "password": "short"})
    assert api(client, "password/reset", {"token": letter.token, "password": NEW}).status_code < 300
    body = {"email": "stranger.new@acemall.example", "password": PASSWORD}
    api(client, "email/change", body, access=log_in(client, cast.stranger)["access"])
    found["link of a new address"] = next(x for x in arrived(day.mailbox) if x.to == body["email"]).token
    places = {"role": cast.cashier.role_id, "branch": cast.bodija.pk, "department": cast.supermarket.pk}
    hired = {"first_name": "Ngozi", "last_name": "Balogun", "email": "ngozi@acemall.example"}
    day.ask("post", "staff", hired | {name: str(pk) for name, pk in places.items()}, cast.hr)
    found["invitation"] = next(x for x in arrived(day.mailbox) if x.to == hired["email"]).token


def _papers(day: Day) -> None:
    cast, found = day.cast, day.found
    home = f"staff/{cast.teammate.pk}"
    assert day.ask("post", f"{home}/change", {"salary": SALARY}, cast.hr).status_code == 201
    kin = {"name": "Ifeoma", "relationship": "Mother", **KIN}
    assert day.ask("post", f"{home}/next-of-kin", kin, cast.hr).status_code == 201
    assert day.ask("post", f"{home}/guarantors", {"name": "Tunde Alao", **GUARANTOR}, cast.hr).status_code == 201
    file = SimpleUploadedFile("cv.pdf", pdf(head=f"% {CONTENT}\n".encode()), "application/pdf")
    headers = bearer(cast.hr)
    answer = Client().post(f"/api/v1/{home}/documents", {"kind": "cv", "file": file}, headers=headers)
    assert answer.status_code == 201, answer.content
    found |= {"salary": SALARY, "words of a document": CONTENT}
    found |= {f"next of kin's {name}": value for name, value in KIN.items()}
    found |= {f"guarantor's {name}": value for name, value in GUARANTOR.items()}


def _hiring(day: Day) -> None:
    """What is typed of somebody who is not hired yet, and a copy of all that is kept about somebody."""
    kin = {"name": "Ifeoma", "relationship": "Mother", "phone": DRAFTED["next of kin's phone"], "address": "Ring Road"}
    steps = {
        "basics": {"first_name": "Bisi", "address": DRAFTED["own address"]},
        "salary": {"salary": DRAFTED["salary"]},
        "next_of_kin": [kin],
    }
    begun = day.ask("post", "staff/drafts", steps, day.cast.hr)
    assert begun.status_code == 201, begun.content
    assert day.ask("get", f"staff/drafts/{begun.json()['id']}", None, day.cast.hr).status_code == 200
    copy = day.ask("get", f"gdpr/export?staff={day.cast.teammate.pk}", None, day.cast.hr)
    assert copy.status_code == 200, copy.content
    day.found |= {f"drafted {name}": value for name, value in DRAFTED.items()}


def _installation(day: Day, settings: Any) -> None:
    """The secrets of whoever runs it: a scraper's token, the webhook's key, the mail server's password."""
    settings.METRICS_TOKEN = SCRAPE
    for token in (SCRAPE, f"{SCRAPE}-wrong"):
        Client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:9/hook?key={HOOK}"
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "mailer", MAIL
    with tenancy.organisation(ACE):
        sound(SecurityKind.INJECTION, day.cast.cashier, now=timezone.now())
        write_letter(day.cast.cashier, LetterKind.LOCKED)
    deliver_messages()
    arrived(day.mailbox)  # nothing does: this mail server knows no passwords
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    day.found |= {"scrape token": SCRAPE, "webhook's key": HOOK, "mail server's password": MAIL}


# ── Where they are looked for ────────────────────────────────────────────────


def the_log(caplog: Any, capfd: Any) -> str:
    """Every line: those of requests, which go straight to the file, and the formatted records."""
    straight = capfd.readouterr()
    # The mail server of these tests writes down what it is told; it is no part of the product.
    ours = [record for record in caplog.records if record.name != "mail.log"]
    return "\n".join([straight.out, straight.err, *(lines("JSON").format(record) for record in ours)])


def redis_servers() -> str:
    """Every key of the cache and of the broker with its value, as text."""
    read, found = {b"string": "get", b"hash": "hgetall", b"set": "smembers"}, []
    for url in sorted({settings.CACHES["default"]["LOCATION"], settings.BROKER_URL}):
        client = redis.Redis.from_url(url)
        for key in client.scan_iter():
            kind = client.type(key)
            if kind in read:
                value = getattr(client, read[kind])(key)
            else:
                value = {b"zset": client.zrange, b"list": client.lrange}[kind](key, 0, -1)
            found.append(f"{key!r} {value!r}")
    return "\n".join(found)


def dump() -> str:
    """A real pg_dump of this database by who may read every row, and what stands packed in browsers' sessions."""
    where = settings.DATABASES["default"]
    source = replace(embedded(Path(settings.BASE_DIR)), database=where["NAME"])
    assert source.port == int(where["PORT"])
    text = b"".join(source.output_of("pg_dump", "-d", source.database, "--no-sync")).decode()
    packed = [SessionStore().decode(data) for data in Session.objects.values_list("session_data", flat=True)]
    return f"{text}\n{packed}"


def payloads_of(monkeypatch: Any) -> list[str]:
    """What the broker is given from now on: every task's name and arguments, as they leave."""
    sent: list[str] = []

    def publish(name: str, args: Any = (), kwargs: Any = None, **options: Any) -> None:
        sent.append(json.dumps([name, args, kwargs, options], default=str))

    monkeypatch.setattr(app, "send_task", publish)  # the network's edge
    return sent


def spellings(secret: str) -> Iterator[str]:
    """How a secret may stand somewhere."""
    yield secret
    yield secret.encode().hex()
    # Base64 depends on where in three bytes it begins; without the ends, which depend on the neighbours.
    for before in range(3):
        text = b64encode(b"\0" * before + secret.encode()).decode()
        yield text[4 if before else 0 : -4]


def in_sight(found: Mapping[str, str], text: str) -> list[str]:
    """The names of the secrets that stand in a text."""
    return [name for name, secret in found.items() if any(each in text for each in spellings(secret))]
