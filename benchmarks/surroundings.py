"""The machine and the environment: what a run is measured on, and what it must not touch."""

from __future__ import annotations

import os
import platform
import subprocess
import timeit
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config import services

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / ".local" / "bench.json"
REDIS_NUMBER = 15  # caches and hints of `make bench`; tests begin at 1, developers at 0
GIVEN = dict(os.environ)
OF_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "DJANGO_SETTINGS_MODULE", "HOST")


def prepare(redis_number: int = REDIS_NUMBER) -> None:
    """Set this process, and the commands that it starts, apart from the developer's data. Call it before Django."""
    known = {**services.environment(ROOT), **os.environ}
    for name in ("BROKER_URL", "REDIS_URL"):
        url = known.get(name) or known["REDIS_URL"]
        os.environ[name] = f"{url.rpartition('/')[0]}/{redis_number}"
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        HTTPS="false",  # else every page would be a redirect
        ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
    )


def clear() -> None:
    """Remove what the run left in Redis."""
    import redis

    for name in ("BROKER_URL", "REDIS_URL"):
        with redis.Redis.from_url(os.environ[name]) as server:
            server.flushdb()


def fresh_environment(**more: str) -> dict[str, str]:
    """The environment in which a newcomer types a command: none of our settings, nothing of the make around us."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    ours = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    return {name: value for name, value in GIVEN.items() if name not in ours and name not in OF_MAKE} | more


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "pace": f"{_pace():.0f} ms",
        "python": platform.python_version(),
        "postgresql": _postgresql(),
    }


def _pace() -> float:
    """How fast this machine is just now: milliseconds for a million turns of a loop, the best of three.

    A shared machine's cores may be half as fast as an hour ago at the same load.
    """
    return min(timeit.repeat("total += 1", "total = 0", number=1_000_000, repeat=3)) * 1000


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip()


def _postgresql() -> str:
    from config.testing import as_owner

    with as_owner() as owner:
        return owner.execute("SHOW server_version").fetchone()[0].split()[0]
