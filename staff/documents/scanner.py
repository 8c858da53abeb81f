"""Asks ClamAV about a file, where CLAMD_URL names one: INSTREAM over TCP, within one timeout."""

from __future__ import annotations

import socket
import struct
import time
from urllib.parse import urlsplit

from django.conf import settings

from config.errors import Invalid, Refused

PIECE = 64 * 1024
LONGEST_ANSWER = 4096
AWAY = "The virus scanner does not answer, so nothing was stored; try again in a few minutes."
INFECTED = "The virus scanner found something in this file, so it was not stored."


class ScannerAway(Refused):
    """Nobody can say whether a file is clean, so it does not get in."""

    status = 503

    def __init__(self) -> None:
        super().__init__(AWAY, code="scanner_away")


def refuse_infected(data: bytes) -> None:
    """Raise Invalid for what the scanner knows as harmful, ScannerAway while it cannot answer. Without one, nothing."""
    if not settings.CLAMD_URL:
        return
    try:
        answer = _ask(data, settings.CLAMD_TIMEOUT)
    except OSError as error:
        raise ScannerAway from error
    if answer.endswith("FOUND"):
        raise Invalid(INFECTED, code="infected", fields={"file": INFECTED})
    if answer != "stream: OK":
        raise ScannerAway


def _ask(data: bytes, seconds: float) -> str:
    """What clamd says of these bytes. The time is one for all: a scanner that drips cannot hold a request."""
    url, until = urlsplit(settings.CLAMD_URL), time.monotonic() + seconds
    with socket.create_connection((url.hostname, url.port or 3310), timeout=seconds) as line:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            _wait(line, until)
            line.sendall(struct.pack("!I", len(piece)) + piece)
        line.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            _wait(line, until)
            more = line.recv(LONGEST_ANSWER)
            if not more:
                break
            answer += more
    return answer.rstrip(b"\0\r\n").decode(errors="replace")


def _wait(line: socket.socket, until: float) -> None:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    line.settimeout(left)
