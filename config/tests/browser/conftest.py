"""A real Chromium against a real server: granian, a Celery worker, the demo data, nothing in between."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from config import testing

PASSWORD = "Ace-demo-2026"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Product:
    """The running product: where it answers."""

    url: str


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; without one the tests are skipped, and fail where REQUIRE_BROWSER is set."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )
    if not found:
        say = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
        say("No Chromium on this machine: install one (apt-get install chromium) to run the browser tests.")
    return found


# Of the package, not of the session: while Playwright is there, Django takes the whole worker for asynchronous.
@pytest.fixture(scope="package")
def product(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product on the demo data, started once for all browser tests."""
    database, port, logs = testing.database_for("browser"), _free_port(), tmp_path_factory.mktemp("logs")
    env = {
        **os.environ,
        **testing.urls_of(database),
        # `make load`, which has a test too, empties number 14, and `make bench` 15.
        "REDIS_URL": settings.REDIS_URL.rsplit("/", 1)[0] + "/12",
        "BROKER_URL": settings.BROKER_URL.rsplit("/", 1)[0] + "/13",
        "SECRET_KEY": settings.SECRET_KEY,
        "HTTPS": "false",
    }
    _empty_redis(env)
    with testing.as_owner(database) as owner:
        testing.remove_organisations(owner)  # the demo brings its own
    subprocess.run(
        [sys.executable, "manage.py", "demo"], cwd=settings.BASE_DIR, env=env, check=True, stdout=subprocess.DEVNULL
    )
    web = ["granian", "--interface", "wsgi", "--port", str(port), "--workers", "1", "config.wsgi:application"]
    worker = ["celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "WARNING"]
    running = [_start(command, env, logs / f"{command[0]}.log") for command in (web, worker)]
    try:
        yield Product(_wait_for(f"http://127.0.0.1:{port}", logs))
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)
        testing.drop_database(database)


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


class Visit:
    """One person at one screen: a signed-in page that remembers every console error."""

    def __init__(self, product: Product, context: BrowserContext) -> None:
        self.product, self.context = product, context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.faults: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def go(self, path: str) -> Page:
        self.page.goto(self.product.url + path)
        return self.page

    def sign_in(self, who: str) -> Page:
        """Sign in at the login page with a demo login: "cashier", or with its domain."""
        page = self.go("/login")
        page.get_by_label("E-mail").fill(who if "@" in who else f"{who}@acemall.example")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(self.product.url + "/")
        return page


@pytest.fixture
def visit(product: Product, browser: Browser) -> Iterator[object]:
    """A function that opens a browser window: visit("cashier", NARROW, theme="dark")."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def enter(who: str = "", viewport: dict[str, int] = WIDE, theme: str = "light", **options: object) -> Visit:
        context = browser.new_context(viewport=viewport, color_scheme=theme, has_touch=viewport is NARROW, **options)
        contexts.append(context)
        visits.append(Visit(product, context))
        if who:
            visits[-1].sign_in(who)
        return visits[-1]

    yield enter
    for context in contexts:
        context.close()
    assert not [fault for one in visits for fault in one.faults], "The browser's console shows errors."


def _start(command: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    program = Path(sys.executable).with_name(command[0])
    with log.open("wb") as out:
        return subprocess.Popen([program, *command[1:]], cwd=settings.BASE_DIR, env=env, stdout=out, stderr=out)


def _wait_for(url: str, logs: Path) -> str:
    for _ in range(150):
        try:
            with urllib.request.urlopen(url + "/login", timeout=2):
                return url
        except OSError:
            time.sleep(0.2)
    raise RuntimeError((logs / "granian.log").read_text()[-2000:])


def _empty_redis(env: dict[str, str]) -> None:
    import redis

    for name in ("REDIS_URL", "BROKER_URL"):
        redis.Redis.from_url(env[name]).flushdb()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
