"""`manage.py cache` and `/api/v1/cache/stats`: what an operator sees and does about the copies."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.caching import ENTRIES, server
from config.caching.breaker import Breaker
from config.testing import ACE, bearer
from staff.models import Person

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/notifications/unread-count"


def cache(*words: str) -> str:
    out = StringIO()
    call_command("cache", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def no_server(settings):
    settings.CACHES = {
        **settings.CACHES,
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"},
    }
    server.breaker = Breaker()


def outcome(person: Person) -> str:
    return Client().get(URL, headers=bearer(person))["X-Cache"]


def test_clear_makes_every_copy_stale(cast):
    assert [outcome(cast.cashier), outcome(cast.cashier)] == ["MISS", "HIT"]
    assert "Every copy is stale" in cache("clear")
    assert outcome(cast.cashier) == "MISS"


def test_warm_makes_the_copies_of_those_who_come_here(cast):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(last_login=timezone.now())
    assert f"Organisation {ACE}: 1 people" in cache("warm")
    assert outcome(cast.cashier) == "HIT"
    assert outcome(cast.teammate) == "MISS"


def test_stats_name_every_entry_and_count(cast):
    before = json.loads(cache("stats", "--json"))
    outcome(cast.cashier), outcome(cast.cashier)
    after = json.loads(cache("stats", "--json"))
    assert [entry["name"] for entry in after["entries"]] == list(ENTRIES)

    def hits(found: dict) -> int:
        return next(entry["hits"] for entry in found["entries"] if entry["name"] == "unread_count")

    assert hits(after) - hits(before) == 1
    assert "unread_count" in cache("stats")


def test_without_the_server_stats_say_so_and_fail(no_server, capsys):
    with pytest.raises(SystemExit, match="1"):
        cache("stats")
    with pytest.raises(CommandError, match="Is REDIS_URL right"):
        cache("clear")


def test_the_api_shows_the_same_to_those_who_may_watch(cast, settings):
    outcome(cast.cashier)
    answer = Client().get("/api/v1/cache/stats", headers=bearer(cast.ceo)).json()
    assert (answer["connected"], answer["breaker"]) == (True, "closed")
    assert {entry["row"] for entry in answer["entries"]} >= {"C06", "C07", "C08", "C09", "C20"}
    settings.METRICS_TOKEN = "scrape-me-please"
    token = {"Authorization": "Bearer scrape-me-please"}
    assert Client().get("/api/v1/cache/stats", headers=token).status_code == 200
    assert Client().get("/api/v1/cache/stats", headers=bearer(cast.cashier)).status_code == 403
    assert Client().get("/api/v1/cache/stats").status_code == 401


def test_the_api_says_unknown_rather_than_zero_without_the_server(cast, no_server):
    answer = Client().get("/api/v1/cache/stats", headers=bearer(cast.ceo)).json()
    assert (answer["connected"], answer["keys"], answer["memory_bytes"]) == (False, None, None)


def test_what_a_command_logs_stands_beside_its_answer():
    """JSON for a program must be nothing but JSON, whatever is logged meanwhile."""
    code = "import logging; logging.getLogger('django').warning('beside')"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", code]
    ended = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    assert "beside" in ended.stderr
    assert "beside" not in ended.stdout
