"""A real web server with two worker processes, for tests: started, asked, ended."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from notifications.tests.broker import eventually, free_port

TOKEN = "a-scrape-token-for-tests"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Web:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def answer(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """Ask on a connection of its own, so that either worker may answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        found = self.answer(path, headers)
        return found.status, found.body

    def figures(self, window: int = 3600) -> dict[str, Any]:
        status, body = self.get(f"/api/v1/metrics?window={window}", SHOWN)
        assert status == 200, body
        return json.loads(body)

    def counted(self) -> dict[str, float]:
        """The scrape page as {series: number}."""
        status, body = self.get("/metrics", SHOWN)
        assert status == 200, body
        lines = (line for line in body.decode().splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def ask(self, path: str, times: int, threads: int = 8) -> Counter[int]:
        """Ask many times at once; the statuses of the answers."""
        seen: Counter[int] = Counter()

        def some() -> None:
            for _ in range(times // threads):
                seen[self.get(path)[0]] += 1

        workers = [threading.Thread(target=some) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return seen

    def workers(self) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def end(self) -> int:
        """SIGTERM, and wait for the last process."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def web(place: Path, **environment: str) -> Iterator[Web]:
    """granian with two workers, on this test's database; its log is in `place`."""
    port = free_port()
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "4"]
    server += ["--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "20"]
    server += ["--log-config", "config/granian.json", "--host", "127.0.0.1", "--port", str(port)]
    with (place / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [*server, "monitoring.tests.unlimited:application"],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "HTTPS": "false",
                "METRICS_TOKEN": TOKEN,
                "PROMETHEUS_FOLDER": str(place / "prometheus"),
                **environment,
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server_ = Web(process, port, place / "web.log")
    try:
        eventually(lambda: _answers(server_), within=60, what="the web server answers")
        yield server_
    finally:
        if process.poll() is None:
            try:
                server_.end()
            finally:
                with suppress(ProcessLookupError):  # all ended, as they should
                    os.killpg(process.pid, signal.SIGKILL)


def _answers(server: Web) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    try:
        return server.get("/login")[0] == 200
    except OSError:
        return False
