"""Two web processes, one count: what both scrape pages say after thousands of requests, and after somebody died."""

import json
import os
import signal

import pytest

from monitoring.tests.web import web
from notifications.tests import broker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

OURS = '{method="GET",route="/login",status="200"}'


@pytest.fixture
def valkey():
    with broker.valkey() as (process, url):
        yield process, url


def requests_of(counted):
    return sum(value for name, value in counted.items() if name.startswith("acemall_http_requests_total"))


def test_both_pages_agree_on_two_thousand_requests(tmp_path, valkey):
    _, url = valkey
    with web(tmp_path, REDIS_URL=url, BROKER_URL=url) as server:
        before = server.counted().get(f"acemall_http_requests_total{OURS}", 0)
        assert server.ask("/login", 2000) == {200: 2000}
        figures, counted = server.figures(), server.counted()
        assert counted[f"acemall_http_requests_total{OURS}"] - before == 2000
        assert len(list((tmp_path / "prometheus").glob("*/counter_*.db"))) == 2, "one worker answered everything"
        login = next(each for each in figures["top_endpoints"] if each["route"] == "/login")
        assert login["requests"] == before + 2000
        # The question about the figures was counted after it was answered.
        assert requests_of(counted) == figures["requests"] + 1
        seconds = counted['acemall_http_request_duration_seconds_sum{route="/login"}']
        assert login["average_ms"] == pytest.approx(1000 * seconds / login["requests"], rel=0.01)
        assert figures["uptime_seconds"] > 0


def test_what_a_killed_process_counted_is_not_lost_and_its_files_are(tmp_path, valkey):
    _, url = valkey
    with web(tmp_path, REDIS_URL=url, BROKER_URL=url) as server:
        server.ask("/login", 96)
        known = server.figures()["requests"]
        before = server.counted()[f"acemall_http_requests_total{OURS}"]
        killed = server.workers()[0]
        os.kill(killed, signal.SIGKILL)
        broker.eventually(lambda: killed not in server.workers(), within=20, what="the worker is gone")
        assert server.counted()[f"acemall_http_requests_total{OURS}"] == before
        assert not list((tmp_path / "prometheus").glob(f"*/*_{killed}.db"))
        started = lambda: server.log.read_text().count("Started worker")  # noqa: E731
        broker.eventually(lambda: started() == 3, within=60, what="there is another")
        assert server.ask("/login", 96) == {200: 96}
        assert server.counted()[f"acemall_http_requests_total{OURS}"] == before + 96
        # At most what it had not written in its last second is missing: the question for the figures.
        assert server.figures()["requests"] >= known + 96


def test_the_last_requests_before_a_sigterm_are_written(tmp_path, valkey):
    _, url = valkey
    with web(tmp_path, REDIS_URL=url, BROKER_URL=url) as server:
        seen = server.figures()["requests"] + 1
        server.ask("/login", 96)
        assert server.end() == 0
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert sum(line["logger"] == "access" and line["route"] == "/login" for line in lines) >= 96
    assert "_granian" in {line["logger"] for line in lines}, "the server itself writes something else"
    with web(tmp_path, REDIS_URL=url, BROKER_URL=url) as server:
        logins = server.get("/login")[0] == 200
        assert server.figures()["requests"] >= seen + 96 + logins
        assert len(list((tmp_path / "prometheus").iterdir())) == 1, "the ended server's folder is still there"


def test_a_hung_valkey_costs_no_request_and_no_count(tmp_path, valkey):
    process, url = valkey
    with web(tmp_path, REDIS_URL=url, BROKER_URL=url) as server:
        server.ask("/login", 16)
        known = server.figures()["requests"] + 1
        process.send_signal(signal.SIGSTOP)
        assert server.ask("/login", 160) == {200: 160}
        away = server.figures()
        assert (away["available"], away["requests"]) == (False, None)
        process.send_signal(signal.SIGCONT)
        asked = counting_up(known + 160 + 1)
        broker.eventually(lambda: server.figures()["requests"] == next(asked), within=10, what="all is there")


def test_a_killed_valkey_costs_no_request_and_what_came_meanwhile_is_counted(tmp_path):
    with broker.valkey() as (process, url), web(tmp_path, REDIS_URL=url, BROKER_URL=url) as server:
        assert server.figures()["available"] is True
        process.kill()
        process.wait()
        assert server.ask("/login", 160) == {200: 160}
        assert server.figures()["available"] is False
        with broker.valkey(int(url.rpartition(":")[2].partition("/")[0])):
            broker.eventually(lambda: logins(server.figures()) >= 160, within=10, what="all is there")


def test_without_a_folder_for_prometheus_requests_are_answered_and_the_window_goes_on(tmp_path, valkey):
    _, url = valkey
    (tmp_path / "taken").write_text("not a folder")
    with web(tmp_path, REDIS_URL=url, BROKER_URL=url, PROMETHEUS_FOLDER=str(tmp_path / "taken")) as server:
        assert server.ask("/login", 16) == {200: 16}
        assert logins(server.figures()) >= 16
        counted = server.counted()
        assert counted['acemall_source_up{source="valkey"}'] == 1
        assert not requests_of(counted)
        assert "not counted for Prometheus" in server.log.read_text()


def counting_up(number):
    """How many requests there are at each look, when nobody else asks: the look itself is counted after it."""
    while True:
        yield number
        number += 1


def logins(figures):
    return sum(each["requests"] for each in figures["top_endpoints"] if each["route"] == "/login")
