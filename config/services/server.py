"""Starting an embedded server, finding it again, stopping it, and saying in one sentence why it did not start."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from config.services import processes
from config.services.checkout import Checkout
from config.services.programs import Programs
from config.services.state import Fault

ANSWERS_WITHIN = 30.0
LOG_LIMIT = 10_000_000


class Server(ABC):
    """A server of one checkout; a subclass says what to run and how to know that it answers."""

    title: str
    name: str
    stops_by: ClassVar[signal.Signals]
    stops_within: ClassVar[float]
    # A PostgreSQL that was killed under load replays its log before it answers.
    starts_within: ClassVar[float] = 120.0
    slow_because: ClassVar[str] = "after a crash it first repairs its data"

    def __init__(self, checkout: Checkout, programs: Programs) -> None:
        self.checkout, self.programs = checkout, programs

    @property
    def marker(self) -> str:
        return f"{self.checkout.state.identity}-{self.name}"

    @property
    def port(self) -> int:
        return self.checkout.state.ports[self.name]

    @property
    def log(self) -> Path:
        return self.checkout.place / "logs" / f"{self.name}.log"

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes work; only asked while a process of ours runs, so no stranger gets the password."""

    @abstractmethod
    def command(self) -> list[str]:
        """What to run, with the marker in it."""

    def configuration(self) -> str:
        """What the server reads from its standard input."""
        return ""

    @abstractmethod
    def prepare(self) -> None:
        """Make the data folder ready for a start."""

    def process(self) -> int | None:
        """The server's process, if it runs."""
        table = processes.marked(self.marker)
        return next((pid for pid, parent in table.items() if parent not in table), None)

    def up(self) -> str:
        """Start the server unless it runs; returns which of the two it was."""
        if self._found_running():
            return "was running"
        self._take_port()
        self.prepare()
        self._start()
        return "started"

    def down(self) -> bool:
        """Stop the server; whether there was one."""
        if self.process() is None:
            return False
        if not processes.stop(self.marker, politely=self.stops_by, patience=self.stops_within):
            print(f"{self.title} did not stop within {self.stops_within:.0f} s and was killed; its data is safe.")
        return True

    def _found_running(self) -> bool:
        """Whether our server answers; waits for one that is starting, and for the orphans of one that was killed."""
        deadline = time.monotonic() + ANSWERS_WITHIN
        while (process := self.process()) is not None:
            if self.name in self.checkout.state.ports and self.answers():
                return True
            if time.monotonic() > deadline:
                raise Fault(
                    f"{self.title} runs (process {process}) but does not answer; `make stop` ends it, and {self.log} "
                    "may say why."
                )
            time.sleep(0.05)
        return False

    def _take_port(self) -> None:
        """Keep the remembered port, or take another while nothing of ours runs that could still use the old one."""
        ports = self.checkout.state.ports
        remembered = ports.get(self.name)
        if remembered is None or processes.occupied(remembered):
            ports[self.name] = processes.free_port(set(ports.values()))
            self.checkout.save()
        if remembered not in (None, self.port):
            print(f"Port {remembered} is taken by another program: {self.title} moves to {self.port}.", flush=True)

    def _start(self) -> None:
        """Run the server in a session of its own, so that Ctrl-C at the terminal does not reach it."""
        self._rotate_log()
        with self.log.open("ab") as log, tempfile.TemporaryFile() as configuration:
            # A whole file without a name, not a pipe: were we killed now, the server would take half for all of it.
            configuration.write(self.configuration().encode())
            configuration.seek(0)
            before = log.tell()
            process = subprocess.Popen(
                self.command(),
                stdin=configuration,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.as_account(),
            )
        self._wait(process, before)

    def _wait(self, process: subprocess.Popen[bytes], before: int) -> None:
        began, said = time.monotonic(), False
        while not self.answers():
            if process.poll() is not None:
                with self.log.open(errors="replace") as log:
                    log.seek(before)
                    raise self.fault(log.read())
            if (waited := time.monotonic() - began) > self.starts_within:
                raise Fault(f"{self.title} still does not answer after {waited:.0f} s; {self.log} may say why.")
            if waited > 2 and not said:
                said = True
                print(f"{self.title} is not ready yet ({self.slow_because}); waiting.", flush=True)
            time.sleep(0.02)
        # It is meant to outlive us; Python would complain of a child that was never waited for.
        process.returncode = 0

    def as_account(self) -> dict[str, Any]:
        """Options of subprocess that give up root for the servers' user, in a predictable environment."""
        options: dict[str, Any] = {"env": plain_environment(), "cwd": self.checkout.place}
        if account := self.checkout.account:
            options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
        return options

    def fault(self, output: str) -> Fault:
        """Why it did not start, from what it wrote to its log."""
        return Fault(f"{self.title} did not start: {reason(output)}; the whole log is {self.log}.")

    def _rotate_log(self) -> None:
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))


def plain_environment() -> dict[str, str]:
    """Our environment without what changes PostgreSQL's language or where its programs connect."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PG"))}
    return kept | {"LC_ALL": "C"}


def reason(output: str) -> str:
    """The one line of a failed program's output that says why."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for line in lines:
        if os.strerror(errno.ENOSPC) in line:
            return "the disk is full"
    for line in lines:
        if found := re.search(r"(?:FATAL|PANIC|error):\s+(.*)", line):
            return found[1].rstrip(".")
    return lines[-1].rstrip(".") if lines else "it ended without a word"
