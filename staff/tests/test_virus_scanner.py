"""ClamAV, where there is one: a real server that speaks its protocol and looks, hangs, drips or is away."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from config import tenancy
from config.errors import Invalid, Refused
from config.testing import ACE
from staff.documents.kinds import DocumentKind
from staff.documents.scanner import AWAY, INFECTED, refuse_infected
from staff.models import Document
from staff.services.papers import Upload, add_document
from staff.tests.files import EICAR, pdf

pytestmark = pytest.mark.django_db


class Clamd:
    """A clamd that knows one virus. `answer` replaces what it says; `drips` says it a byte at a time."""

    def __init__(self, answer: bytes | None = None, *, hangs: bool = False, drips: float = 0) -> None:
        self.answer, self.hangs, self.drips = answer, hangs, drips
        self.seen: list[bytes] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.socket.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            with line:
                with suppress(OSError):
                    self._look(line)

    def _look(self, line: socket.socket) -> None:
        file = line.makefile("rb")
        assert file.read(len(b"zINSTREAM\0")) == b"zINSTREAM\0"
        data = b""
        while (length := struct.unpack("!I", file.read(4))[0]) != 0:
            data += file.read(length)
        self.seen.append(data)
        if self.hangs:
            line.recv(1)
            return
        says = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
        for byte in self.answer if self.answer is not None else says:
            line.sendall(bytes([byte]))
            time.sleep(self.drips)


@contextmanager
def running(settings, clamd: Clamd) -> Iterator[Clamd]:
    settings.CLAMD_URL, settings.CLAMD_TIMEOUT = clamd.url, 0.5
    threading.Thread(target=clamd.serve, daemon=True).start()
    try:
        yield clamd
    finally:
        clamd.socket.close()


def test_a_clean_file_passes_and_was_seen_whole(settings):
    data = pdf() + b"\n" * 200_000
    with running(settings, Clamd()) as clamd:
        refuse_infected(data)
    assert clamd.seen == [data]


def test_an_infected_file_is_refused_and_nothing_is_stored(settings, cast):
    with running(settings, Clamd()), tenancy.organisation(ACE):
        with pytest.raises(Invalid, match=INFECTED):
            add_document(cast.cashier, DocumentKind.CV, Upload("cv.pdf", pdf(head=b"%" + EICAR + b"\n")), by=cast.hr)
        assert not Document.objects.exists()


@pytest.mark.parametrize(
    "clamd",
    [
        lambda: Clamd(hangs=True),
        lambda: Clamd(drips=0.2),
        lambda: Clamd(b""),
        lambda: Clamd(b"INSTREAM size limit exceeded. ERROR\0"),
        lambda: Clamd(b"stream: OK, or so I think\0"),
    ],
    ids=["hangs", "drips", "hangs up", "has had enough", "mumbles"],
)
def test_a_scanner_that_cannot_answer_lets_nothing_in(settings, clamd):
    with running(settings, clamd()):
        began = time.monotonic()
        with pytest.raises(Refused, match=AWAY) as refused:
            refuse_infected(pdf())
    assert refused.value.status == 503
    assert time.monotonic() - began < 2


def test_a_scanner_that_is_away_lets_nothing_in(settings, cast):
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    with tenancy.organisation(ACE):
        with pytest.raises(Refused, match=AWAY):
            add_document(cast.cashier, DocumentKind.CV, Upload("cv.pdf", pdf()), by=cast.hr)
        assert not Document.objects.exists()


def test_without_a_scanner_nobody_is_asked(settings):
    settings.CLAMD_URL = ""
    refuse_infected(pdf())
