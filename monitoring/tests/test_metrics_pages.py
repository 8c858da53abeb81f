"""The scrape page and the API's figures: what stands on them, and who may read them."""

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from config import tenancy
from config.celery import app
from config.testing import ACE, OTHER, as_owner, bearer, sign_in
from monitoring.probes import PROBES
from monitoring.prometheus import figures
from monitoring.services.evaluation import evaluate
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import Message, tell
from notifications.tests import broker
from staff.models import Person

pytestmark = pytest.mark.django_db

TOKEN = {"Authorization": "Bearer correct-horse"}


@pytest.fixture(autouse=True)
def asked_anew(settings):
    settings.METRICS_TOKEN = "correct-horse"
    for source in figures.SOURCES.values():
        source.at = float("-inf")


def page(client, **more):
    answer = client.get("/metrics", headers=TOKEN, **more)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples
    }


def test_the_scrape_page_needs_the_token_or_a_role(client, cast, settings):
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers=TOKEN).status_code == 200
    assert sign_in(client, cast.cashier).get("/metrics").status_code == 403
    assert sign_in(client, cast.branch_manager).get("/metrics").status_code == 403
    assert sign_in(client, cast.auditor).get("/metrics").status_code == 200
    settings.METRICS_TOKEN = ""
    client.logout()
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_this_machine_scrapes_freely_only_where_a_setting_says_so(client, settings):
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 401
    settings.METRICS_FROM_LOOPBACK = True
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 401
    # Through a proxy on this machine everybody seems to be here.
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 401


def test_a_scraper_in_the_machines_own_network_need_not_speak_tls(settings):
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    assert client.get("/metrics", headers=TOKEN).status_code == 200
    assert client.get("/login").status_code == 301


def test_the_api_s_figures_need_the_token_or_a_role(client, cast):
    where = "/api/v1/metrics"
    assert client.get(where).status_code == 401
    assert client.get(where, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get(where, headers=TOKEN).status_code == 200
    assert client.get(where, headers=bearer(cast.cashier)).status_code == 403
    assert client.get(where, headers=bearer(cast.group_head)).status_code == 403
    assert client.get(where, headers=bearer(cast.auditor)).status_code == 200
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(is_operator=True)
    assert client.get(where, headers=bearer(cast.cashier)).status_code == 200


@pytest.mark.parametrize("window", ["9", "-1", "x", "٣٠٠", "1e3", "99999999999"])
def test_a_window_that_makes_no_sense_is_refused(client, window):
    answer = client.get("/api/v1/metrics", {"window": window}, headers=TOKEN)
    assert answer.status_code == 400
    assert "window" in answer.json()["error"]["fields"]


def test_an_organisation_sees_how_many_of_its_own_people_are_active(client, cast):
    for person in (cast.cashier, cast.other_cashier, cast.other_hr):
        client.get("/api/v1/profile", headers=bearer(person))
    assert (
        client.get("/api/v1/metrics", headers=bearer(cast.hr)).json()["active_users"]
        < (client.get("/api/v1/metrics", headers=TOKEN).json()["active_users"])
    )


def test_the_figures_are_null_not_zero_while_valkey_is_away(client, settings):
    settings.BROKER_URL = f"redis://127.0.0.1:{broker.free_port()}/0"
    answer = client.get("/api/v1/metrics", headers=TOKEN)
    assert answer.status_code == 200
    figures = answer.json()
    assert (figures.pop("available"), figures.pop("window_seconds"), figures.pop("top_endpoints")) == (False, 300, [])
    assert set(figures.values()) == {None}
    assert page(client)["acemall_source_up", ("source", "valkey")] == 0


def test_the_business_figures_are_sums_over_all_organisations(client, cast):
    people = {ACE: cast.cashier, OTHER: cast.other_cashier}
    for organisation, person in people.items():
        with tenancy.organisation(organisation):
            tell([Message(person.pk, Kind.GENERAL, f"key {organisation}", "Something happened")])
            Notification.objects.create(person=person, kind=Kind.GENERAL, title="Note", created_at=timezone.now())
    found = page(client)
    assert found["acemall_outbox_waiting",] == 2
    assert found["acemall_unread_notifications",] == 2
    assert found["acemall_organisations",] == 2
    assert found["acemall_outbox_oldest_seconds",] >= 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.organisation', true)")
        assert cursor.fetchone()[0] in ("", None)
    assert {f"acemall_{name}" for name in figures.BUSINESS} <= {name for name, *_ in found}


def test_postgresql_and_valkey_are_asked_about_themselves(client):
    found = page(client)
    assert 0 < found["acemall_postgresql_connections",] <= found["acemall_postgresql_connections_max",]
    assert found["acemall_postgresql_database_size_bytes",] > 1_000_000
    assert 0 < found["acemall_postgresql_cache_hit_ratio",] <= 1
    assert any(name == "acemall_postgresql_dead_tuples" for name, *_ in found)
    for server in ("cache", "broker"):
        assert found["acemall_valkey_memory_bytes", ("server", server)] > 0
        assert found["acemall_valkey_clients", ("server", server)] > 0
    assert {found["acemall_source_up", ("source", source)] for source in figures.SOURCES} == {1}


def test_a_source_is_asked_once_in_a_few_seconds(client, cast):
    page(client)
    with tenancy.organisation(ACE):
        tell([Message(cast.cashier.pk, Kind.GENERAL, "key", "Something happened")])
    assert page(client)["acemall_outbox_waiting",] == 0
    figures.SOURCES["business"].at -= figures.FRESH
    assert page(client)["acemall_outbox_waiting",] == 1


def test_the_figures_of_the_alert_rules_are_series_too(client):
    assert not [name for name, *_ in page(client) if name == "acemall_alert_figure"], "nothing is known yet"
    evaluate(timezone.now())
    figures.SOURCES["alerts"].at = float("-inf")
    found = page(client)
    figures_of_the_moment = {name for name, probe in PROBES.items() if not probe.longest}
    shown = {dict(labels)["metric"] for name, *labels in found if name == "acemall_alert_figure"}
    assert shown <= figures_of_the_moment
    assert {"memory", "disk", "cpu", "redis_down", "outbox_oldest", "jobs_late"} <= shown
    assert 0 < found["acemall_alert_figure", ("metric", "memory")] <= 100
    assert found["acemall_alert_figure", ("metric", "redis_down")] == 0


@pytest.mark.django_db(transaction=True)
def test_a_source_that_fails_is_left_out_and_said_so(client):
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute("ALTER FUNCTION installation_figures() RENAME TO gone")
        try:
            found = page(client)
        finally:
            owner.execute("ALTER FUNCTION gone() RENAME TO installation_figures")
    assert found["acemall_source_up", ("source", "business")] == 0
    assert found["acemall_source_up", ("source", "postgresql")] == 1
    assert not [name for name, *_ in found if "outbox" in name]


@pytest.mark.django_db(transaction=True)
def test_runs_of_tasks_are_counted_by_outcome(client):
    def work():
        return 5

    def stumble():
        raise ValueError("the shelf is empty")

    try:
        app.task(name="test.fine")(work).apply()
        app.task(name="test.stumble")(stumble).apply()
    finally:
        app.tasks.pop("test.fine")
        app.tasks.pop("test.stumble")
    found = page(client)
    assert found["acemall_task_runs_total", ("outcome", "done"), ("task", "test.fine")] >= 1
    assert found["acemall_task_runs_total", ("outcome", "failed"), ("task", "test.stumble")] >= 1
    assert found["acemall_task_duration_seconds_count", ("task", "test.fine")] >= 1
    assert found["acemall_queue_depth", ("queue", "default")] >= 0


def test_names_and_types_keep_prometheus_conventions(client):
    text = client.get("/metrics", headers=TOKEN).content.decode()
    for family in text_string_to_metric_families(text):
        assert family.name.startswith("acemall_")
        assert family.documentation
        assert family.type in {"counter", "gauge", "histogram"}
        assert not family.name.endswith(("_ms", "_milliseconds", "_mb", "_percent"))
    assert all(line.count("{") <= 1 for line in text.splitlines())
