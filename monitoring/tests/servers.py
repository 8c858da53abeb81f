"""A real mail server and a real webhook on this machine, well-behaved or not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from notifications.tests.broker import free_port


class Mailbox:
    """What a mail server took, and what it answers next: None for yes, else its refusal."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.answer: str | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        if self.answer:
            return self.answer
        self.letters.append(message_from_bytes(envelope.content))
        return "250 OK"


@contextmanager
def mail_server(settings: Any) -> Iterator[Mailbox]:
    """An SMTP server that the product is set to, by pytest's own settings."""
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    # Django's test runner would keep letters in memory.
    backend = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_BACKEND = "127.0.0.1", port, backend
    try:
        yield mailbox
    finally:
        controller.stop()


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
