"""Errors and traces leave the house only where an address is set, and without anybody's data."""

import gzip
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import brotli
import pytest
from django.conf import settings

from config import reporting

UNPACK = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}
PLAIN = {"HTTPS": "false", "ALLOWED_HOSTS": "testserver", "DJANGO_SETTINGS_MODULE": "config.settings"}
PLANTED = ("hunter2-planted", "tok-planted-7f3a", "planted.person@mail.example")


@pytest.fixture
def collector():
    """A local server that takes whatever is posted to it; yields its port and what it got, unpacked."""
    got = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(UNPACK[self.headers.get("Content-Encoding")](body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            """Nobody reads them."""

    server = HTTPServer(("127.0.0.1", 0), Take)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1], got
    server.shutdown()
    thread.join()
    server.server_close()


def fail_once(**environment):
    """What is imported afterwards in a process that failed once."""
    done = subprocess.run(
        [sys.executable, "-m", "config.tests.reported"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "HTTPS": "false",
            "ALLOWED_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            **environment,
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_nothing_is_imported_where_no_address_is_set():
    assert fail_once() == "[]"


def test_an_error_reaches_sentry_without_anybody_s_data(collector):
    port, got = collector
    fail_once(SENTRY_DSN=f"http://key@127.0.0.1:{port}/1")
    (report,) = [body.decode() for body in got if b"RuntimeError" in body]
    assert '"function":"fail"' in report
    assert "from-the-edge-1" in report
    assert not [word for word in PLANTED if word in report]


def test_a_trace_reaches_the_collector_without_anybody_s_data(collector):
    port, got = collector
    fail_once(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
    (trace,) = [body for body in got if b"fail/<str:word>" in body]
    assert b"from-the-edge-1" in trace
    assert not [word for word in PLANTED if word.encode() in trace]


def test_an_address_without_its_package_is_refused_with_one_sentence(monkeypatch):
    monkeypatch.setitem(reporting.NEEDS, "SENTRY_DSN", ("no_such.package", "no-such-package==1"))
    assert reporting.missing("SENTRY_DSN") == (
        "SENTRY_DSN is set, but what it needs is not installed: .venv/bin/uv pip install no-such-package==1"
    )
