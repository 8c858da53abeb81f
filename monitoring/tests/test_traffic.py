"""Every request is counted once, by route, and read back as a sliding window."""

import pytest
import redis
from django.conf import settings

from config.testing import ACE, bearer, sign_in
from monitoring import traffic
from monitoring.traffic import counting, record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted():
    """A counter that has counted nothing, before a Valkey that knows nothing."""
    with redis.Redis.from_url(settings.BROKER_URL) as server:
        server.flushdb()
    counting.counter().frames.clear()


def test_every_answer_is_counted_by_how_it_ended(client, cast):
    assert client.get("/login").status_code == 200
    assert client.get("/nothing").status_code == 404
    assert sign_in(client, cast.cashier).get(f"/people/{cast.cashier.pk}/").status_code == 200
    assert client.get("/api/v1/staff", headers=bearer(cast.other_hr)).status_code == 200
    found = traffic.traffic()
    assert (found.requests, found.errors, found.refusals, found.active_users) == (4, 0, 1, 2)
    assert traffic.traffic(organisation=ACE).active_users == 1
    assert {endpoint.route for endpoint in found.endpoints} == {
        "/login",
        "(no route)",
        "/people/<int:pk>/",
        "/api/v1/staff",
    }


def test_figures_of_a_window():
    for n in range(1, 101):
        record("/a", "GET", 500 if n > 98 else 200, n / 100, cache="HIT" if n <= 60 else "MISS")
    found = traffic.traffic(60)
    assert (found.requests, found.errors, found.error_rate) == (100, 2, 2.0)
    assert (found.min_ms, found.max_ms, found.average_ms) == (10.0, 1000.0, 505.0)
    assert found.p50_ms == pytest.approx(500, rel=0.025)
    assert found.p95_ms == pytest.approx(950, rel=0.025)
    assert found.p99_ms == pytest.approx(990, rel=0.025)
    assert (found.cache_hits, found.cache_misses, found.hit_rate) == (60, 40, 60.0)
    assert found.per_second == round(100 / 60, 3)


def test_minutes_show_the_same(client):
    record("/a", "GET", 200, 0.1)
    minutes = traffic.minutes(1)
    assert len(minutes) == 61
    assert sum(minute.requests for minute in minutes) == 1
    assert traffic.traffic(2 * 3600).requests == 1
