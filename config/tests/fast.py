"""The web server's door without the web server: the WSGI application with its fast path, asked in this process."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIHandler

from config.fastpath import Application, FastPath


class Answered:
    """What came back; headers by name, `fast` when Django was not asked."""

    def __init__(self, status: str, headers: list[tuple[str, str]], content: bytes, *, fast: bool) -> None:
        self.status_code, self.content, self.fast = int(status[:3]), content, fast
        self.headers = dict(headers)
        assert len(self.headers) == len(headers), "a header twice"

    def __getitem__(self, name: str) -> str:
        return self.headers[name]

    def json(self) -> Any:
        return json.loads(self.content)


class Door:
    """Asks an application as a web server would; ours, with its fast path, if none is named."""

    def __init__(self, application: Application | None = None) -> None:
        self.django, self.asked = WSGIHandler(), 0
        self.application = application or FastPath(self._ask_django)

    def get(self, url: str, headers: dict[str, str] | None = None, **environ: Any) -> Answered:
        """GET, or another REQUEST_METHOD, with headers by their HTTP names."""
        parts, before = urlsplit(url), self.asked
        meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
        asked = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "testserver",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            **meta,
            **environ,
        }
        head: list[Any] = []
        body = self.application(asked, lambda *said: head.extend(said))
        content = b"".join(body)
        if hasattr(body, "close"):
            body.close()
        return Answered(head[0], head[1], content, fast=self.asked == before)

    def _ask_django(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.asked += 1
        return self.django(environ, start_response)
