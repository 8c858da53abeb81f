"""Every file as its own server reads it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from deploy.checks import stage
from deploy.checks.servers import ROOT, free_port, output_of, require

PROMETHEUS = ROOT / "deploy" / "prometheus"
# labels of an alert: the receiver that hears it.
ROUTES = {
    "severity=critical metric=error_rate": "operators",
    "severity=warning metric=error_rate": "operators",
    "severity=none": "watchdog",
}


def checks() -> Iterator[str]:
    """nginx, Prometheus and Alertmanager each say that their configuration is right."""
    with stage.folder() as place:
        ports = {name: free_port() for name in stage.PORTS}
        for edge in ("tls", "plain"):
            files = stage.adapted(place / edge, edge, ports)
            output_of("nginx", "-t", "-p", files, "-c", files / "nginx.conf")
            yield f"nginx -t: deploy/nginx with edge-{edge}.conf"
        yield from _prometheus(place)
        yield from _alertmanager(place)


def _prometheus(place: Path) -> Iterator[str]:
    token = place / "metrics_token"
    token.write_text("token")
    copy = place / "prometheus.yml"
    text = (PROMETHEUS / "prometheus.yml").read_text()
    copy.write_text(text.replace("/run/secrets/metrics_token", str(token)).replace("rules/*", f"{PROMETHEUS}/rules/*"))
    output_of("promtool", "check", "config", copy)
    yield "promtool check config, with every rule"
    tests = sorted(PROMETHEUS.glob("tests/*.yml"))
    require(tests, "no unit tests of the rules")
    output_of("promtool", "test", "rules", *tests)
    yield f"promtool test rules: {', '.join(test.stem for test in tests)}"


def _alertmanager(place: Path) -> Iterator[str]:
    start = ["sh", "deploy/alertmanager/start", "--print"]
    given = {
        "ALERT_EMAILS": "operator@shop.example",
        "EMAIL_URL": "smtps://user:word@mail.example",
        "ALERTMANAGER_WEBHOOK_URL": "https://hook.example/a",
    }
    for what, environment in (("nobody to tell", {}), ("e-mail and webhook", given)):
        shown = place / "alertmanager.yml"
        shown.write_text(output_of(*start, environment={"PATH": os.environ["PATH"], **environment}))
        output_of("amtool", "check-config", shown)
        yield f"amtool check-config: {what}"
    for labels, receiver in ROUTES.items():
        said = output_of("amtool", "config", "routes", "test", f"--config.file={shown}", *labels.split())
        require(said.strip() == receiver, f"an alert with {labels} goes to {said.strip()}, not to {receiver}")
    yield "amtool config routes test: each severity to its receiver"
