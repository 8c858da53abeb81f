"""Calling a webhook: one JSON POST with a deadline, to a public address, and nowhere that it is sent on to."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

SECONDS = 5.0


class WebhookRefused(Exception):
    """We will not call this address, or what answered did not take the message; the text says which."""


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was judged: asked a second time, a name may answer with another one."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self.address, self.secure = address, secure

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), SECONDS)
        if self.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def abort(self) -> None:
        """End it from another thread: a time-out of the socket counts anew with every byte that drips in."""
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def post(url: str, payload: Mapping[str, Any], *, identity: str) -> None:
    """Send `payload` as JSON; anything but a 2xx within 5 s raises. `identity` tells a repeated call from a new one.

    Redirects are not followed, and private addresses are refused unless ALLOW_PRIVATE_WEBHOOKS.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _public_address(parts.hostname or "", port)
    body = json.dumps(payload).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "AceMallStaff/1", "X-Message-ID": identity}
    connection = _Pinned(parts.hostname or "", port, address, secure=secure)
    deadline = threading.Timer(SECONDS, connection.abort)
    deadline.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
    finally:
        deadline.cancel()
        connection.close()
    if not 200 <= status < 300:
        raise WebhookRefused(f"The webhook answered {status}" + (", a redirect." if 300 <= status < 400 else "."))


def _public_address(host: str, port: int) -> str:
    """The first address of the host; every one of them must be public."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not settings.ALLOW_PRIVATE_WEBHOOKS and not all(_is_public(address) for address in found):
        raise WebhookRefused("The webhook's address is a private one.")
    return found[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    return mapped.is_global and not mapped.is_multicast
