"""Ends under work: what was begun is finished, and nobody notices that a web server was replaced."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from config import services
from deploy.checks.servers import ROOT, eventually, output_of, require
from deploy.checks.stage import NAMES, Answer, Site, leave_out, somebody

GRACE = 30.0  # seconds: stop_grace_period of web and workers
WORK = {"GET": ("/login", None), "POST": ("/schedule/", b"")}
HELD = 4.0  # seconds for which a table is locked, so that what needs it takes that long


def checks(site: Site) -> Iterator[str]:
    """A web server and a worker end under work; then both web servers are replaced under load."""
    yield web_answers_what_it_began(site)
    yield worker_finishes_its_task(site)
    yield readers_notice_no_crash(site)
    yield nobody_notices_a_roll(site)


def web_answers_what_it_began(site: Site) -> str:
    answers: list[Answer] = []
    body = b'{"email": "nobody@acemall.example", "password": "wrong"}'

    def sign_in() -> None:
        headers = {"Content-Type": "application/json", **somebody()}
        answers.append(site.past("web", "/api/v1/auth/login", headers, post=body))

    caller = threading.Thread(target=sign_in)
    with locked("staff_signin"):
        caller.start()
        time.sleep(1)
        require(not answers, "the request does not wait for the lock: this proves nothing")
        took = _end_beside("web", site)
        time.sleep(HELD - 1)
    caller.join(GRACE)
    require([answer.status for answer in answers] == [401], f"the request in progress got {answers}")
    seconds = took()
    require(seconds < GRACE, f"web took {seconds:.1f} s to end")
    restart(site, "web")
    return f"web, told to stop, answers a request of {HELD:.0f} s and ends {seconds:.1f} s after the signal"


def worker_finishes_its_task(site: Site) -> str:
    worker = next(server for server in site.servers if server.name == "worker")
    eventually(lambda: "ready" in worker.log.read_text() or _heard(site) is not None, within=90, what="worker is ready")
    with locked("monitoring_heartbeat"):
        before = time.time()
        send = "from monitoring.tasks import heartbeat; heartbeat.apply_async(args=('default',), queue='default')"
        output_of(sys.executable, "manage.py", "shell", "-v", "0", "-c", send, environment=worker.environment)
        time.sleep(1)
        took = _end_beside("worker", site)
        time.sleep(HELD - 1)
    seconds = took()
    require(seconds < GRACE, f"worker took {seconds:.1f} s to end")
    require(worker.process.returncode == 0, f"worker ended with {worker.process.returncode}")
    # It was written down after the lock, with the time at which the task began.
    require((_heard(site) or 0) > before, "the task that had begun was not finished")
    worker.start()
    return f"worker, told to stop, finishes its task and ends {seconds:.1f} s after the signal"


def readers_notice_no_crash(site: Site) -> str:
    """A web server is killed: what was asked of it is asked of the other one."""
    with asking(site, "GET", "GET", "GET") as seen:
        time.sleep(1)
        site.web["web"].kill()
        time.sleep(3)
        restart(site, "web")
    require(set(seen) == {("GET", 200)}, f"reads failed beside a killed web server: {dict(seen)}")
    return f"one web server killed: {seen.total()} reads, none failed"


def nobody_notices_a_roll(site: Site) -> str:
    """Each web server is left out, ended and started again, as deploy/roll does it, while people read and write."""
    with asking(site, "GET", "GET", "POST", "POST") as seen:
        for name in NAMES:
            leave_out(site, name)
            site.web[name].end(within=GRACE)
            restart(site, name)
            leave_out(site, "nobody")
            time.sleep(1)
    # Without a CSRF token the product's own answer to a write is 403.
    require(set(seen) == {("GET", 200), ("POST", 403)}, f"requests failed during the roll: {dict(seen)}")
    require(seen.total() > 100, f"only {seen.total()} requests were asked")
    return f"both web servers replaced under load: {seen.total()} reads and writes, none failed"


def restart(site: Site, name: str) -> None:
    site.web[name].start()
    eventually(lambda: site.answers(name), within=90, what=f"{name} answers again")


@contextmanager
def asking(site: Site, *methods: str) -> Iterator[Counter[tuple[str, object]]]:
    """Somebody for each method asks again and again; what they were answered, counted."""
    seen: Counter[tuple[str, object]] = Counter()
    stop = threading.Event()

    def ask(method: str) -> None:
        until = time.monotonic() + 300
        while not stop.wait(0.03) and time.monotonic() < until:
            try:
                path, post = WORK[method]
                answer: object = site.through("tls", path, post=post).status
            except OSError as error:
                answer = repr(error)
            seen[method, answer] += 1

    people = [threading.Thread(target=ask, args=(method,)) for method in methods]
    for person in people:
        person.start()
    try:
        yield seen
    finally:
        stop.set()
        for person in people:
            person.join()


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Nobody else reads or writes the table within the block."""
    with psycopg.connect(services.environment(ROOT)["DATABASE_OWNER_URL"]) as owner, owner.transaction():
        owner.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def _end_beside(name: str, site: Site) -> Callable[[], float]:
    """Tell a server to stop without waiting; the answer waits, and says how many seconds it took."""
    server = next(server for server in site.servers if server.name == name)
    took: list[float] = []
    ending = threading.Thread(target=lambda: took.append(server.end(within=GRACE + 30)))
    ending.start()

    def seconds() -> float:
        ending.join()
        require(took, f"{name} did not end within {GRACE + 30:g} s")
        return took[0]

    return seconds


def _heard(site: Site) -> float | None:
    """When a task of the queue `default` was last consumed."""
    with psycopg.connect(site.environment["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT extract(epoch FROM at) FROM monitoring_heartbeat WHERE name = 'default'"
        ).fetchone()
    return float(row[0]) if row else None
