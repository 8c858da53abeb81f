"""The product as docker-compose.yml sets it, behind nginx, on free ports of this machine and its embedded servers."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from config import services
from deploy.checks.servers import ROOT, Server, ended_at_last, eventually, free_port, output_of, require

NGINX = ROOT / "deploy" / "nginx"
TOKEN = "a-scrape-token-of-" + secrets.token_urlsafe(12)
NAMES = ("web", "web2")
Headers = Mapping[str, str] | None
PORTS = (*NAMES, "tls", "plain", "redirect", "alive", "alive2")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """The running product: web servers by name, nginx before them, and where everything is."""

    folder: Path
    ports: dict[str, int]
    environment: dict[str, str]
    servers: list[Server] = field(default_factory=list)
    web: dict[str, Server] = field(default_factory=dict)

    def begin(self, name: str, *command: str | Path, **environment: str) -> Server:
        server = Server(name, command, self.folder, {**self.environment, **environment})
        self.servers.append(server)
        return server

    def through(self, edge: str, path: str, headers: Headers = None, *, post: bytes | None = None) -> Answer:
        """Ask nginx: `tls` as it stands on the internet, `plain` as it stands behind another proxy."""
        if edge == "plain":
            return ask(self.ports[edge], path, {"X-Forwarded-Proto": "https", **(headers or {})}, post)
        return ask(self.ports[edge], path, headers, post, self.trusting)

    @cached_property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.folder / "nginx-tls" / "fullchain.pem")

    def past(self, name: str, path: str, headers: Headers = None, *, post: bytes | None = None) -> Answer:
        """Ask a web server itself, as nginx would."""
        return ask(self.ports[name], path, {"X-Forwarded-Proto": "https", **(headers or {})}, post)

    def answers(self, name: str) -> bool:
        try:
            return self.web[name].lives and self.past(name, "/login").status == 200
        except OSError:
            return False


def ask(
    port: int, path: str, headers: Headers, post: bytes | None = None, trusting: ssl.SSLContext | None = None
) -> Answer:
    """GET, or POST something, on a connection of its own; over TLS where there is something to trust."""
    connection = (
        http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=trusting)
        if trusting
        else http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    )
    try:
        connection.request("GET" if post is None else "POST", path, post, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def somebody() -> dict[str, str]:
    """The header of an address that nobody else has in this run: limits that count by address begin anew."""
    return {"X-Forwarded-For": f"198.18.{secrets.randbelow(256)}.{secrets.randbelow(256)}"}


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="deploy-check-") as name:
        yield Path(name)


@contextmanager
def site() -> Iterator[Site]:
    """Two web servers, both workers, beat, and nginx in both its forms; the demo organisations are loaded."""
    output_of(sys.executable, "-m", "config.services", "up")
    with folder() as place, ended_at_last([]) as servers:
        ports = {name: free_port() for name in PORTS}
        built = Site(place, ports, _environment(place), servers)
        output_of(sys.executable, "manage.py", "prepare", environment={**os.environ, **built.environment})
        for name in NAMES:
            built.web[name] = built.begin(
                name, "sh", "deploy/start", "web", PORT=str(ports[name]), PROMETHEUS_FOLDER=str(place / name)
            )
        for name in ("worker", "slow", "beat"):
            built.begin(name, "sh", "deploy/start", name)
        for edge in ("tls", "plain"):
            begin_nginx(built, edge)
        for name in NAMES:
            eventually(partial(built.answers, name), within=120, what=f"{name} answers")
        yield built


def begin_nginx(built: Site, edge: str) -> Server:
    place = adapted(built.folder / f"nginx-{edge}", edge, built.ports)
    return built.begin(f"nginx-{edge}", "nginx", "-p", place, "-c", place / "nginx.conf", "-g", _rights("daemon off;"))


def adapted(place: Path, edge: str, ports: dict[str, int]) -> Path:
    """A copy of deploy/nginx that differs in nothing but addresses, ports and folders."""
    shutil.copytree(NGINX, place)
    shutil.copy(place / f"edge-{edge}.conf", place / "edge.conf")
    (place / "tmp").mkdir()
    _certificate(place)
    alive = ports["alive" if edge == "tls" else "alive2"]
    changes = {
        "nginx.conf": {"/tmp/": f"{place}/tmp/", "127.0.0.1:8081": f"127.0.0.1:{alive}"},  # noqa: S108
        "site.conf": {"/etc/acemall/nginx/": f"{place}/"},
        "upstream.conf": {
            "172.31.250.11:8000": f"127.0.0.1:{ports['web']}",
            "172.31.250.12:8000": f"127.0.0.1:{ports['web2']}",
        },
        "edge.conf": {
            "tls": {
                "listen 8080": f"listen 127.0.0.1:{ports['redirect']}",
                "listen 8443": f"listen 127.0.0.1:{ports['tls']}",
                "/etc/acemall/tls/": f"{place}/",
            },
            "plain": {"listen 8080": f"listen 127.0.0.1:{ports['plain']}", "172.31.250.1;": "127.0.0.1;"},
        }[edge],
    }
    for name, texts in changes.items():
        file = place / name
        for old, new in texts.items():
            require(old in file.read_text(), f"deploy/nginx/{name} no longer says {old}; mend deploy/checks/stage.py")
            file.write_text(file.read_text().replace(old, new))
    shutil.copy(place / "upstream.conf", place / "tmp")
    return place


def leave_out(built: Site, name: str) -> None:
    """Tell nginx that a web server is about to end, or with `nobody` that all are there; by deploy/nginx/leave-out."""
    place = built.folder / "nginx-tls"
    port = built.ports.get(name)
    where = f"127.0.0.1:{port}" if port else name
    output_of("sh", place / "leave-out", where, environment={**os.environ, "RUN": str(place / "tmp")})


def _rights(directives: str) -> str:
    # Started by root nginx would drop its rights, and could not enter this run's folder any more.
    return f"{directives} user root;" if os.geteuid() == 0 else directives


def _certificate(place: Path) -> None:
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    files = [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(place / "privkey.pem"),
        "-out",
        str(place / "fullchain.pem"),
    ]
    subprocess.run([*command, *files], check=True, capture_output=True)


def _environment(place: Path) -> dict[str, str]:
    """What docker-compose.yml sets, with this machine's addresses."""
    return {
        **services.environment(ROOT),
        "HTTPS": "true",
        "BEHIND_PROXY": "true",
        "TRUSTED_PROXIES": "127.0.0.1/32",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "METRICS_TOKEN": TOKEN,
        "LOG_FORMAT": "JSON",
        "HOST": "127.0.0.1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
