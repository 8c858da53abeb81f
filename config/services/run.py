"""`make run`: everything on one machine, from the database to the page, until Ctrl-C."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from config.services import commands
from config.services.checkout import local_folder
from config.services.state import Fault, in_one_sentence

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Ace-demo-2026"
LOGINS = {
    "acemall.example": (
        "hr",
        "ceo",
        "coo",
        "auditor",
        "group.head",
        "branch.manager",
        "floor.manager",
        "cashier",
    ),
    "othermart.example": ("hr", "cashier"),
    "platform.example": ("operator",),
}


def main() -> int:
    return in_one_sentence(lambda: run(ROOT))


def run(root: Path) -> int:
    """Start the services, migrate, load the demo once, and serve; on any end, stop the services again."""
    host, port = address()
    with only_one(root):
        refuse_if_taken(host, port)
        environment = settings_for(host, port)
        try:
            commands.up(root)
            return manage(root, environment, "prepare") or serve(root, environment, host, port)
        finally:
            commands.down(root)


def address() -> tuple[str, int]:
    """HOST and PORT of the environment, checked."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Fault(f"PORT is {port!r}; it must be a number from 1 to 65535.")
    return host, int(port)


def refuse_if_taken(host: str, port: int) -> None:
    """Say now, not after the migrations, that the web server could not listen there."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise Fault(f"HOST is {host!r}, which is no address of this machine.") from error
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Fault(f"Port {port} is taken by another program; choose another: make run PORT=8001") from error
            raise Fault(f"The web server cannot listen on {host}, port {port}: {error.strerror}.") from error


@contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Hold the checkout for one `make run`: a second would double the scheduled jobs and stop the first's database."""
    with (local_folder(root) / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Fault("`make run` is already at work in this checkout; end that one with Ctrl-C first.") from None
        yield


def settings_for(host: str, port: int) -> dict[str, str]:
    """The environment of web, worker, beat and manage.py."""
    return {
        "LOG_FORMAT": "TEXT" if sys.stdout.isatty() else "JSON",
        "HTTPS": "false",  # plain HTTP on this machine, where a Secure cookie would never come back
        **os.environ,
        "HOST": host,
        "PORT": str(port),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }


def manage(root: Path, environment: dict[str, str], *command: str) -> int:
    return subprocess.run([sys.executable, "manage.py", *command], cwd=root, env=environment, check=False).returncode


def serve(root: Path, environment: dict[str, str], host: str, port: int) -> int:
    """Run the Procfile until it ends or somebody ends it; an end that was asked for is a success."""
    honcho = [sys.executable, "-m", "honcho", "start", "-f", "Procfile", "-e", os.devnull, "-p", str(port)]
    family = subprocess.Popen(honcho, cwd=root, env=environment)
    asked = False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        family.terminate()

    # Ctrl-C reaches honcho by itself, a signal sent to us alone would not; either way we stay to stop the services.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    while family.poll() is None and not answers(host, port):
        time.sleep(0.1)
    if family.poll() is None and not asked:
        print(welcome(host, port), flush=True)
    code = family.wait()
    return 0 if asked else code


def answers(host: str, port: int) -> bool:
    """Whether the web server takes requests yet; any answer will do."""
    connection = http.client.HTTPConnection(reachable_name(host), port, timeout=2)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def reachable_name(host: str) -> str:
    """Where a browser on this machine finds a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, never listened on


def welcome(host: str, port: int) -> str:
    name = reachable_name(host)
    url = f"http://{f'[{name}]' if ':' in name else name}:{port}/"
    people = (f"  {name}@{domain}" for domain, names in LOGINS.items() for name in names)
    return "\n".join(
        ("", f"Ace Mall Staff is at {url}", f"Sign in with the password {PASSWORD} as one of", *people, "")
    )


if __name__ == "__main__":
    sys.exit(main())
