"""Processes and ports: which are ours, which are taken, and how a server is stopped."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

# Below the range that the system hands out to outgoing connections, so that nobody takes a remembered port by chance.
PORTS = range(20000, 32768)
PROC = Path("/proc")


def marked(marker: str) -> dict[int, int]:
    """The processes whose command line holds the marker, each with its parent.

    PostgreSQL's children carry it too, in their titles. A number read from a file could belong to anybody by now.
    """
    return {pid: parent for pid, parent, command in _table(marker) if marker in command}


def command_of(pid: int) -> str:
    """The command line of a process; empty when there is no such process."""
    if PROC.joinpath("self").exists():
        with suppress(OSError):
            return _command_line(PROC / str(pid))
        return ""
    return _ps("-o", "command=", "-p", str(pid)).strip()


def stop(marker: str, *, politely: signal.Signals, patience: float) -> bool:
    """Stop the marked processes and wait for the last; whether all went before they had to be killed."""
    processes = marked(marker)
    leaders = [pid for pid, parent in processes.items() if parent not in processes]
    _send(leaders, politely)
    if _gone(marker, patience):
        return True
    _send(list(marked(marker)), signal.SIGKILL)
    if not _gone(marker, 10):
        raise TimeoutError(f"process {next(iter(marked(marker)))} does not end, even when killed")
    return False


def occupied(port: int) -> bool:
    """Whether a program listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        # As servers do: a port that merely waits for old packets counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def free_port(taken: set[int]) -> int:
    """A free port outside `taken`, drawn at random so that two checkouts starting at once rarely meet."""
    while (port := random.choice(PORTS)) in taken or occupied(port):  # noqa: S311 - not a secret
        pass
    return port


def _send(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def _gone(marker: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while marked(marker):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _table(marker: str) -> list[tuple[int, int, str]]:
    """(process, parent, command line), at least of the processes that hold the marker."""
    if PROC.joinpath("self").exists():
        return _linux_table(marker)
    rows = (line.split(None, 2) for line in _ps("-axww", "-o", "pid=,ppid=,command=").splitlines())
    return [(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) == 3]


def _linux_table(marker: str) -> list[tuple[int, int, str]]:
    """Read from /proc, because slim containers have no `ps`."""
    table = []
    for process in PROC.iterdir():
        if not process.name.isdecimal():
            continue
        with suppress(OSError):  # it ended meanwhile
            command = _command_line(process)
            if marker in command:
                # "pid (name) state parent …", where the name may hold spaces and brackets
                parent = process.joinpath("stat").read_text().rpartition(")")[2].split()[1]
                table.append((int(process.name), int(parent), command))
    return table


def _command_line(process: Path) -> str:
    return process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()


def _ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout
