"""`make run` in a copy of the checkout: from nothing to the first page, and again."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.report import Figure
from benchmarks.surroundings import ROOT, fresh_environment
from config.services.processes import free_port

PATIENCE = 300
LEFT_OUT = "without making .venv and installing: the checkout's own is used"


def starts() -> tuple[Figure, Figure]:
    """Seconds until /login answers: with new servers, migrations and the demo; then with all that in place."""
    with _copied_checkout() as folder:
        first = _seconds_to_page(folder)
        again = _seconds_to_page(folder)
    return Figure(first, LEFT_OUT), Figure(again)


@contextmanager
def _copied_checkout() -> Iterator[Path]:
    """The files of the checkout as they stand, in a folder that others may enter, as the servers' user must."""
    folder = Path(tempfile.mkdtemp(prefix="acemall-bench-"))
    folder.chmod(0o755)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    try:
        for name in filter(None, listed.split("\0")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # deleted, and not yet committed
                shutil.copy2(ROOT / name, folder / name)  # its date too: make must find nothing to install
        (folder / ".venv").symlink_to(ROOT / ".venv")
        _make(folder, "setup")
        yield folder
    finally:
        _make(folder, "clean", "YES=1")
        shutil.rmtree(folder)


def _make(folder: Path, *what: str) -> None:
    subprocess.run(["make", *what], cwd=folder, env=fresh_environment(), check=True, stdout=subprocess.DEVNULL)


def _seconds_to_page(folder: Path) -> float:
    """Start, wait for the page, and end it as Ctrl-C would."""
    port, log = free_port(set()), folder / "make-run.log"
    with log.open("w") as output:
        began = time.perf_counter()
        family = subprocess.Popen(
            ["make", "run"],
            cwd=folder,
            env=fresh_environment(PORT=str(port)),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while _status_of_login(port) != 200:
                if family.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise RuntimeError(f"make run showed no page: {log.read_text()[-300:]}")
                time.sleep(0.05)
            return time.perf_counter() - began
        finally:
            _interrupt(family)


def _status_of_login(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/login")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _interrupt(family: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(family.pid, signal.SIGINT)
    try:
        family.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(family.pid, signal.SIGKILL)
        raise
