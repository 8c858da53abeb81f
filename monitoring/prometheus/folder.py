"""Where the processes of one web server share their counters: a folder named after their common parent process.

A restarted server has another parent, so it begins with an empty folder; the folders of servers that are gone are
removed. A worker that ended leaves its files: they are added into one, so that neither counts nor files are lost.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.conf import settings

PROC = Path("/proc")
RESERVED = 1 << 20  # bytes: thousands of series; a process has hundreds


@cache
def place() -> Path:
    """Where the folder of this server's processes is, or will be."""
    return Path(settings.PROMETHEUS_FOLDER) / _server(os.getppid())


@cache
def folder() -> Path:
    """The folder of this server's processes, made if it is not there; those of ended servers are removed."""
    place().mkdir(parents=True, exist_ok=True)
    for other in place().parent.iterdir():
        pid = other.name.partition("-")[0]
        if pid.isdecimal() and other.name != _server(int(pid)):
            shutil.rmtree(other, ignore_errors=True)
    return place()


def reserve(name: str) -> None:
    """Make a file of the folder with its place on the disk taken. Raises OSError when there is none.

    The library would make one full of holes, and a disk that is full when one is written to kills the process.
    """
    with (folder() / name).open("ab") as file:
        if file.tell() == 0:
            file.write(bytes(RESERVED))


def _server(pid: int) -> str:
    """A process's number and when it started, so that a number that was given away again is another server."""
    try:
        started = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        started = "0" if not PROC.exists() else "gone"
    return f"{pid}-{started}"


@contextmanager
def undisturbed() -> Iterator[None]:
    """Only one process at a time reads the files, or adds up those of the dead."""
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
