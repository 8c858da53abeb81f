"""The server that is backed up, and how to log in to it as a role that may read everything."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from config.services import state as memory
from config.services.checkout import Account, Checkout, local_folder
from config.services.postgres import Postgres
from config.services.programs import Programs, programs
from config.services.sealed import CHUNK
from config.services.server import plain_environment, reason
from config.services.state import DATABASE, Fault


@dataclass(frozen=True)
class Source:
    """Where a server listens, whom to log in as, and PostgreSQL's programs.

    `server` is the embedded one, whose files are ours; None when the server was given by its address.
    """

    host: str
    port: int
    user: str
    password: str
    database: str
    programs: Path
    server: Postgres | None = None

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """A connection that commits each statement by itself."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=self.database,
            autocommit=True,
            application_name="backup",
            **options,
        )

    def output_of(self, program: str, *arguments: str) -> Iterator[bytes]:
        """What one of PostgreSQL's programs writes, piece by piece; raises Fault when it fails, at the end."""
        command, environment = self.command(program, *arguments)
        with (
            tempfile.TemporaryFile() as log,
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log) as process,
        ):
            try:
                while process.stdout and (piece := process.stdout.read(CHUNK)):
                    yield piece
            except BaseException:  # whoever reads has given up, and nobody waits for the rest
                process.kill()
                raise
            if process.wait() != 0:
                log.seek(0)
                raise Fault(f"{program} failed: {reason(log.read().decode(errors='replace'))}.")

    def command(self, program: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
        """How one of PostgreSQL's programs is called to log in here, and with which environment."""
        where = ["-h", self.host, "-p", str(self.port), "-U", self.user, "-w"]
        environment = plain_environment() | {"PGPASSWORD": self.password, "PGAPPNAME": "backup"}
        return [str(self.programs / program), *where, *arguments], environment


def checkout_of(root: Path) -> tuple[Checkout, Programs]:
    """The checkout whose folder scratch servers use, with the programs they run."""
    local_folder(root)
    state = memory.read(root)
    checkout = Checkout(root, state, Account.needed()) if state else Checkout.open(root)
    return checkout, programs(checkout)


def embedded(root: Path) -> Source:
    """The embedded server of a checkout, as its superuser: row-level security shows rows to nobody less."""
    checkout, found = checkout_of(root)
    if "postgres" not in checkout.state.ports:
        raise Fault("The embedded PostgreSQL was never started here; `make run` starts it.")
    server = Postgres(checkout, found)
    password = checkout.state.passwords["postgres"]
    return Source("127.0.0.1", server.port, "postgres", password, DATABASE, found.postgres, server)
