"""A planted salary is found nowhere but where it may be read: not in the log, the cache, the outbox, an error page."""

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client

from config import tenancy
from config.testing import ACE, as_owner, bearer
from notifications.models import Notification, OutboxMessage
from notifications.tasks import deliver_outbox
from staff.tests.careers import CANARY, make_change, salary_of

pytestmark = pytest.mark.django_db(transaction=True)

SPELLINGS = (str(CANARY), "734,159.26", "734159")


def in_the_database():
    """Every table's rows as text, as a dump would hold them."""
    with as_owner(connection.settings_dict["NAME"]) as owner:
        tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        owner.execute("SELECT set_config('app.organisation', %s, false)", [str(ACE)])
        return {name: str(owner.execute(f"SELECT t::text FROM {name} t").fetchall()) for (name,) in tables}


def in_the_cache():
    found = []
    for url in {settings.CACHES["default"]["LOCATION"], settings.BROKER_URL}:
        server = redis.Redis.from_url(url)
        for key in server.scan_iter():
            kind = server.type(key)
            value = server.dump(key) if kind != b"string" else server.get(key)
            found.append((key, value))
    return str(found)


def test_a_salary_stands_nowhere_else(cast, capfd):
    headers, path = bearer(cast.hr), f"/api/v1/staff/{cast.cashier.pk}"
    client = Client(raise_request_exception=False)
    body = {"salary": str(CANARY), "contract_hours": "38"}
    made = client.post(f"{path}/change", body, content_type="application/json", headers=headers)
    assert made.status_code == 201
    with tenancy.organisation(ACE):
        assert salary_of(cast.cashier) == CANARY
    deliver_outbox(ACE)
    reader = bearer(cast.cashier)
    answers = [
        client.get("/api/v1/notifications", headers=reader), client.get("/api/v1/dashboard/stats", headers=reader),
        client.get("/api/v1/staff", headers=headers), client.get(path, headers=headers), made,
        # Refused with the amount in it, and one that no column takes.
        client.post(f"{path}/change", {"salary": f"{CANARY}1"}, content_type="application/json", headers=headers),
        client.post(f"{path}/change", b'{"salary": 734159.26', content_type="application/json", headers=headers),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers[-2:]] == [400, 400]
    assert client.get(f"{path}/history", headers=headers).json()["results"][0]["after"]["salary"] == str(CANARY)
    said = capfd.readouterr()
    places = {"the log": said.out + said.err, "the cache": in_the_cache(), **in_the_database()}
    places |= {f"answer {number}": answer.content.decode() for number, answer in enumerate(answers)}
    found = [place for place, text in places.items() for spelling in SPELLINGS if spelling in text]
    assert not found


def test_a_fault_while_paying_says_nothing_of_the_amount(cast, capfd, settings):
    settings.TELL = "notifications.services.nobody_is_there"
    client = Client(raise_request_exception=False)
    path = f"/api/v1/staff/{cast.cashier.pk}/change"
    failed = client.post(path, {"salary": str(CANARY)}, content_type="application/json", headers=bearer(cast.hr))
    assert failed.status_code == 500
    said = capfd.readouterr()
    assert not [spelling for spelling in SPELLINGS if spelling in failed.content.decode() + said.out + said.err]
    with tenancy.organisation(ACE):
        assert salary_of(cast.cashier) is None  # what could not be told is not so either


def test_the_messages_and_the_inbox_never_hold_it(cast):
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.group_head, salary=CANARY)
    deliver_outbox(ACE)
    with tenancy.organisation(ACE):
        assert OutboxMessage.objects.exists()
        text = str([*OutboxMessage.objects.values(), *Notification.objects.values()])
    assert not [spelling for spelling in SPELLINGS if spelling in text]
