"""PostgreSQL goes away and comes back: 503 that says when to try again, then at most one error for each worker."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from rest_framework_simplejwt.tokens import AccessToken

from config.services import environment
from config.services.processes import marked
from config.tests.test_services import PLAIN
from monitoring.tests.web import SHOWN, web
from notifications.tests.broker import eventually
from staff.signin import ORGANISATION_KEY, ROW_KEY, VERSION_KEY

pytestmark = [pytest.mark.timeout(300)]

WORKERS = 2
COOKIE = {"Cookie": "session=nobody-has-this-session-key"}


class Postgres:
    """A PostgreSQL of the test's own, migrated and otherwise empty."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.up()
        self.urls = environment(root, {})
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=settings.BASE_DIR, env={**os.environ, **self.urls}, check=True)

    def services(self, *command: str) -> None:
        given = PLAIN | {"REDIS_URL": settings.REDIS_URL}
        whole = [sys.executable, "-m", "config.services", "--root", str(self.root), *command]
        subprocess.run(whole, cwd=settings.BASE_DIR, env=given, check=True, capture_output=True)

    def up(self) -> None:
        self.services("up")

    def kill(self) -> None:
        """SIGKILL every process of it, as if the machine had lost its power."""
        memory = json.loads((self.root / ".local" / "services.json").read_text())
        mark = f"{memory['identity']}-postgres"
        for pid in marked(mark):
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not marked(mark), within=10, what="PostgreSQL is gone")


@pytest.fixture(scope="module")
def postgres():
    root = Path(tempfile.mkdtemp(prefix="ace-outage-"))
    root.chmod(0o755)
    server = Postgres(root)
    yield server
    server.services("destroy", "--yes")
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def bearer():
    token = AccessToken()
    token["user_id"], token[ORGANISATION_KEY], token[ROW_KEY], token[VERSION_KEY] = "1", 1, 1, 0
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("pool", ["0", "4"])
def test_an_outage_is_503_and_a_restart_costs_each_worker_one_error_at_most(postgres, bearer, tmp_path, pool):
    postgres.up()
    given = {**postgres.urls, "SECRET_KEY": settings.SECRET_KEY, "DATABASE_POOL": pool}
    with web(tmp_path, REDIS_URL=settings.REDIS_URL, BROKER_URL=settings.BROKER_URL, **given) as server:

        def statuses(times: int) -> Counter[int]:
            found: Counter[int] = Counter()

            def ask() -> None:
                for _ in range(times // 8):
                    found[server.get("/", COOKIE)[0]] += 1
                    found[server.get("/api/v1/profile", bearer)[0]] += 1

            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return found

        assert set(statuses(32)) == {302, 401}
        postgres.kill()
        postgres.up()
        after = statuses(64)
        assert sum(count for status, count in after.items() if status >= 500) <= WORKERS
        assert not after[500]
        postgres.kill()
        page, api = server.answer("/", COOKIE), server.answer("/api/v1/profile", bearer)
        assert (page.status, api.status) == (503, 503)
        assert page.headers["Retry-After"] == api.headers["Retry-After"] == "5"
        assert b"Back in a few minutes" in page.body
        assert api.json["error"]["code"] == "unavailable"
        assert api.json["error"]["request_id"] == api.headers["X-Request-ID"]
        assert server.get("/login")[0] == 200
        assert b'acemall_source_up{source="postgresql"} 0.0' in server.get("/metrics", SHOWN)[1]
        assert not any(status == 500 for status in statuses(16))
        postgres.up()
        eventually(lambda: set(statuses(8)) == {302, 401}, within=5, what="everything is answered again")
        assert "Traceback" not in server.log.read_text()
