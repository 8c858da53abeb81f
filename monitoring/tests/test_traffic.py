"""Every request is counted once, by route, and read back as a sliding window."""

import threading
import time

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config.testing import ACE, bearer, sign_in
from monitoring import traffic
from monitoring.traffic import counting, record, store
from notifications.tests import broker

pytestmark = pytest.mark.django_db


def cached(request, outcome):
    return HttpResponse(headers={"X-Cache": outcome})


def crash(request):
    raise RuntimeError("the shelf is empty")


urlpatterns = [path("cached/<str:outcome>", cached), path("crash", crash)]


@pytest.fixture(scope="module")
def valkey():
    with broker.valkey() as (_, url):
        yield url


@pytest.fixture(autouse=True)
def nothing_counted(valkey, settings):
    """A counter that has counted nothing, before a Valkey that knows nothing."""
    settings.BROKER_URL = valkey
    store.client().flushdb()
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


@pytest.mark.urls("monitoring.tests.test_traffic")
def test_errors_and_what_became_of_cached_copies_are_counted_from_the_answer():
    client = Client(raise_request_exception=False)
    assert client.get("/crash").status_code == 500
    for outcome in ("HIT", "HIT", "HIT", "MISS", "BYPASS", "nonsense"):
        client.get(f"/cached/{outcome}")
    found = traffic.traffic()
    assert (found.requests, found.errors, found.refusals) == (7, 1, 0)
    assert (found.cache_hits, found.cache_misses, found.cache_bypasses, found.hit_rate) == (3, 1, 1, 75.0)
    assert [(endpoint.route, endpoint.errors) for endpoint in found.endpoints] == [
        ("/cached/<str:outcome>", 0),
        ("/crash", 1),
    ]


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


def test_threads_lose_no_request():
    def some():
        for _ in range(500):
            record("/a", "GET", 200, 0.01)

    threads = [threading.Thread(target=some) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert traffic.traffic().requests == 4000


def test_routes_that_somebody_invents_end_up_in_one():
    while time.time() % store.FRAME > store.FRAME - 2:  # each frame names so many, and these shall be one's
        time.sleep(0.1)
    for number in range(counting.MOST_ROUTES + 50):
        record(f"/invented/{number}", "GET", 404, 0.01)
    endpoints = {endpoint.route: endpoint.requests for endpoint in traffic.traffic().endpoints}
    assert len(endpoints) <= counting.MOST_ROUTES + 1
    assert endpoints[counting.OTHERS] >= 50
    assert sum(endpoints.values()) == counting.MOST_ROUTES + 50


def test_what_is_written_twice_counts_once():
    record("/a", "GET", 200, 0.01)
    for _ in range(3):
        for frame in counting.counter().frames.values():
            frame.changed = True
        assert counting.counter().write()
    assert traffic.traffic().requests == 1
    assert sum(minute.requests for minute in traffic.minutes(1)) == 1


def test_what_was_counted_in_an_outage_is_written_whole_when_it_is_over(settings, valkey):
    now, frames = time.time(), 5 * counting.MOST_AT_ONCE
    settings.BROKER_URL = f"redis://127.0.0.1:{broker.free_port()}/0"
    for number in range(frames):
        with time_machine.travel(now - 10 * number, tick=False):
            record("/a", "GET", 200, 0.01)
        if number % 20 == 0:
            assert not counting.counter().write()
    settings.BROKER_URL = valkey
    assert traffic.traffic(3600).requests == frames
    assert sum(minute.requests for minute in traffic.minutes(1)) == frames
    assert len(counting.counter().frames) <= 12, "what is written and over is still in memory"


def test_an_empty_window_has_no_times_and_no_rate():
    found = traffic.traffic(60)
    assert (found.requests, found.average_ms, found.min_ms, found.p95_ms, found.error_rate) == (0, 0, 0, 0, 0)
    assert found.hit_rate is None
    assert {minute.p95_ms for minute in traffic.minutes(1)} == {None}


def test_counts_that_cannot_be_read_are_said_to_be_unavailable(settings):
    settings.BROKER_URL = f"redis://127.0.0.1:{broker.free_port()}/0"
    with pytest.raises(traffic.Unavailable):
        traffic.traffic()
    with pytest.raises(traffic.Unavailable):
        traffic.minutes(1)


def test_a_process_that_was_killed_is_waited_for_once_and_then_forgotten():
    store.client().hset(store.PROCESSES, "killed", "1.0 2.0")
    record("/a", "GET", 200, 0.01)
    assert traffic.traffic().requests == 1
    assert b"killed" not in store.client().hgetall(store.PROCESSES)
