"""The deployment's files as tests read them: docker-compose.yml, rules, dashboards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = ROOT / "docker-compose.yml"
ALONE = "# ── Read by docker-compose.yml alone"
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)(?::(-|\?)([^}]*))?\}")
METRIC = re.compile(r"\b(acemall_[a-z0-9_]+)\b")
RECORDED = re.compile(r"\b(acemall:[a-z0-9_:]+)\b")


def example() -> tuple[str, str]:
    """`.env.example` in its two parts: what the product reads, and what docker-compose.yml reads alone."""
    product, _, compose = (ROOT / ".env.example").read_text().partition(ALONE)
    return product, compose


def values(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))


def compose(environment: dict[str, str]) -> dict[str, Any]:
    """docker-compose.yml with its variables filled in and its anchors resolved, as Docker would read it."""

    def fill(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        given = environment.get(name, "")
        assert given or kind != "?", f"{name} must be set: {default}"
        return given or default or ""

    return yaml.safe_load(VARIABLE.sub(fill, COMPOSE.read_text()))


def rules() -> Iterator[dict[str, Any]]:
    """Every recording and alert rule."""
    for file in sorted(DEPLOY.glob("prometheus/rules/*.yml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every panel of every dashboard, with the dashboard's file name."""
    for file in sorted(DEPLOY.glob("grafana/dashboards/*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            yield file.stem, panel


def queries() -> Iterator[tuple[str, str]]:
    """(where, PromQL) of every rule and of every panel that asks Prometheus."""
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for dashboard, panel in panels():
        for target in panel.get("targets", []):
            if target["datasource"]["type"] == "prometheus":
                yield f"{dashboard}: {panel['title']}", target["expr"]
