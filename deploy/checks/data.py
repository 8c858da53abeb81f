"""PostgreSQL and Valkey as the containers start them, from nothing to a migrated database."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

from config.services.checkout import Account, Checkout
from config.services.programs import programs
from config.tests.deployment import compose, example, values
from deploy.checks.servers import ROOT, Server, ended_at_last, eventually, free_port, output_of, require

FILES = ROOT / "deploy" / "postgres"
WANTED = {"max_connections": "400", "shared_buffers": "256MB", "work_mem": "4MB", "archive_mode": "on"}
POLICIES = {"cache": ("allkeys-lru", "no"), "broker": ("noeviction", "yes")}


def checks() -> Iterator[str]:
    """A new PostgreSQL gets roles, tables and an archive; both Valkey servers keep what they should."""
    product, alone = (values(part) for part in example())
    services = compose({**product, **alone})["services"]
    checkout = Checkout.open(ROOT)
    found = programs(checkout)
    with place(checkout.account) as folder, ended_at_last([]) as servers:
        cluster = Cluster(folder, found.postgres, checkout.account, free_port())
        cluster.make(services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"])
        servers.append(cluster.begin())
        yield from _postgresql(cluster)
        for name in POLICIES:
            yield _valkey(name, services[name]["command"], folder, found.valkey, servers)


@contextmanager
def place(account: Account | None) -> Iterator[Path]:
    """A folder that the servers' user may enter; /var/tmp, because /tmp may be held in memory."""
    folder = Path(tempfile.mkdtemp(prefix="deploy-check-", dir="/var/tmp"))
    if account:
        os.chown(folder, account.uid, account.gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL of this check's own, set by deploy/postgres."""

    folder: Path
    programs: Path
    account: Account | None
    port: int
    password: str = secrets.token_urlsafe(12)

    def make(self, arguments: str) -> None:
        """initdb as the image does it, and our files beside, changed in nothing but paths and the port."""
        (self.folder / "password").write_text(self.password)
        (self.folder / "wal").mkdir()
        shutil.copy(FILES / "archive-wal", self.folder)
        text = (FILES / "postgresql.conf").read_text()
        here = f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''"
        for old, new in {"listen_addresses = '*'": here, "/usr/local/bin/": f"{self.folder}/"}.items():
            require(old in text, f"postgresql.conf no longer says {old}; mend deploy/checks/data.py")
            text = text.replace(old, new)
        (self.folder / "postgresql.conf").write_text(text)
        for path in self.folder.iterdir():
            if self.account:
                os.chown(path, self.account.uid, self.account.gid)
        initdb: list[str | Path] = [
            self.programs / "initdb",
            "-D",
            self.folder / "data",
            "-U",
            "postgres",
            "--auth-local=scram-sha-256",
        ]
        subprocess.run(
            [*initdb, f"--pwfile={self.folder / 'password'}", *shlex.split(arguments)],
            check=True,
            capture_output=True,
            cwd="/",
            **self._as_account(),
        )

    def begin(self) -> Server:
        command: list[str | Path] = [
            self.programs / "postgres",
            "-D",
            self.folder / "data",
            "-c",
            f"config_file={self.folder}/postgresql.conf",
        ]
        with_wal = {"WAL_FOLDER": str(self.folder / "wal")}
        return Server("postgres", command, self.folder, with_wal, cwd=Path("/"), account=self.account)

    def url(self, role: str, database: str = "acemall", password: str = "") -> str:
        return f"postgresql://{role}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres", "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_account(self) -> dict[str, Any]:
        return {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if self.account else {}


def _postgresql(cluster: Cluster) -> Iterator[str]:
    eventually(cluster.answers, within=60, what="PostgreSQL answers")
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as superuser:
        seen = {name: str(superuser.execute(f"SHOW {name}").fetchone()[0]) for name in WANTED}  # type: ignore[index]
        require(seen == WANTED, f"PostgreSQL is set as {seen}")
        yield "PostgreSQL starts with deploy/postgres/postgresql.conf and the contract's sizes"
        environment = _roles(cluster)
        output_of(sys.executable, "manage.py", "migrate", "--verbosity", "0", environment=environment)
        yield "roles.sh makes the roles and the database; the owner migrates it, and is no superuser"
        output_of(sys.executable, "manage.py", "backup", environment=environment)
        yield "manage.py backup, as the role for backups"
        superuser.execute("SELECT pg_switch_wal()")
        archived = eventually(
            lambda: list((cluster.folder / "wal").glob("*.gz")), within=30, what="a segment is archived"
        )
        failed = superuser.execute("SELECT failed_count FROM pg_stat_archiver").fetchone()
        require(failed == (0,), f"archiving failed {failed} times")
    yield f"a finished segment is in the archive, {archived[0].stat().st_size // 1024} KB of 16 MB"


def _roles(cluster: Cluster) -> dict[str, str]:
    """Run roles.sh as the image would; returns the environment of the product on this database."""
    urls = {
        "DATABASE_URL": cluster.url("acemall_app", password="for-the-app"),
        "DATABASE_OWNER_URL": cluster.url("acemall_owner", password="for-the-owner"),
        "BACKUP_DATABASE_URL": cluster.url("acemall_backup", password="for-backups"),
        "BACKUP_KEY": secrets.token_hex(32),
        "BACKUP_TO": str(cluster.folder / "backups"),
    }
    login = {"PGHOST": "127.0.0.1", "PGPORT": str(cluster.port), "PGPASSWORD": cluster.password}
    path = f"{cluster.programs}{os.pathsep}{os.environ['PATH']}"
    script = str(ROOT / "config" / "services" / "roles.sql")
    output_of("bash", FILES / "roles.sh", environment={**urls, **login, "PATH": path, "ROLES": script})
    with psycopg.connect(urls["DATABASE_OWNER_URL"]) as owner:
        powers = owner.execute(
            "SELECT bool_or(rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname IN ('acemall_app', 'acemall_owner')"
        )
        require(powers.fetchone() == (False,), "a role of the product sees through row-level security")
    return {**os.environ, **urls, "SECRET_KEY": "of-the-check", "REDIS_URL": "redis://127.0.0.1:1/0"}


def _valkey(name: str, command: list[str], folder: Path, program: Path, servers: list[Server]) -> str:
    """Start it by deploy/valkey, with the arguments that docker-compose.yml gives."""
    port, data = free_port(), folder / name
    data.mkdir()
    binaries = folder / "bin"
    binaries.mkdir(exist_ok=True)
    if not (binaries / "valkey-server").exists():
        (binaries / "valkey-server").symlink_to(program)
    url = f"redis://:for-{name}@127.0.0.1:{port}/0"
    arguments = f"{command[0]} --port {port} --bind 127.0.0.1"
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    servers.append(
        Server(name, ["sh", "deploy/valkey", arguments], folder, {"URL": url, "DATA": str(data), "PATH": path})
    )
    client: Any = redis.Redis.from_url(url, decode_responses=True)
    eventually(lambda: _answers(client), within=20, what=f"{name} answers")
    said = client.config_get("maxmemory-policy", "appendonly")
    policy, kept = POLICIES[name]
    require(said == {"maxmemory-policy": policy, "appendonly": kept}, f"{name} is set as {said}")
    stranger = redis.Redis(port=port, password="guess")
    try:
        stranger.ping()
    except redis.AuthenticationError:
        return f"{name} starts by deploy/valkey: {policy}, append-only file {kept}, closed without the password"
    finally:
        client.close()
        stranger.close()
    require(False, f"{name} lets in whoever guesses")
    return ""


def _answers(client: Any) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
