"""The embedded PostgreSQL: a cluster that loses nothing when it is killed, and the application's two roles."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from config.services import interpreter, processes
from config.services.server import Server, plain_environment, reason
from config.services.state import APP, OWNER, Fault

# Given on the command line, so that neither the cluster's own files nor ALTER SYSTEM disagree with them unnoticed.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path has a limit of 107 bytes, which a deep checkout exceeds
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "4MB",
    "wal_level": "replica",
    # Until the first backup nothing is archived (`own_settings`); from then on every write is, within a minute.
    "archive_mode": "on",
    "archive_timeout": "60s",
    "wal_keep_size": "512MB",  # what is written while a base copy is taken must still be there at its end
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
ROLES = Path(__file__).with_name("roles.sql")


class Postgres(Server):
    title = "PostgreSQL"
    name = "postgres"
    stops_by: ClassVar[signal.Signals] = signal.SIGINT  # "fast": ends the sessions, then writes everything down
    stops_within: ClassVar[float] = 30.0

    @property
    def data(self) -> Path:
        return self.checkout.place / "postgres" / "data"

    def answers(self) -> bool:
        ready = self._run("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "2")
        return ready.returncode == 0

    @property
    def archive_settings(self) -> Path:
        """Where the archive's folder and key stand; archiving begins when the first backup writes this file."""
        return self.checkout.place / "postgres" / "archive.json"

    def command(self) -> list[str]:
        settings = SETTINGS | {"port": str(self.port), "cluster_name": self.marker} | self.own_settings()
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        return [str(self.programs.postgres / "postgres"), "-D", str(self.data), *options]

    def own_settings(self) -> dict[str, str]:
        """What this server adds to SETTINGS."""
        file = shlex.quote(str(self.archive_settings)).replace("%", "%%")
        store = self.archive_call("store", self.archive_settings)
        return {"archive_command": f'test ! -e {file} || exec {store} "%p" "%f"'}

    def archive_call(self, verb: str, settings: Path) -> str:
        """A call of config.services.archive as PostgreSQL's shell wants it; the files' names are still to come."""
        python = interpreter.of(self.checkout).command
        words = ["nice", "-n", "10", *python, "-m", "config.services.archive", verb, str(settings)]
        return shlex.join(words).replace("%", "%%")

    def prepare(self) -> None:
        if not self.data.exists():
            self.checkout.folder("postgres")
            self._initialise()
        self._forget_a_stranger()

    def up(self) -> str:
        """Start it if need be, and make sure of the roles and the database each time."""
        how = super().up()
        self._furnish()
        return how

    def _furnish(self) -> None:
        passwords = self.checkout.state.passwords
        # Over standard input: a command line can be read by every user of the machine.
        script = f"\\set owner_password {passwords[OWNER]}\n\\set app_password {passwords[APP]}\n" + ROLES.read_text()
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", "postgres")
        done = self._run("psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", *where, script=script)
        if done.returncode != 0:
            raise Fault(f"PostgreSQL runs, but its roles could not be made: {reason(done.stderr)}.")

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there whole: a killed start leaves no half of one."""
        print("Making the database cluster; this is done once.", flush=True)
        fresh = self.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        password = self._password_file()
        options = ["-A", "scram-sha-256", "--pwfile", str(password), "-E", "UTF8", "--locale=C", "--data-checksums"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        try:
            made = self._run("initdb", "-D", str(fresh), "-U", "postgres", *options, **self.as_account())
        finally:
            password.unlink()
        if made.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise Fault(f"The database cluster could not be made in {fresh.parent}: {reason(made.stderr)}.")
        fresh.rename(self.data)

    def _password_file(self) -> Path:
        """The superuser's password where only the servers' user reads it, in a folder that this user cannot change."""
        path = self.checkout.place / "password.new"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.checkout.state.passwords["postgres"] + "\n")
            if account := self.checkout.account:
                os.fchown(file.fileno(), account.uid, account.gid)
        return path

    def _forget_a_stranger(self) -> None:
        """Drop a lock file whose process number belongs to another program by now.

        PostgreSQL sees by itself that a number is free, but refuses to start over any other process of its user:
        after a restart of the machine that may well be another checkout's server, and in a container whose first
        process reaps no orphans it is the dead server itself. One that does work on this folder is left alone: two
        servers on one data folder destroy it.
        """
        lock = self.data / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError, ProcessLookupError):
            holder = int(lock.read_text().splitlines()[0])
            with suppress(PermissionError):
                os.kill(holder, 0)
            if str(self.data) not in processes.command_of(holder):
                lock.unlink()

    def _run(self, program: str, *arguments: str, script: str = "", **options: Any) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs, with the superuser's password at hand."""
        options.setdefault("env", plain_environment())
        options["env"]["PGPASSWORD"] = self.checkout.state.passwords["postgres"]
        command = [str(self.programs.postgres / program), *arguments]
        return subprocess.run(command, input=script, capture_output=True, text=True, check=False, **options)
