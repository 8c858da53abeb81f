"""Files as people send them, and as nobody should: every one is built here, from nothing."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from django.utils import timezone
from PIL import Image

from staff.documents.kinds import DocumentKind, PaperKind
from staff.models import Document, Person, RequiredDocument
from staff.services.contacts import add_guarantor, add_next_of_kin
from staff.services.papers import Upload, add_document, add_guarantor_paper
from staff.services.requests import ask_for

# The test string of the antivirus industry, in two halves, so that no scanner takes this file for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def pdf(*objects: bytes, behind: bytes = b"", head: bytes = b"") -> bytes:
    """A PDF of one empty page that Acrobat opens; `objects` are added to it as they are."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>", *objects,
    ]  # fmt: skip
    body, places = b"%PDF-1.4\n" + head, []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + rows
    ends = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(body))
    return body + table + ends + behind


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A small picture, in blue."""
    file = io.BytesIO()
    Image.new("RGB", size, (20, 60, 160)).save(file, kind, **options)
    return file.getvalue()


def zipped(**files: bytes) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def pixel_bomb() -> bytes:
    """A PNG of a few kilobytes that says it is 60,000 pixels wide and high."""
    head = chunk(b"IHDR", struct.pack("!IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000)) + chunk(b"IEND", b"")


def make_document(
    person: Person, *, by: Person, kind: DocumentKind = DocumentKind.PASSPORT, **details: Any
) -> Document:
    """A document that was handed in as a PDF."""
    return add_document(person, kind, Upload("scan.pdf", pdf()), by=by, **details)


def make_papers(person: Person, by: Person) -> dict[str, int]:
    """Something of every kind that is kept about this person, by the names of the models."""
    document = make_document(person, by=by)
    kin = add_next_of_kin(person, {"name": "Ifeoma Nwosu", "relationship": "Mother", "phone": "0803 555 0142"}, by=by)
    guarantor = add_guarantor(person, {"name": "Tunde Alao", "phone": "0805 555 0177"}, by=by)
    paper = add_guarantor_paper(guarantor, PaperKind.WORK_ID, Upload("id.pdf", pdf()), by=by)
    [request] = ask_for([person], DocumentKind.CV, due_on=timezone.localdate(), by=by)
    required = RequiredDocument.objects.create(category=person.role.category, kind=DocumentKind.NATIONAL_ID)
    return {
        "document": document.pk, "nextofkin": kin.pk, "guarantor": guarantor.pk, "guarantorpaper": paper.pk,
        "documentrequest": request.pk, "requireddocument": required.pk,
    }  # fmt: skip
