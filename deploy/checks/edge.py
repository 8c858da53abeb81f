"""nginx in front of the two web servers: what it believes, what it refuses, what it survives."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial

from deploy.checks.servers import ROOT, eventually, free_port, require
from deploy.checks.stage import TOKEN, Answer, Site

HALF_OPEN = 1000
MEGABYTE = 1024 * 1024
# Anonymous requests to the API are counted by address: how many are left says whom the product took them for.
COUNTED = "/api/v1/branches"


def checks(site: Site) -> Iterator[str]:
    """All of them, the gentle ones first."""
    for check in (sends_people_to_https, believes_nobody, believes_the_proxy_before_it, keeps_the_id, hides_figures):
        yield check(site)
    yield tells_who_is_well(site)
    for check in (refuses_large_bodies, compresses, keeps_static_files, survives_half_open_connections):
        yield check(site)


def sends_people_to_https(site: Site) -> str:
    answer = site.past("redirect", "/schedule/?week=1", {"Host": "staff.shop.example"})
    found = answer.status, answer.headers["Location"]
    require(found == (308, "https://staff.shop.example/schedule/?week=1"), f"plain HTTP is answered {found}")
    page = site.through("tls", "/login")
    require(page.status == 200, f"https is answered {page.status}")
    require("Strict-Transport-Security" in page.headers, "no HSTS")
    require("__Host-csrf" in (page.headers["Set-Cookie"] or ""), "the product does not know that it was https")
    return "plain HTTP goes to https; the product knows that it was https"


def believes_nobody(site: Site) -> str:
    """A header that names another address each time must not bring a fresh allowance each time."""
    trick = [{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.{n}"} for n in range(1, 7)]
    # The proof that it would be seen: past nginx, from an address that is trusted, the same header counts.
    control = {_left(site.past("web", COUNTED, headers)) for headers in trick}
    require(len(control) == 1, f"without nginx the header does not count either ({control}): this proves nothing")
    for more in (
        {},
        {"Forwarded": "for=203.0.113.1"},
        {"X-Real-IP": "203.0.113.1"},
        {"X_Forwarded_For": "203.0.113.1"},
    ):
        left = [_left(site.through("tls", COUNTED, {**headers, **more})) for headers in trick]
        require(left == sorted(left, reverse=True) and left[0] > left[-1], f"spoofed addresses are believed: {left}")
    return "a spoofed X-Forwarded-For, Forwarded or X-Real-IP brings no fresh allowance"


def believes_the_proxy_before_it(site: Site) -> str:
    """Behind another proxy the last address is the client's, and what stands left of it the client's own invention."""
    one = [_left(site.through("plain", COUNTED, {"X-Forwarded-For": f"203.0.113.{n}, 192.0.2.7"})) for n in range(1, 6)]
    require(one[0] > one[-1], f"one client is taken for many: {one}")
    other = _left(site.through("plain", COUNTED, {"X-Forwarded-For": "192.0.2.8"}))
    require(other > one[-1], f"two clients are taken for one: {other} after {one}")
    return "behind another proxy the last address counts, and only that"


def _left(answer: Answer) -> int:
    return int(answer.headers["RateLimit-Remaining"])


def keeps_the_id(site: Site) -> str:
    for given, kept in (("shop-4711.abc", True), ("short", False), ("x" * 65, False), ("a b c d e f g", False)):
        ids = site.through("tls", COUNTED, {"X-Request-ID": given}).headers.get_all("X-Request-ID") or []
        require(len(ids) == 1, f"{len(ids)} ids on an answer")
        require((ids[0] == given) is kept, f"the id {given} comes back as {ids[0]}")
    return "a harmless X-Request-ID goes along, any other is replaced, and an answer has one"


def hides_figures(site: Site) -> str:
    shown = {"Authorization": f"Bearer {TOKEN}"}
    for path in (
        "/metrics",
        "//metrics",
        "/%6detrics",
        "/./metrics",
        "/health/detailed",
        "/health/metrics",
        "/health/workers",
    ):
        for edge in ("tls", "plain"):
            status = site.through(edge, path, shown).status
            require(status == 404, f"{path} is answered {status} through nginx")
    require(site.past("web", "/metrics", shown).status == 200, "the token does not open /metrics inside either")
    return "/metrics and the inner health pages are 404 from outside, with the token too"


def tells_who_is_well(site: Site) -> str:
    """The containers' own health checks, and the health paths that a balancer outside may ask."""
    kinds = {"web": ["web"], "worker": ["worker", "quick"], "slow": ["worker", "slow"], "beat": ["beat"]}
    for name, words in kinds.items():
        server = next(server for server in site.servers if server.name == name)
        eventually(
            partial(_is_well, words, server.environment), within=120, what=f"deploy/healthcheck {words} is content"
        )
    require(
        not _is_well(["web"], {**site.environment, "PORT": str(free_port())}), "a web server that is not there is well"
    )
    require(not _is_well(["worker", "nobody"], site.environment), "a worker that is not there is well")
    for path in ("/health/live", "/health/ready", "/health/version"):
        status = site.through("tls", path).status
        require(status == 200, f"{path} is answered {status} through nginx")
    return "each container's health check says yes, and no for what is not there; the public health paths answer"


def _is_well(words: list[str], environment: Mapping[str, str]) -> bool:
    check = [sys.executable, "deploy/healthcheck", *words]
    return subprocess.run(check, cwd=ROOT, env=environment, capture_output=True, check=False).returncode == 0


def refuses_large_bodies(site: Site) -> str:
    body = b"x" * (6 * MEGABYTE + 1)
    answer = site.through("tls", "/api/v1/auth/login", {"Content-Type": "application/json"}, post=body)
    require(answer.status == 413, f"an oversized body is answered {answer.status}")
    error = answer.json["error"]
    require(set(error) == {"code", "message", "fields", "request_id"}, f"not the API's shape: {error}")
    require(error["request_id"] == answer.headers["X-Request-ID"], "the id in the body is not the answer's")
    page = site.through("tls", "/login", post=body)
    require(page.status == 413 and b"<h1>Too large</h1>" in page.body, f"a page is answered {page.status}")
    fits = site.through("tls", "/api/v1/staff/import", post=b"x" * (7 * MEGABYTE))
    require(fits.status != 413 or b"edge" not in fits.body, "an import of 7 MB does not reach the product")
    return "6 MB and a byte are 413, as JSON under /api/ and as a page elsewhere; an import may be larger"


def compresses(site: Site) -> str:
    answer = site.through("tls", "/login", {"Accept-Encoding": "gzip"})
    require(answer.headers["Content-Encoding"] == "gzip", "a page is not compressed")
    return "pages are compressed"


def keeps_static_files(site: Site) -> str:
    """A page's style sheets come through, and what the product says of how long they last comes along."""
    for edge in ("tls", "plain"):
        answer = site.through(edge, "/static/favicon.svg")
        require(
            answer.status == 200 and "max-age" in (answer.headers["Cache-Control"] or ""), f"static: {answer.status}"
        )
    return "static files come through with the product's own Cache-Control"


def survives_half_open_connections(site: Site) -> str:
    """1,000 connections that never finish: half in the header, half in the body; meanwhile people are served."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    port, waits = site.ports["plain"], []
    header = b"GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    body = (
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.66\r\nContent-Length: 1000\r\n\r\nemail="
    )
    held = []
    try:
        for number in range(HALF_OPEN):
            connection = socket.create_connection(("127.0.0.1", port), timeout=10)
            connection.sendall(header if number % 2 else body)
            held.append(connection)
        for _ in range(20):
            begun = time.monotonic()
            status = site.through("plain", "/login", {"X-Forwarded-For": "192.0.2.9"}).status
            require(status == 200, f"with {HALF_OPEN} half-open connections a page is answered {status}")
            waits.append(time.monotonic() - begun)
        closed = _closed(held, within=20)
        require(closed == HALF_OPEN, f"only {closed} of {HALF_OPEN} half-open connections were cut off")
    finally:
        for connection in held:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return f"{HALF_OPEN} half-open connections are cut off; meanwhile a page takes {1000 * max(waits):.0f} ms at most"


def _closed(connections: list[socket.socket], *, within: float) -> int:
    """How many the other side has ended by then; what it says before that is read and dropped."""
    until, open_ = time.monotonic() + within, list(connections)
    for connection in open_:
        connection.setblocking(False)
    while open_ and time.monotonic() < until:
        time.sleep(0.2)
        open_ = [connection for connection in open_ if not _has_ended(connection)]
    return len(connections) - len(open_)


def _has_ended(connection: socket.socket) -> bool:
    try:
        while data := connection.recv(65536):
            del data
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
