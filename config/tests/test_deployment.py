"""The deployment's files are consistent in themselves and with the product; `deploy/check` runs the real servers."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys

import compose_spec
import pytest
import yaml
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from config.settings import env
from config.testing import bearer
from config.tests import deployment
from config.tests.deployment import DEPLOY, ROOT
from monitoring.defaults import RULES
from monitoring.probes import PROBES
from monitoring.prometheus import figures
from monitoring.services.evaluation import evaluate
from monitoring.tasks import heartbeat

EXAMPLE, ALONE = (deployment.values(part) for part in deployment.example())
COMPOSE = deployment.compose({**EXAMPLE, **ALONE})
SERVICES = COMPOSE["services"]
OURS = {"web", "web2", "worker", "slow", "beat", "migrate"}
PROPER = {"nginx", "postgres", "cache", "broker", "prometheus", "alertmanager", "grafana", "loki", "alloy"}
LIMITS = {"web": ("4", "4G"), "web2": ("4", "4G"), "nginx": ("2", "1G"), "postgres": ("2", "2G")}


def test_the_compose_file_is_one_by_the_specification_and_names_no_version():
    compose_spec.PyCompose.from_json(json.dumps(COMPOSE)).validate()
    with pytest.raises(ValueError, match="stop_grace"):
        compose_spec.PyCompose.from_json(json.dumps(COMPOSE).replace("stop_grace_period", "stop_grace"))
    assert "version" not in COMPOSE


def test_every_service_of_the_contract_is_there_with_health_limits_and_an_orderly_end():
    assert set(SERVICES) == OURS | PROPER
    for name, service in SERVICES.items():
        limits = service["deploy"]["resources"]["limits"]
        assert {"cpus", "memory", "pids"} <= set(limits), name
        assert (limits["cpus"], limits["memory"]) == LIMITS.get(name, (limits["cpus"], limits["memory"]))
        assert name == "migrate" or service["healthcheck"]["test"], name
    assert {SERVICES[name]["stop_grace_period"] for name in ("web", "web2", "worker", "slow", "nginx")} == {"30s"}


def test_nothing_is_privileged_and_nothing_can_become_so():
    for name, service in SERVICES.items():
        assert not {"privileged", "pid", "network_mode", "devices", "ipc"} & set(service), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not any("docker.sock" in str(volume) for volume in service.get("volumes", [])), name
    assert {name for name, service in SERVICES.items() if service.get("user") == "0:0"} == {"alloy"}
    assert {name for name in OURS if not SERVICES[name]["read_only"]} == set()


def test_data_is_reached_from_inside_alone_and_only_the_edge_is_published():
    assert COMPOSE["networks"]["data"] == {"internal": True}
    for name in ("postgres", "cache", "broker"):
        assert SERVICES[name]["networks"] == ["data"], name
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.pop("nginx") == ["80:8080", "443:8443"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_the_proxy_that_is_believed_is_nginx_alone():
    nginx = SERVICES["nginx"]["networks"]["edge"]["ipv4_address"]
    assert {SERVICES[name]["environment"]["TRUSTED_PROXIES"] for name in OURS} == {f"{nginx}/32"}
    upstream = (DEPLOY / "nginx" / "upstream.conf").read_text()
    servers = re.findall(r"^\s*server ([\d.]+):8000", upstream, re.MULTILINE)
    assert servers == [SERVICES[name]["networks"]["edge"]["ipv4_address"] for name in ("web", "web2")]


def test_every_variable_of_the_compose_file_stands_in_the_example():
    named = {name for name, _, _ in deployment.VARIABLE.findall(deployment.COMPOSE.read_text())}
    assert named - set(EXAMPLE) == set(ALONE)
    secrets = {secret["environment"] for secret in COMPOSE["secrets"].values() if "environment" in secret}
    assert secrets <= set(EXAMPLE)
    given = set().union(*(SERVICES[name]["environment"] for name in OURS))
    assert given <= env.known


def test_nothing_starts_without_what_it_must_not_guess():
    for name in (
        "ALLOWED_HOSTS",
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "BACKUP_DATABASE_URL",
        "REDIS_URL",
        "BROKER_URL",
    ):
        with pytest.raises(AssertionError, match=name):
            deployment.compose({**EXAMPLE, **ALONE, name: ""})


def test_postgresql_and_the_two_redis_are_set_as_the_contract_says():
    wanted = {"max_connections": "400", "shared_buffers": "256MB", "work_mem": "4MB", "archive_mode": "on"}
    text = (DEPLOY / "postgres" / "postgresql.conf").read_text()
    assert wanted.items() <= dict(re.findall(r"^(\w+) = (\S+)$", text, re.MULTILINE)).items()
    assert "--maxmemory-policy allkeys-lru --appendonly no" in SERVICES["cache"]["command"][0]
    assert "--maxmemory-policy noeviction --appendonly yes" in SERVICES["broker"]["command"][0]


def test_a_container_runs_what_the_procfile_says():
    names = set(re.findall(r"^(\w+):", (ROOT / "Procfile").read_text(), re.MULTILINE))
    assert {SERVICES[name]["command"][-1] for name in OURS - {"migrate"}} == names
    refused = subprocess.run(["sh", "deploy/start", "nobody"], cwd=ROOT, capture_output=True, text=True)
    assert (refused.returncode, "nobody" in refused.stderr) == (2, True)


def test_the_image_holds_no_secret_and_runs_as_nobody_in_particular():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER 10001:10001" in lines
    assert [line for line in lines if line.startswith("STOPSIGNAL")] == ["STOPSIGNAL SIGTERM"]
    assert not [line for line in lines if re.match(r"(ENV|ARG) .*(SECRET|PASSWORD|TOKEN|KEY)", line)]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert not [line for line in ignored if re.match(r"!\.?(env|local|secrets|git)\b", line)]


def test_a_prepared_environment_starts_the_product_and_is_never_overwritten(tmp_path):
    def prepare(host):
        command = ["sh", str(DEPLOY / "prepare"), host]
        return subprocess.run(command, env={"PATH": os.environ["PATH"], "ROOT": str(tmp_path)}, capture_output=True)

    shutil.copy(ROOT / ".env.example", tmp_path)
    assert prepare("not a host").returncode == 2
    assert prepare("staff.shop.example").returncode == 0
    written = deployment.values((tmp_path / ".env").read_text())
    assert (tmp_path / ".env").stat().st_mode & 0o077 == (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    services = deployment.compose(written)["services"]
    environment = {**written, **services["web"]["environment"], "PATH": os.environ["PATH"]}
    command = [sys.executable, "manage.py", "check", "--deploy", "--tag", "security", "--fail-level", "WARNING"]
    started = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert started.returncode == 0, started.stderr
    assert written["SITE_URL"] == "https://staff.shop.example/"
    assert prepare("other.example").returncode == 1
    assert deployment.values((tmp_path / ".env").read_text()) == written


def test_the_wal_archive_keeps_each_segment_once_and_never_another_under_its_name(tmp_path):
    segment, other = tmp_path / "segment", tmp_path / "other"
    segment.write_bytes(b"what was written" * 1000)
    other.write_bytes(b"by another server" * 1000)
    (tmp_path / "wal").mkdir()

    def store(source):
        command = ["sh", "deploy/postgres/archive-wal", str(source), "0" * 24]
        return subprocess.run(command, cwd=ROOT, env={"WAL_FOLDER": str(tmp_path / "wal"), "PATH": "/usr/bin:/bin"})

    assert store(segment).returncode == 0
    assert store(segment).returncode == 0
    assert store(other).returncode != 0
    kept = list((tmp_path / "wal").iterdir())
    assert [file.name for file in kept] == ["0" * 24 + ".gz"]
    assert gzip.decompress(kept[0].read_bytes()) == segment.read_bytes()


@pytest.mark.parametrize(
    "address", ["postgresql://acemall_app:it's@db/acemall", "postgresql://other:word@db/acemall", ""]
)
def test_an_address_whose_password_would_need_quoting_is_refused_with_a_sentence(address):
    environment = {"DATABASE_URL": address, "DATABASE_OWNER_URL": "postgresql://acemall_owner:word@db/acemall"}
    roles = ["bash", "deploy/postgres/roles.sh"]
    refused = subprocess.run(
        roles, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **environment}, capture_output=True, text=True
    )
    assert refused.returncode == 1
    assert "postgresql://acemall_app:PASSWORD@" in refused.stderr


def test_alertmanager_s_receivers_come_from_the_environment():
    def receivers(**environment):
        start = ["sh", "deploy/alertmanager/start", "--print"]
        shown = subprocess.run(
            start, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **environment}, capture_output=True, text=True
        )
        assert shown.returncode == 0, shown.stderr
        return {each.pop("name"): each for each in yaml.safe_load(shown.stdout)["receivers"]}

    assert receivers() == {"operators": {}, "watchdog": {}}
    given = receivers(
        ALERT_EMAILS="one@shop.example,two@shop.example",
        EMAIL_URL="smtp+tls://post:word@mail.example",
        EMAIL_FROM="Ace Mall Staff <no-reply@shop.example>",
        ALERTMANAGER_WEBHOOK_URL="https://hook.example/alerts?key=1",
    )
    (mail,), (hook,) = given["operators"]["email_configs"], given["operators"]["webhook_configs"]
    assert (mail["to"], mail["smarthost"], mail["require_tls"]) == (
        "one@shop.example,two@shop.example",
        "mail.example:587",
        True,
    )
    assert (mail["auth_username"], mail["auth_password"]) == ("post", "word")
    assert hook["url"] == "https://hook.example/alerts?key=1"


# What the contract counts in percent and milliseconds, Prometheus counts in shares and seconds.
SCALE = {
    **dict.fromkeys(("error_rate", "cache_hit_rate", "availability", "database_connections"), 0.01),
    **dict.fromkeys(("response_average", "response_p95", "slowest_endpoint"), 0.001),
}
# What only somebody outside can see.
OF_PROMETHEUS = {"WebDown", "ProductDown", "FiguresMissing", "Watchdog"}


def test_prometheus_judges_by_the_same_thresholds_as_the_product():
    alerts = [rule for rule in deployment.rules() if "alert" in rule]
    # Told in the product alone: e-mail and webhook are what is broken.
    assert {rule["labels"].get("metric") for rule in alerts} >= set(RULES) - {"alerts_untold"}
    thresholds = {
        (rule["labels"]["metric"], rule["labels"]["severity"]): float(re.search(r"[<>]=? ([\d.]+)", rule["expr"])[1])
        for rule in alerts
        if rule["alert"] not in OF_PROMETHEUS
    }
    for metric, (_, warning, critical, _) in RULES.items():
        for severity, threshold in (("warning", warning), ("critical", critical)):
            if threshold is not None and metric not in {"alerts_untold", "burn_1h", "burn_6h", "burn_3d"}:
                wanted = pytest.approx(threshold * SCALE.get(metric, 1))
                assert thresholds[metric, severity] == wanted, (metric, severity)


@pytest.mark.django_db(transaction=True)
def test_rules_and_dashboards_name_only_series_that_the_product_exports(client, cast, settings):
    settings.METRICS_TOKEN = "correct-horse"
    for source in figures.SOURCES.values():
        source.at = float("-inf")
    client.get("/api/v1/notifications/unread-count", headers=bearer(cast.cashier))
    heartbeat.apply(args=("default",))
    evaluate(timezone.now())
    page = client.get("/metrics", headers={"Authorization": "Bearer correct-horse"}).content.decode()
    exported = {sample.name for family in text_string_to_metric_families(page) for sample in family.samples}
    recorded = {rule["record"] for rule in deployment.rules() if "record" in rule}
    for where, query in deployment.queries():
        assert set(deployment.METRIC.findall(query)) <= exported, where
        assert set(deployment.RECORDED.findall(query)) <= recorded, where
        judged = set(re.findall(r'acemall_alert_figure{metric="(\w+)"}', query))
        assert judged <= set(PROBES), where
