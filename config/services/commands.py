"""What `python -m config.services` does: up, down, status, destroy."""

from __future__ import annotations

import sys
from pathlib import Path

from config.services import state as memory
from config.services.checkout import Account, Checkout, locked, remove
from config.services.postgres import Postgres
from config.services.programs import Programs, programs
from config.services.server import Server
from config.services.state import REPLACED_BY, State, replaced
from config.services.valkey import Valkey

NOT_RUNNING = 3  # as of `systemctl status`


def up(root: Path) -> None:
    """Start what the environment does not replace, and make sure of roles and databases; quick when all runs."""
    with locked(root):
        checkout = Checkout.open(root)
        wanted = [name for name in REPLACED_BY if not replaced(name)]
        for server in _servers(checkout, programs(checkout)) if wanted else ():
            if server.name in wanted:
                how = server.up()
                print(f"{server.title} {how} on 127.0.0.1:{server.port}.", flush=True)
        for name in sorted(set(REPLACED_BY) - set(wanted)):
            print(f"{name}: not started, {replaced(name)} is set.", flush=True)


def down(root: Path) -> None:
    """Stop all embedded servers of this checkout; their data stays."""
    if not (root / ".local").exists():
        return
    with locked(root):
        stopped = [server.title for server in _remembered(root) if server.down()]
    print(f"Stopped {', '.join(stopped)}." if stopped else "No embedded server was running.")


def status(root: Path) -> int:
    """One line for each server; the exit code is 0 when every server that is not replaced runs."""
    servers = {server.name: server for server in _remembered(root)}
    missing = False
    for name in REPLACED_BY:
        server = servers.get(name)
        process = server.process() if server else None
        if variable := replaced(name):
            line = f"replaced by {variable}"
        elif server and process:
            line = f"127.0.0.1:{server.port}  process {process}  log {server.log}"
        else:
            line, missing = "stopped", True
        print(f"{name:<10}{line}")
    return NOT_RUNNING if missing else 0


def destroy(root: Path, *, agreed: bool) -> int:
    """Stop the servers and remove their data, after asking; 1 when the answer was no."""
    if not (root / ".local").exists():
        print("There is nothing to remove.")
        return 0
    if not agreed and not _asked(root):
        print("Nothing was removed.", file=sys.stderr)
        return 1
    with locked(root):
        checkout = _checkout(root)
        for server in _remembered(root):
            server.down()
        remove(root, checkout.place if checkout else None)
    print("Removed the embedded servers and their data.")
    return 0


def _asked(root: Path) -> bool:
    print(
        f"This removes the database, the queue and the logs of {root} for good. Type yes to go on: ", end="", flush=True
    )
    return sys.stdin.readline().strip().lower() == "yes"


def _servers(checkout: Checkout, found: Programs) -> list[Server]:
    return [Postgres(checkout, found), Valkey("cache", checkout, found), Valkey("broker", checkout, found)]


def _checkout(root: Path) -> Checkout | None:
    """The checkout as it is remembered, changing nothing."""
    state: State | None = memory.read(root)
    return None if state is None else Checkout(root, state, Account.needed())


def _remembered(root: Path) -> list[Server]:
    """The servers that were started here at least once; stopping them needs none of their programs."""
    checkout = _checkout(root)
    if checkout is None:
        return []
    nowhere = Programs(Path(), Path())
    return [server for server in _servers(checkout, nowhere) if server.name in checkout.state.ports]
