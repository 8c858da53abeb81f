"""The two embedded Valkey servers: a cache that may forget, and a broker that may not."""

from __future__ import annotations

import signal
import socket
from typing import ClassVar

from config.services.checkout import Checkout
from config.services.programs import Programs
from config.services.server import Server

# As in production: a full cache drops its oldest entries, a full broker refuses rather than lose a task.
SETTINGS = {
    "cache": {"maxmemory": "128mb", "maxmemory-policy": "allkeys-lru", "appendonly": "no"},
    "broker": {"maxmemory": "256mb", "maxmemory-policy": "noeviction", "appendonly": "yes"},
}


class Valkey(Server):
    stops_by: ClassVar[signal.Signals] = signal.SIGTERM
    stops_within: ClassVar[float] = 10.0

    def __init__(self, name: str, checkout: Checkout, programs: Programs) -> None:
        super().__init__(checkout, programs)
        self.name = name
        self.title = f"Valkey ({name})"

    def answers(self) -> bool:
        greeting = f"AUTH {self._password}\r\nPING\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(greeting)
                return connection.makefile("rb").readlines(6) == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False

    def command(self) -> list[str]:
        # The title goes on the command line because it holds the marker from the first moment on.
        return [str(self.programs.valkey), "-", "--proc-title-template", f"{self.marker} {{title}} {{listen-addr}}"]

    def configuration(self) -> str:
        """Read from standard input, so that the password stands in no file of the servers' user."""
        settings = SETTINGS[self.name] | {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self._password,
            "dir": quoted(str(self.checkout.place / self.name)),
            "save": '""',
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())

    def prepare(self) -> None:
        self.checkout.folder(self.name)

    @property
    def _password(self) -> str:
        return self.checkout.state.passwords[self.name]


def quoted(text: str) -> str:
    """A string as Valkey's configuration wants it when it may hold spaces."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
