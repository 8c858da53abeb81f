"""Prometheus and Alertmanager with the product: every query that there is, and an alert that reaches somebody."""

from __future__ import annotations

import json
import re
import shutil
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from config.tests.deployment import METRIC, queries, rules
from deploy.checks.servers import ROOT, eventually, free_port, output_of, require
from deploy.checks.stage import NAMES, TOKEN, Site, somebody

# Known only once there is a backup.
LATER = {"backup_age", "unarchived_wal"}


def checks(site: Site) -> Iterator[str]:
    """Scrape, ask everything, then let the product go away and hear of it."""
    with hook() as heard:
        alertmanager = _begin_alertmanager(site, heard)
        prometheus = _begin_prometheus(site, alertmanager)
        _use(site)
        yield scrapes_both(prometheus)
        yield every_query_answers(prometheus)
        yield every_rule_is_evaluated(prometheus)
        yield an_alert_is_told_once(alertmanager, heard)
        yield the_watchdog_is_heard(heard)
        yield the_end_of_the_product_is_told(site, heard)


def _use(site: Site) -> None:
    """What counts look-ups of copies and runs of tasks: somebody signs in and looks, the workers have been at it."""
    body = b'{"email": "cashier@acemall.example", "password": "Ace-demo-2026"}'
    headers = {"Content-Type": "application/json", **somebody()}
    said = site.through("plain", "/api/v1/auth/login", headers, post=body)
    require(said.status == 200, f"the demo's cashier cannot sign in: {said.status}")
    bearer = {"Authorization": f"Bearer {said.json['access']}"}
    for _ in range(3):
        site.through("tls", "/api/v1/notifications/unread-count", bearer)


def scrapes_both(prometheus: int) -> str:
    both = 'count(up{job="acemall"} == 1)'
    eventually(lambda: _value(prometheus, both) == len(NAMES), within=60, what="Prometheus scrapes web and web2")
    return "Prometheus scrapes both web servers with the token, past nginx"


def every_query_answers(prometheus: int) -> str:
    """Each query of each rule and panel parses, and each series that it names has been scraped."""
    named: dict[str, str] = {}
    number = 0
    for where, query in queries():
        number += 1
        require(_query(prometheus, query)["status"] == "success", f"{where}: {query}")
        named.update(dict.fromkeys(METRIC.findall(query), where))
    for metric, where in named.items():
        found = eventually(partial(_value, prometheus, f"count({metric})"), within=90, what=f"{metric} ({where})")
        require(found, f"{where} names {metric}, which nothing exports")
    text = " ".join(query for _, query in queries())
    for figure in set(re.findall(r'acemall_alert_figure{metric="(\w+)"}', text)) - LATER:
        series = f'count(acemall_alert_figure{{metric="{figure}"}})'
        eventually(partial(_value, prometheus, series), within=90, what=series)
    return f"{number} queries of rules and dashboards answer; their {len(named)} series are scraped"


def every_rule_is_evaluated(prometheus: int) -> str:
    def unwell() -> list[str]:
        groups = _get(prometheus, "/api/v1/rules")["data"]["groups"]
        return [rule["name"] for group in groups for rule in group["rules"] if rule["health"] != "ok"]

    eventually(lambda: not unwell(), within=60, what=f"rules are evaluated ({unwell()})")
    return f"{len(list(rules()))} rules are evaluated without a fault"


def an_alert_is_told_once(alertmanager: int, heard: Hook) -> str:
    """A warning and its critical are one message; the webhook hears both their level and where to read on."""
    _alert(alertmanager, "MemoryWarningOfTheCheck", "warning")
    _alert(alertmanager, "MemoryCriticalOfTheCheck", "critical")
    eventually(lambda: heard.names("operators", "firing"), within=60, what="the webhook hears an alert")
    told = heard.names("operators", "firing")
    require("MemoryWarningOfTheCheck" not in told, f"the warning is told beside its critical: {told}")
    return "an alert reaches the webhook; the warning that a critical includes does not"


def the_watchdog_is_heard(heard: Hook) -> str:
    eventually(lambda: "Watchdog" in heard.names("watchdog", "firing"), within=90, what="the watchdog is heard")
    return "the watchdog goes all the way from Prometheus to its own webhook"


def the_end_of_the_product_is_told(site: Site, heard: Hook) -> str:
    for name in NAMES:
        site.web[name].end()
    told = "ProductDown"
    eventually(
        lambda: told in heard.names("operators", "firing"), within=180, what="the end of both web servers is told"
    )
    return "both web servers gone: ProductDown reaches the webhook"


def _begin_alertmanager(site: Site, heard: Hook) -> int:
    port, file = free_port(), site.folder / "alertmanager.yml"
    given = {
        "ALERTMANAGER_WEBHOOK_URL": f"{heard.url}/operators",
        "ALERTMANAGER_WATCHDOG_URL": f"{heard.url}/watchdog",
        "PATH": site.environment["PATH"],
    }
    file.write_text(output_of("sh", "deploy/alertmanager/start", "--print", environment=given))
    where = [f"--config.file={file}", f"--storage.path={site.folder / 'alerts'}", "--cluster.listen-address="]
    site.begin("alertmanager", "prometheus-alertmanager", *where, f"--web.listen-address=127.0.0.1:{port}")
    return port


def _begin_prometheus(site: Site, alertmanager: int) -> int:
    """As deployed, but for the addresses, and with a look every 5 s and not every 15 s."""
    port, place = free_port(), site.folder / "prometheus"
    shutil.copytree(ROOT / "deploy" / "prometheus", place)
    (place / "token").write_text(TOKEN)
    _change(
        place / "prometheus.yml",
        {
            "/run/secrets/metrics_token": str(place / "token"),
            "alertmanager:9093": f"127.0.0.1:{alertmanager}",
            "localhost:9090": f"127.0.0.1:{port}",
            "web:8000": f"127.0.0.1:{site.ports['web']}",
            "web2:8000": f"127.0.0.1:{site.ports['web2']}",
            "15s": "5s",
            "10s": "5s",
        },
    )
    _change(place / "rules" / "recording.yml", {"15s": "5s"})
    where = [f"--config.file={place / 'prometheus.yml'}", f"--storage.tsdb.path={site.folder / 'tsdb'}"]
    site.begin("prometheus", "prometheus", *where, f"--web.listen-address=127.0.0.1:{port}")
    return port


def _change(file: Path, texts: dict[str, str]) -> None:
    for old, new in texts.items():
        require(old in file.read_text(), f"{file.name} no longer says {old}; mend deploy/checks/watching.py")
        file.write_text(file.read_text().replace(old, new))


def _alert(alertmanager: int, name: str, severity: str) -> None:
    where = f"--alertmanager.url=http://127.0.0.1:{alertmanager}"

    def added() -> bool:
        output_of("amtool", where, "alert", "add", f"alertname={name}", f"severity={severity}", "metric=check")
        return True

    eventually(lambda: _ready(alertmanager), within=30, what="Alertmanager is ready")
    added()


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _get(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.load(answer)


def _query(port: int, query: str) -> Any:
    try:
        return _get(port, "/api/v1/query?" + urllib.parse.urlencode({"query": query}))
    except urllib.error.HTTPError as error:
        return json.load(error)


def _value(port: int, query: str) -> float | None:
    """The one number that a query answers; None while there is none, or nobody answers yet."""
    try:
        found = _query(port, query)["data"]["result"]
    except OSError:
        return None
    return float(found[0]["value"][1]) if found else None


class Hook(ThreadingHTTPServer):
    """A webhook on this machine that remembers what Alertmanager told it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def names(self, receiver: str, status: str) -> set[str]:
        """The alerts that this receiver was told of."""
        return {
            alert["labels"]["alertname"]
            for path, message in list(self.told)
            for alert in message["alerts"]
            if path == f"/{receiver}" and alert["status"] == status
        }


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:  # http.server's name
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((self.path, message))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        """Silence."""


@contextmanager
def hook() -> Iterator[Hook]:
    server = Hook()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
