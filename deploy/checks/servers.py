"""Programs that are started for a while, free ports, and waiting for something to become true."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.services.checkout import Account

ROOT = Path(__file__).resolve().parents[2]


class Failed(Exception):
    """Something is not as the deployment promises; the text says what."""


def require(truth: object, sentence: str) -> None:
    """Raise Failed unless it is so."""
    if not truth:
        raise Failed(sentence)


def eventually(question: Callable[[], Any], *, within: float, what: str) -> Any:
    """Wait until the answer is true, and return it. Raises Failed after `within` seconds."""
    until = time.monotonic() + within
    while not (answer := question()):
        require(time.monotonic() < until, f"{what}: not within {within:g} s")
        time.sleep(0.1)
    return answer


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def output_of(*command: str | Path, environment: Mapping[str, str] | None = None, within: float = 300) -> str:
    """What a program answers; raises Failed with all it says when it fails."""
    done = subprocess.run(
        [*map(str, command)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=within
    )
    require(done.returncode == 0, f"{Path(command[0]).name} fails:\n{done.stdout}{done.stderr}")
    return done.stdout


class Server:
    """A running program; its output is in `log`. `account` is the user it runs as, where that is not ours."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        environment: Mapping[str, str],
        *,
        cwd: Path = ROOT,
        account: Account | None = None,
    ) -> None:
        self.name, self.log, self.cwd = name, folder / f"{name}.log", cwd
        self.rights: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
        self.command, self.environment = [*map(str, command)], {**os.environ, **environment}
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            # A group of its own: Ctrl-C ends the check, which then ends the servers in order.
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.rights,
            )

    def end(self, number: signal.Signals = signal.SIGTERM, *, within: float = 60) -> float:
        """Send the signal and wait; returns how many seconds it took. Killed, and Failed, after `within`."""
        begun = time.monotonic()
        self.process.send_signal(number)
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name} did not end within {within:g} s of {number.name}") from None
        return time.monotonic() - begun

    def kill(self) -> None:
        """At once, with everything that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def lives(self) -> bool:
        require(self.process.poll() is None, f"{self.name} has ended:\n{self.log.read_text()[-2000:]}")
        return True


@contextmanager
def ended_at_last(servers: list[Server]) -> Iterator[list[Server]]:
    """The list may grow; whatever stands in it is ended, the last one first."""
    try:
        yield servers
    finally:
        for server in reversed(servers):
            if server.process.poll() is None:
                server.end()
