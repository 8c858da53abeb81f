"""Figures about this process and this version of the product, read from the system without asking any server."""

from __future__ import annotations

import os
import platform
import resource
import threading
import time
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

PROC = Path("/proc/self")
BEGAN = time.monotonic()


def process() -> dict[str, Any]:
    """This process in numbers: seconds, bytes, counts. None where the system does not tell."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "pid": os.getpid(),
        "uptime_seconds": round(time.monotonic() - BEGAN, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "memory_bytes": _memory(),
        "threads": threading.active_count(),
        "open_files": len(list((PROC / "fd").iterdir())) if PROC.exists() else None,
        "python": platform.python_version(),
    }


@lru_cache(maxsize=1)
def release() -> dict[str, str]:
    """The version of the product and its commit; the commit is empty where nobody knows it."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return {"version": project["version"], "commit": settings.GIT_COMMIT or _commit(settings.BASE_DIR / ".git")}


def _memory() -> int | None:
    if not PROC.exists():
        return None
    return int((PROC / "statm").read_text().split()[1]) * resource.getpagesize()


def _commit(git: Path) -> str:
    """What HEAD points to, read from the files: an image for production has no git."""
    if git.is_file():  # a worktree's folder is elsewhere
        git = (git.parent / git.read_text().removeprefix("gitdir: ").strip()).resolve()
    if not (git / "HEAD").exists():
        return ""
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    common = git / "commondir"
    home = (git / common.read_text().strip()).resolve() if common.exists() else git
    if (home / name).exists():
        return (home / name).read_text().strip()
    packed = home / "packed-refs"
    lines = packed.read_text().splitlines() if packed.exists() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), "")
