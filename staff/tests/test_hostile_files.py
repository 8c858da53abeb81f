"""Hostile files: each is built here, and refused with one sentence or kept and served so that it does no harm."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from config import tenancy
from config.testing import ACE, bearer
from staff.documents.names import clean_name
from staff.models import Document
from staff.tests.files import EICAR, pdf, picture, pixel_bomb, zipped

pytestmark = pytest.mark.django_db

HTML = b"<!doctype html><script>alert(document.cookie)</script>"
ONLY = "Only PDF, JPEG and PNG are taken"
BEYOND = 5 * 1024 * 1024 - len(pdf()) - 1  # with the sign and the line end around it
NOISE = Random(7).randbytes(3000)
XXE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
ACTING = "This PDF is more than a paper"


def object_stream(inner: bytes) -> bytes:
    packed = zlib.compress(inner)
    return b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed)


def script(name: bytes = b"JavaScript") -> bytes:
    return b"<</S/%b/JS(app.alert\\(1\\))>>" % name


# What it is: its name, its bytes, and how the one sentence begins.
REFUSED = {
    "a web page called a PDF": ("cv.pdf", HTML, ONLY),
    "a drawing with a script": ("photo.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', ONLY),
    "XML with an external entity": ("id.pdf", XXE, ONLY),
    "a web page before a PDF": ("cv.pdf", HTML + pdf(), ONLY),
    "a zip behind a PDF": ("cv.pdf", pdf(behind=zipped(a=NOISE)), "Behind the end of this PDF"),
    "a PDF with a script": ("cv.pdf", pdf(script()), ACTING),
    "a script whose name is written in numbers": ("cv.pdf", pdf(script(b"Java#53cript")), ACTING),
    "a script among packed objects": ("cv.pdf", pdf(object_stream(b"5 0 " + script())), ACTING),
    "a PDF that starts a program": ("cv.pdf", pdf(b"<</S/Launch/F(calc.exe)>>"), ACTING),
    "a PDF with a file inside": ("cv.pdf", pdf(b"<</Type/EmbeddedFile/Length 2>>stream\nMZ\nendstream"), ACTING),
    "a PDF that unpacks to gigabytes": ("cv.pdf", pdf(object_stream(b"\0" * 30_000_000)), "This PDF unpacks"),
    "a PDF cut off": ("cv.pdf", pdf()[:-40], "This PDF is damaged"),
    "a JPEG cut off": ("id.jpg", picture(size=(400, 300))[:-900], "This JPEG is damaged"),
    "a picture with more pixels than memory": ("id.png", pixel_bomb(), "This picture has more than 40 million"),
    "a zip bomb": ("id.pdf", zipped(a=b"\0" * 40_000_000), ONLY),
    "a text for virus scanners": ("id.pdf", EICAR, ONLY),
    "a GIF called a PNG": ("id.png", picture("GIF"), f"{ONLY}; this is a GIF"),
    "an office file with a macro": ("cv.pdf", zipped(word__vbaProject=b"Sub"), f"{ONLY}; this is a zip archive"),
    "an old office file": ("cv.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 600, f"{ONLY}; this is an old office"),
    "a program for Windows": ("cv.pdf.exe", b"MZ" + b"\0" * 500, f"{ONLY}; this is a program"),
    "a program for Linux": ("cv.pdf", b"\x7fELF" + b"\0" * 500, f"{ONLY}; this is a program"),
    "nothing at all": ("cv.pdf", b"", "This file is empty"),
    "a byte too many": ("cv.pdf", pdf(head=b"%" + b" " * BEYOND + b"\n"), "A file has at most 5 MB"),
    "a signature and nothing else": ("id.png", b"\x89PNG\r\n\x1a\n", "This PNG is damaged"),
}  # fmt: skip
# What it is: its name, its bytes, and the name and type that it is given out by.
HARMLESS = {
    "a web page inside a PDF": ("cv.html", pdf(head=b"%" + HTML + b"\n"), "cv.pdf", "application/pdf"),
    "a JPEG with a zip behind": ("id.jpg", picture() + zipped(a=b"MZ"), "id.jpg", "image/jpeg"),
    "a JPEG with a script in its comment": ("id.jpg", picture(comment=HTML), "id.jpg", "image/jpeg"),
    "two endings": ("photo.jpg.php", picture(), "photo jpg.jpg", "image/jpeg"),
    "the ending of another kind": ("id.exe", picture("PNG"), "id.png", "image/png"),
    "a way out of the folder": ("../../../etc/passwd", pdf(), "passwd.pdf", "application/pdf"),
    "a way out on Windows": ("..\\..\\boot.ini", pdf(), "boot.pdf", "application/pdf"),
    "a name with NUL": ("id\0.pdf", pdf(), "id.pdf", "application/pdf"),
    "a name that reads backwards": ("id\u202efdp.exe", pdf(), "idfdp.pdf", "application/pdf"),
    "letters that nobody sees": ("i\u200bd\ufeff.pdf", pdf(), "id.pdf", "application/pdf"),
    "a name of five hundred letters": ("a" * 500 + ".pdf", pdf(), "a" * 80 + ".pdf", "application/pdf"),
    "only blanks": ("   .pdf", pdf(), "Passport.pdf", "application/pdf"),
    "trailing blanks and dots": ("id.pdf . . ", pdf(), "id.pdf", "application/pdf"),
    "a header in the name": ('id"\r\nSet-Cookie: a=b.pdf', pdf(), "id.pdf", "application/pdf"),
    "a name of another script": ("àbíkẹ́.pdf", pdf(), "àbíkẹ́.pdf", "application/pdf"),
}


@pytest.fixture(autouse=True)
def nobody_counts(monkeypatch):
    monkeypatch.setattr("config.limits.LIMITS", {})


def send(client, cast, name, data):
    """Hand a file in over the API, and the answer."""
    file = SimpleUploadedFile("x", data, content_type="application/pdf")
    file._name = name  # as a client sends it; Django would tidy it here already
    where = f"/api/v1/staff/{cast.cashier.pk}/documents"
    return client.post(where, {"kind": "passport", "file": file}, headers=bearer(cast.hr))


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_with_one_sentence(client, cast, settings, what):
    name, data, begins = REFUSED[what]
    answer = send(client, cast, name, data)
    assert answer.status_code == 400, answer.content
    error = answer.json()["error"]
    assert error["message"].startswith(begins)
    assert re.fullmatch(r"[^.]+(\.\d+[^.]+)?\.( [^.]+\.)?", error["message"]), "one or two short sentences"
    assert error["fields"] == {"file": error["message"]}
    with tenancy.organisation(ACE):
        assert not Document.objects.exists()


@pytest.mark.parametrize("name", ["..", "."])
def test_a_file_without_a_name_is_no_file(client, cast, name):
    answer = send(client, cast, name, pdf())
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"] == {"file": "No file was submitted."}


@pytest.mark.parametrize("name", ["", "..", "///", "\0", ". .", "\u202e"])
def test_where_nothing_of_a_name_is_left_the_file_is_called_what_it_is(name):
    assert clean_name(name, ending="pdf", otherwise="Passport") == "Passport.pdf"


@pytest.mark.parametrize("what", HARMLESS)
def test_it_is_kept_and_served_harmlessly(client, cast, what):
    name, data, called, kind = HARMLESS[what]
    answer = send(client, cast, name, data)
    assert answer.status_code == 201, answer.content
    row = answer.json()
    assert (row["name"], row["media_type"]) == (called, kind)
    served = client.get(f"/api/v1/staff/{cast.cashier.pk}/documents/{row['id']}/file", headers=bearer(cast.hr))
    assert served.status_code == 200
    assert served["Content-Type"] == kind
    assert served["Content-Disposition"].startswith("attachment; filename")
    assert not re.search(r"[\r\n\x00]", served["Content-Disposition"])
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["Content-Security-Policy"].startswith("sandbox")
    assert served["Cache-Control"] == "private, no-store"
    content = b"".join(served.streaming_content)
    if kind == "application/pdf":
        assert content == data
    else:
        Image.open(io.BytesIO(content)).load()
        assert b"script" not in content
        assert not zipfile.is_zipfile(io.BytesIO(content))


def test_there_are_at_least_25_of_them():
    assert len(REFUSED) + len(HARMLESS) >= 25


def test_a_picture_loses_where_it_was_taken_and_stands_upright(client, cast):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x8825] = {1: "N", 2: (7.0, 22.0, 39.0)}
    answer = send(client, cast, "id.jpg", picture(size=(40, 30), exif=exif))
    served = client.get(
        f"/api/v1/staff/{cast.cashier.pk}/documents/{answer.json()['id']}/file", headers=bearer(cast.hr)
    )
    kept = Image.open(io.BytesIO(b"".join(served.streaming_content)))
    assert kept.size == (30, 40)
    assert not kept.getexif()


def test_a_request_beyond_what_a_form_may_carry_is_refused_before_it_is_read(client, cast, settings):
    answer = send(client, cast, "cv.pdf", b"%PDF-1.4" + b"\0" * (7 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


def test_a_file_lies_outside_the_web_root_under_a_name_that_tells_nothing(client, cast, settings):
    row = send(client, cast, "../../passport of Adaeze.pdf", pdf()).json()
    with tenancy.organisation(ACE):
        key = Document.objects.get(pk=row["id"]).key
    here = settings.MEDIA_ROOT / str(ACE) / key[:2] / key
    assert re.fullmatch(r"[0-9a-f]{32}", key)
    assert here.read_bytes() == pdf()
    assert here.stat().st_mode & 0o077 == 0
    for url in (f"/media/{ACE}/{key[:2]}/{key}", f"/static/{key}", f"/{key}"):
        assert client.get(url).status_code == 404
