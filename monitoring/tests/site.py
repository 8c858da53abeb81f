"""A real web server on a PostgreSQL and a Valkey of the test's own, which may be stopped, hung and killed."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from config.services import commands
from config.services.checkout import Checkout, local_folder
from config.services.postgres import Postgres
from config.services.processes import marked
from config.services.programs import programs
from config.services.state import APP, OWNER
from notifications.tests import broker

TOKEN = "scrape-me-please"


@dataclass
class Answer:
    """Status, body and how long it took."""

    status: int
    body: Any
    seconds: float
    headers: http.client.HTTPMessage


@dataclass
class RealSite:
    """What a test may break, and how it asks."""

    port: int
    postgres: Postgres
    valkey: subprocess.Popen[bytes]
    environment: dict[str, str]

    def get(self, path: str, *, token: str = "", host: str = "127.0.0.1", method: str = "GET") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Host": host, **({"Authorization": f"Bearer {token}"} if token else {})}
        began = time.monotonic()
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        kind = response.headers.get("Content-Type", "")
        body = json.loads(raw) if raw and kind.startswith("application/json") else raw.decode()
        return Answer(response.status, body, time.monotonic() - began, response.headers)

    def signal_postgres(self, what: signal.Signals) -> None:
        for pid in marked(self.postgres.marker):
            with suppress(ProcessLookupError):  # one of its children has just ended
                os.kill(pid, what)

    def doctor(self) -> tuple[int, dict[str, Any]]:
        """Exit code, and what each check found, by its name."""
        command = [sys.executable, "manage.py", "doctor", "--json"]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.returncode, {check["name"]: check for check in json.loads(done.stdout)["checks"]}

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement as the owner of the tables."""
        with psycopg.connect(self.environment["DATABASE_OWNER_URL"], autocommit=True) as owner:
            done = owner.execute(statement)
            return done.fetchall() if done.description else []

    def manage(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=settings.BASE_DIR, env=self.environment, check=True
        )


@contextmanager
def real_site() -> Iterator[RealSite]:
    """PostgreSQL with every migration, Valkey, and granian with one worker."""
    root = Path(tempfile.mkdtemp(prefix="acemall-site-"))
    root.chmod(0o755)  # the servers' user enters it too
    local_folder(root)
    checkout = Checkout.open(root)
    postgres = Postgres(checkout, programs(checkout))
    postgres.up()
    with broker.valkey() as (valkey, url):
        port = broker.free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": checkout.state.database_url(APP),
            "DATABASE_OWNER_URL": checkout.state.database_url(OWNER),
            "REDIS_URL": url,
            "BROKER_URL": url,
            "METRICS_TOKEN": TOKEN,
            "GIT_COMMIT": "c0ffee",
            "HTTPS": "true",
        }
        site = RealSite(port, postgres, valkey, environment)
        try:
            site.manage("migrate", "--verbosity", "0")
            with _web(port, environment):
                broker.eventually(lambda: broker.listens(port), within=60, what="the web server listens")
                yield site
        finally:
            site.signal_postgres(signal.SIGCONT)
            commands.destroy(root, agreed=True)
            shutil.rmtree(root)


@contextmanager
def _web(port: int, environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "2"]
    command += ["--no-ws", "--port", str(port), "config.wsgi:application"]
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        broker.kill(process)
