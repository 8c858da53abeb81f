"""A checkout with an embedded PostgreSQL of its own, a vault and uploaded files: what tests of backups break."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from monitoring.backups import making, verifying
from monitoring.backups.manifest import Manifest, Verdict
from monitoring.backups.plan import Plan
from monitoring.backups.progress import Progress
from monitoring.backups.vault import Entry, Vault

HOME = Path(__file__).resolve().parents[2]
GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "BROKER_URL", "SECRET_KEY")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in GIVEN} | {"REDIS_URL": "redis://none"}


@dataclass(frozen=True)
class House:
    """Where it all is."""

    root: Path
    plan: Plan

    @property
    def vault(self) -> Vault:
        return self.plan.vault

    def connect(self) -> psycopg.Connection:
        return self.plan.source.connect()

    def ask(self, query: str) -> list[tuple]:
        with self.connect() as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def services(self, *command: str) -> None:
        call = [sys.executable, "-m", "config.services", "--root", str(self.root), *command]
        subprocess.run(call, cwd=HOME, env=ENVIRONMENT, check=True, capture_output=True, timeout=120)

    def back_up(self) -> Manifest:
        source = self.plan.source
        with self.vault.locked("a test"):
            making.begin_archiving(source, source.server, self.vault, self.plan.key)
            return making.make(source, self.vault, self.plan.uploads, quiet(), at=moment())

    def verify(self, entry: Entry, vault: Vault | None = None) -> Verdict:
        return verifying.verify(entry, vault or self.vault, self.plan.place, self.plan.key, quiet(), at=moment())


@contextmanager
def house() -> Iterator[House]:
    """One that every user may enter, unlike pytest's own folders; removed with its server afterwards."""
    root = Path(tempfile.mkdtemp(prefix="ace backups ")).resolve()
    root.chmod(0o755)
    (root / "media" / "staff").mkdir(parents=True)
    (root / "media" / "staff" / "cv of Ada.pdf").write_bytes(b"%PDF-1.7 " + secrets.token_bytes(3000))
    made = House(root, Plan(root, root / "media", secrets.token_urlsafe(32), to=root / "vault"))
    try:
        made.services("up")
        made.ask("CREATE TABLE django_migrations (app text, name text)")
        made.ask("INSERT INTO django_migrations VALUES ('staff', '0001_people')")
        made.ask("CREATE TABLE branch (id int PRIMARY KEY, name text CHECK (name <> ''))")
        made.ask("CREATE TABLE note (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, branch int REFERENCES branch)")
        made.ask("INSERT INTO branch SELECT n, 'Branch ' || n FROM generate_series(1, 2000) n")
        made.ask("INSERT INTO note (branch) SELECT id FROM branch")
        yield made
    finally:
        made.services("destroy", "--yes")
        shutil.rmtree(root)


def moment() -> datetime:
    return datetime.now(UTC)


def quiet() -> Progress:
    return Progress(io.StringIO())
