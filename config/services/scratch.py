"""A second PostgreSQL on a data folder of its own: where a backup is brought back to life."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import ClassVar

from config.services import processes
from config.services.archive import SPEAKING
from config.services.checkout import Checkout
from config.services.postgres import Postgres
from config.services.programs import Programs
from config.services.server import reason
from config.services.state import Fault

USER = "postgres"


class Scratch(Postgres):
    """Recovers a data folder from a base backup and the WAL archive, and serves it on a free port of 127.0.0.1.

    `folder` holds everything of it: data, log, the archive's settings. `lasting` is for data that will be served
    afterwards: it is flushed to the disk, which a server that is thrown away has no need of.
    """

    title = "The scratch server"
    starts_within: ClassVar[float] = 4 * 3600.0  # it may have a week of WAL to replay
    slow_because: ClassVar[str] = "it replays the WAL"

    def __init__(self, checkout: Checkout, programs: Programs, folder: Path, *, lasting: bool = False) -> None:
        super().__init__(checkout, programs)
        self.folder, self.lasting = folder, lasting
        self.name = f"scratch-{secrets.token_hex(4)}"
        self.password = secrets.token_urlsafe(24)
        self.recovery: dict[str, str] = {}
        self._port = 0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def port(self) -> int:
        return self._port

    @property
    def archive_settings(self) -> Path:
        return self.folder / "archive.json"

    def own_settings(self) -> dict[str, str]:
        quick = {} if self.lasting else {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        # A server that recovers must never archive: it would write another history into the archive.
        # Nobody is let in before it has recovered, so that an answer means it is there.
        own = {"archive_mode": "off", "archive_command": "", "hot_standby": "off", "autovacuum": "off"}
        return {**quick, **own, "shared_preload_libraries": "", **self.recovery}

    def recover(self, **target: str) -> None:
        """Replay the archive up to a target, as `recovery_target_name` or `_time`, or to its end; then stop.

        Raises Fault with PostgreSQL's reason when the target cannot be reached.
        """
        fetch = self.archive_call("fetch", self.archive_settings)
        action = {"recovery_target_action": "promote"} if target else {}
        self.recovery = {"restore_command": f'exec {fetch} "%f" "%p"', **target, **action}
        signal = self.data / "recovery.signal"
        signal.touch(mode=0o600)
        self.own(signal)
        try:
            self.serve()
        finally:
            self.down()
            self.recovery = {}

    def serve(self) -> None:
        """Start it without making roles or databases: what is there came from the backup."""
        self._port = processes.free_port({*self.checkout.state.ports.values()})
        self._forget_a_stranger()
        self._start()

    def fault(self, output: str) -> Fault:
        """Why the backup did not come to life; its log goes with it, so the sentence has to say everything."""
        lines = [line for line in output.splitlines() if "the database system is " not in line]
        ours = [line.partition(SPEAKING)[2] for line in lines if SPEAKING in line]
        return Fault(f"The recovery failed: {(ours[-1] if ours else reason(chr(10).join(lines))).rstrip('.')}.")

    def set_passwords(self, passwords: dict[str, str]) -> None:
        """Give roles new passwords without knowing any."""
        script = "\n".join(f"ALTER ROLE {role} PASSWORD '{password}'" for role, password in passwords.items())
        self.execute(script, "have new passwords")

    def execute(self, script: str, aim: str) -> None:
        """Run statements, one a line, in single-user mode, while the server stands still. Raises Fault."""
        command = [str(self.programs.postgres / "postgres"), "--single", "-D", str(self.data), USER]
        settings = self.own_settings() | {"archive_mode": "off"}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        done = subprocess.run(
            [*command[:-1], *options, command[-1]],
            input=script + "\n",
            capture_output=True,
            text=True,
            check=False,
            **self.as_account(),
        )
        if done.returncode != 0 or "ERROR" in done.stderr:
            raise Fault(f"What was restored could not {aim}: {reason(done.stderr)}.")

    def remove(self) -> None:
        """Stop it, with force if need be, and remove its folder."""
        self.down()
        shutil.rmtree(self.folder, ignore_errors=False)

    def own(self, path: Path) -> None:
        """Give a file to the servers' user."""
        if account := self.checkout.account:
            os.chown(path, account.uid, account.gid)
