"""A real webhook on this machine, well-behaved or not; the mail server beside it is config/tests/mailbox.py."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook(ThreadingHTTPServer):
    """What a webhook received, and how it answers: a status, with a Location where it redirects."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        self.status, self.location = 204, ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?key=secret"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:  # http.server's name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    do_GET = do_POST  # noqa: N815  # a redirect that were followed would be seen

    def log_message(self, *_words: Any) -> None:
        """Silence."""


@contextmanager
def webhook(settings: Any) -> Iterator[Hook]:
    """An HTTP server that the product is set to call, by pytest's own settings."""
    hook = Hook()
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    settings.ALERT_WEBHOOK_URL, settings.ALLOW_PRIVATE_WEBHOOKS = hook.url, True
    try:
        yield hook
    finally:
        hook.shutdown()
        hook.server_close()
