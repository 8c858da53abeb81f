"""The cache server missing, killed, hung, full, read-only, slow, back with old data: every page is there and true."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from config import tenancy
from config.caching import figures, server
from config.caching.breaker import OPEN, Breaker
from config.testing import ACE, bearer, sign_in
from config.tests.valkeys import OwnValkey, slowly
from notifications.kinds import Kind
from notifications.services import Message, tell
from notifications.tasks import deliver_outbox
from staff.tests.make import Cast

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/notifications/unread-count"


@pytest.fixture
def valkey(settings, tmp_path) -> Iterator[OwnValkey]:
    own = OwnValkey(tmp_path)
    own.start()
    use(settings, own.url)
    yield own
    own.kill()


def use(settings, url: str) -> None:
    settings.CACHES = {**settings.CACHES, "default": {**settings.CACHES["default"], "LOCATION": url}}
    server.breaker = Breaker()


def unread(cast: Cast) -> tuple[int, str]:
    """The number on the cashier's bell, and what X-Cache says of it."""
    response = Client().get(URL, headers=bearer(cast.cashier))
    assert response.status_code == 200, response.content
    return response.json()["unread"], response["X-Cache"]


def notify(cast: Cast, key: str) -> None:
    """One more for the cashier, delivered as the worker does it."""
    with tenancy.organisation(ACE):
        tell([Message(cast.cashier.pk, Kind.GENERAL, key, "Hello")])
    deliver_outbox(ACE)


class CountsTimeouts(Breaker):
    """Counts how often somebody had to wait for nothing."""

    timeouts = 0

    def _failed(self, *, at_once: bool) -> None:
        self.timeouts += at_once
        super()._failed(at_once=at_once)


def test_a_server_that_was_never_there(settings, cast):
    use(settings, "redis://127.0.0.1:1/0")
    assert [unread(cast) for _ in range(5)] == [(0, "BYPASS")] * 5
    notify(cast, "one")
    assert unread(cast) == (1, "BYPASS")
    assert server.breaker.state == OPEN
    assert not figures().connected


def test_killed_and_back(cast, valkey):
    assert [unread(cast), unread(cast)] == [(0, "MISS"), (0, "HIT")]
    valkey.kill()
    assert unread(cast) == (0, "BYPASS")
    valkey.start()
    assert [unread(cast), unread(cast)] == [(0, "MISS"), (0, "HIT")]


def test_hung_costs_one_timeout_and_then_nothing(cast, valkey):
    unread(cast)
    server.breaker = CountsTimeouts()
    valkey.hang()
    assert [unread(cast) for _ in range(10)] == [(0, "BYPASS")] * 10
    assert server.breaker.timeouts == 1


def test_what_changed_while_it_hung_is_not_stale_afterwards(cast, valkey):
    assert [unread(cast), unread(cast)] == [(0, "MISS"), (0, "HIT")]
    valkey.hang()
    notify(cast, "while it hung")
    valkey.go_on()
    server.breaker = Breaker()  # another process, which has noticed nothing
    assert unread(cast) == (1, "MISS")
    assert unread(cast) == (1, "HIT")


def test_it_comes_back_with_the_data_of_an_earlier_hour(cast, valkey):
    assert [unread(cast), unread(cast)] == [(0, "MISS"), (0, "HIT")]
    valkey.client.save()
    notify(cast, "after it saved")
    assert unread(cast) == (1, "MISS")
    valkey.kill()
    valkey.start()
    assert valkey.client.keys("ace:1:copy:unread_count:*"), "the old copy is there, with its old stamps"
    assert unread(cast)[0] == 1
    assert unread(cast) == (1, "HIT")


def test_a_full_server_keeps_nothing_and_lies_about_nothing(cast, valkey):
    assert [unread(cast), unread(cast)] == [(0, "MISS"), (0, "HIT")]
    valkey.client.config_set("maxmemory-policy", "noeviction")
    valkey.client.config_set("maxmemory", 1)
    notify(cast, "while it was full")
    assert [unread(cast)[0] for _ in range(5)] == [1] * 5
    assert unread(cast) == (1, "BYPASS")


def test_a_read_only_server_neither(cast, valkey):
    assert [unread(cast), unread(cast)] == [(0, "MISS"), (0, "HIT")]
    valkey.client.replicaof("127.0.0.1", 1)
    notify(cast, "while it was a replica")
    assert [unread(cast)[0] for _ in range(5)] == [1] * 5
    assert unread(cast) == (1, "BYPASS")


def test_a_slow_server_is_left_alone_after_three_answers(settings, cast, valkey):
    with slowly(valkey.port, 0.3) as url:
        use(settings, url)
        answers = [unread(cast) for _ in range(5)]
        assert [number for number, _ in answers] == [0] * 5
        assert answers[-1] == (0, "BYPASS")
        assert server.breaker.state == OPEN


def test_pages_are_there_without_it(settings, cast):
    use(settings, "redis://127.0.0.1:1/0")
    client = sign_in(Client(), cast.cashier)
    for url in ("/", "/schedule/", "/notifications/"):
        response = client.get(url)
        assert (response.status_code, response["X-Cache"]) == (200, "BYPASS"), url
