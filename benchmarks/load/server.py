"""The web server under load: granian as the Procfile starts it, with everything that counts for production on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.surroundings import ROOT
from config.services import processes, run
from config.services import state as memory

STARTS_WITHIN, ENDS_WITHIN = 60.0, 30.0
Cpu = dict[str, dict[int, float]]  # part: process: seconds


@dataclass(frozen=True, slots=True)
class Server:
    """Where it answers, and its first process."""

    url: str
    pid: int

    def cpu(self) -> Cpu:
        """What each part has computed until now; the embedded servers only where they are ours."""
        web = psutil.Process(self.pid)
        used = {"web": _used([web.pid, *(child.pid for child in web.children(recursive=True))])}
        if state := memory.read(ROOT):
            for part, name in (("PostgreSQL", "postgres"), ("Valkey", "cache")):
                used[part] = _used(list(processes.marked(f"{state.identity}-{name}")))
        return used


def spent(before: Cpu, after: Cpu) -> dict[str, float]:
    """Seconds of CPU by part; of a process that ended meanwhile nothing is known."""
    return {
        part: sum(seconds - before[part].get(pid, 0.0) for pid, seconds in pids.items()) for part, pids in after.items()
    }


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server of its own on a free port of 127.0.0.1; its log and counters go into the folder."""
    port, log = processes.free_port(set()), folder / "web.log"
    line = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web:"))
    with log.open("wb") as output:
        family = subprocess.Popen(
            ["sh", "-c", line.partition(":")[2]],
            cwd=ROOT,
            env=_environment(port, folder),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(family, port, log)
        yield Server(f"http://127.0.0.1:{port}", family.pid)
    finally:
        _end(family)


def _environment(port: int, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DEBUG": "false",
        "DATABASE_ROLE": "APPLICATION",
        "TRUSTED_PROXIES": "127.0.0.1",  # so that visitors come from addresses of their own
        "LOG_FORMAT": "JSON",
        "LOG_LEVEL": "INFO",
        "PROMETHEUS_FOLDER": str(folder / "prometheus"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }


def _wait(family: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while not run.answers("127.0.0.1", port):
        if family.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"The web server does not answer: {log.read_text()[-500:]}")
        time.sleep(0.1)


def _end(family: subprocess.Popen[bytes]) -> None:
    family.terminate()
    try:
        family.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(family.pid, signal.SIGKILL)
        family.wait()


def _used(pids: list[int]) -> dict[int, float]:
    seconds = {}
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            seconds[pid] = times.user + times.system
    return seconds
