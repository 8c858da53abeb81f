"""What each health path says while the servers are well, stopped, hung or behind: real ones, really stopped."""

import signal
import subprocess
import sys
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings

from config.celery import QUEUES
from monitoring.tests.site import TOKEN, real_site
from notifications.tests import broker

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("real_site")]

# Far more than the 2 s that a look may take, far less than the for ever that a hung server would.
BOUNDED = 10.0
PUBLIC = (
    "/health",
    "/health/live",
    "/health/liveness",
    "/health/ready",
    "/health/readiness",
    "/ready",
    "/health/version",
)
READY = ("/health", "/health/ready", "/health/readiness", "/ready")


@pytest.fixture(scope="module")
def site(django_db_blocker):
    with real_site() as site:
        yield site


def readiness(site):
    return site.get("/health/ready")


def is_ready(site, word="ready", status=200):
    broker.eventually(
        lambda: (readiness(site).status, readiness(site).body) == (status, {"status": word}), within=30, what=word
    )


def checks(site):
    return {check["name"]: check for check in site.get("/health/detailed", token=TOKEN).body["checks"]}


@contextmanager
def hung(site, process):
    if process is site.valkey:
        process.send_signal(signal.SIGSTOP)
    else:
        site.signal_postgres(signal.SIGSTOP)
    try:
        yield
    finally:
        site.valkey.send_signal(signal.SIGCONT)
        site.signal_postgres(signal.SIGCONT)


def test_all_is_well(site):
    assert {path: site.get(path).status for path in PUBLIC} == dict.fromkeys(PUBLIC, 200)
    assert site.get("/health/live").body == {"status": "alive"}
    assert readiness(site).body == {"status": "ready"}
    assert site.get("/health/version").body == {"version": "0.1.0", "commit": "c0ffee"}
    seen = checks(site)
    assert {seen[name]["state"] for name in ("database", "migrations", "cache", "broker", "role", "clock")} == {
        "healthy"
    }


def test_a_load_balancer_needs_no_https_no_host_name_and_may_ask_with_head(site):
    for path in PUBLIC:
        assert site.get(path, host="10.0.0.7:8000").status == 200
        assert site.get(path, method="HEAD").status == 200
        assert site.get(path, method="POST").status == 405


def test_the_public_paths_tell_nothing_of_the_inside(site):
    for path in PUBLIC:
        answer = site.get(path)
        assert set(answer.body) <= {"status", "version", "commit"}
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/health/detailed", "/health/metrics", "/health/workers", "/api/v1/health/status"])
def test_the_others_need_a_role_or_the_token(site, path):
    for token in ("", "wrong", TOKEN + "x"):
        refused = site.get(path, token=token)
        assert refused.status == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert site.get(path, token=TOKEN).status == 200


def test_a_process_tells_its_figures(site):
    figures = site.get("/health/metrics", token=TOKEN).body
    assert figures["memory_bytes"] > 10_000_000
    assert figures["threads"] >= 1
    assert figures["uptime_seconds"] >= 0


def test_postgresql_is_stopped(site):
    site.postgres.down()
    try:
        assert site.get("/health/live").body == {"status": "alive"}
        for path in READY:
            broker.eventually(lambda path=path: site.get(path).status == 503, within=BOUNDED, what=path)
        assert readiness(site).headers["Retry-After"] == "5"
        detailed = site.get("/health/detailed", token=TOKEN)
        assert (detailed.status, detailed.body["status"]) == (503, "critical")
        seen = {check["name"]: check for check in detailed.body["checks"]}
        assert seen["database"]["state"] == "critical"
        assert "up" in seen["database"]["cure"]
        assert seen["jobs"]["sentence"] == "Not known while the database does not answer."
        assert seen["cache"]["state"] == "healthy"
        code, found = site.doctor()
        assert code == 1
        assert found["database"]["state"] == "critical"
    finally:
        site.postgres.up()
    is_ready(site)


def test_postgresql_hangs(site):
    with hung(site, site.postgres):
        is_ready(site, "unavailable", 503)
        answers = [site.get("/health/live"), site.get("/ready"), site.get("/health/detailed", token=TOKEN)]
    assert [answer.status for answer in answers] == [200, 503, 503]
    assert max(answer.seconds for answer in answers) < BOUNDED
    is_ready(site)


def test_the_migrations_are_behind(site):
    (row,) = site.sql("DELETE FROM django_migrations WHERE name = '0003_heartbeats' RETURNING app, name, applied")
    try:
        is_ready(site, "unavailable", 503)
        assert "monitoring.0003_heartbeats" in checks(site)["migrations"]["sentence"]
    finally:
        site.sql(f"INSERT INTO django_migrations (app, name, applied) VALUES ('{row[0]}', '{row[1]}', '{row[2]}')")
    is_ready(site)


def test_a_newer_version_has_migrated_already(site):
    site.sql("INSERT INTO django_migrations (app, name, applied) VALUES ('roster', '0999_of_tomorrow', now())")
    assert checks(site)["migrations"]["state"] == "healthy"
    site.sql("DELETE FROM django_migrations WHERE name = '0999_of_tomorrow'")


def test_a_table_that_is_locked_holds_nothing_up_for_long(site):
    with psycopg.connect(site.environment["DATABASE_OWNER_URL"]) as owner:
        owner.execute("LOCK TABLE django_migrations, monitoring_heartbeat IN ACCESS EXCLUSIVE MODE")
        is_ready(site, "unavailable", 503)
        answer = site.get("/health/detailed", token=TOKEN)
        assert answer.status == 503
        assert answer.seconds < BOUNDED
    is_ready(site)


def test_valkey_hangs(site):
    with hung(site, site.valkey):
        is_ready(site, "degraded", 200)
        detailed = site.get("/health/detailed", token=TOKEN)
        assert site.get("/health/live").body == {"status": "alive"}
        code, found = site.doctor()
    seen = {check["name"]: check for check in detailed.body["checks"]}
    assert (detailed.status, seen["cache"]["state"], seen["broker"]["state"]) == (200, "degraded", "degraded")
    assert seen["cache"]["milliseconds"] < 2500, "it waited more than once"
    assert code == 1
    assert "start the cache" in found["cache"]["cure"].lower()
    is_ready(site)


def start(site, *command):
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", *command],
        cwd=settings.BASE_DIR,
        env=site.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_worker_and_beat_are_alive_and_then_dead(site):
    assert checks(site)["beat"]["sentence"] == "The beat has never been heard of."
    assert "Never consumed: default, mail" in checks(site)["workers"]["sentence"]
    beat, worker = start(site, "beat", "--pidfile="), start(site, "worker", "--concurrency", "1")
    try:
        broker.eventually(
            lambda: checks(site)["workers"]["state"] == "healthy", within=100, what="every queue is consumed"
        )
        assert checks(site)["beat"]["state"] == "healthy"
        told = site.get("/health/workers", token=TOKEN).body
        assert [queue["queue"] for queue in told["queues"]] == list(QUEUES)
        assert all(queue["is_alive"] for queue in told["queues"])
        assert told["beat_silent_seconds"] < 60
    finally:
        broker.kill(beat)
        broker.kill(worker)
    for minutes, state in ((4, "degraded"), (11, "critical")):
        site.sql(f"UPDATE monitoring_heartbeat SET at = now() - interval '{minutes} minutes'")
        seen = checks(site)
        assert seen["beat"]["state"] == state
        assert seen["workers"]["state"] == ("degraded" if minutes < 5 else "critical")
    status = site.get("/api/v1/health/status", token=TOKEN)
    assert (status.status, status.body["status"]) == (200, "critical")
    assert {"beat", "workers"} <= {reason["name"] for reason in status.body["reasons"]}
    assert readiness(site).status == 200, "requests are answered without a worker"
    code, found = site.doctor()
    assert (code, found["beat"]["state"], found["workers"]["state"]) == (1, "critical", "critical")
