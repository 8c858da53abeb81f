"""Many documents at once: a zip by file name, a report for each, nothing kept before a rehearsal, bombs refused."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from config import tenancy
from config.errors import Forbidden, Invalid
from config.testing import ACE
from staff.models import Document
from staff.services.bulk import keep_archive
from staff.tests.files import pdf, picture, pixel_bomb

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def inside(cast):
    with tenancy.organisation(ACE):
        yield


def archive(files):
    """A zip of [(name or ZipInfo, bytes)]."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files:
            made.writestr(name, data)
    file.seek(0)
    return file


def report(cast, *files, commit=False, by=None):
    return keep_archive(archive(files), by=by or cast.hr, commit=commit)


def test_each_file_is_reported_and_a_rehearsal_keeps_nothing(cast):
    one, two = cast.cashier.employee_number, cast.teammate.employee_number
    rows = report(cast, (f"{one}_passport.pdf", pdf()), (f"{two.lower()}_CV.jpg", picture()), ("notes.txt", b"hello"))
    assert [(row.person, row.kind, row.is_good) for row in rows] == [
        (cast.cashier, "passport", True), (cast.teammate, "cv", True), (None, None, False),
    ]  # fmt: skip
    assert not Document.objects.exists()


def test_the_good_ones_are_kept_and_the_others_stop_none(cast):
    one, two = cast.cashier.employee_number, cast.teammate.employee_number
    rows = report(cast, (f"{one}_passport.pdf", b"<html>"), (f"{two}_cv.pdf", pdf()), commit=True)
    assert [row.is_good for row in rows] == [False, True]
    document = Document.objects.get()
    assert (document.person, document.kind, document.added_by) == (cast.teammate, "cv", cast.hr)


def link(name):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


REFUSED = {
    "a way out": ("../{number}_cv.pdf", pdf(), "It stands in a folder"),
    "an absolute way": ("/etc/{number}_cv.pdf", pdf(), "It stands in a folder"),
    "a way out on Windows": ("..\\{number}_cv.pdf", pdf(), "It stands in a folder"),
    "a folder": ("papers/{number}_cv.pdf", pdf(), "It stands in a folder"),
    "a link": (link("ACE-BOD-00001_cv.pdf"), b"/etc/passwd", "It is a link"),
    "no number": ("passport.pdf", pdf(), "Name it by employee number and kind"),
    "a number of nobody": ("ACE-BOD-99999_cv.pdf", pdf(), "Nobody has the number ACE-BOD-99999."),
    "a kind that is none": ("{number}_diary.pdf", pdf(), "“diary” is none of: waec"),
    "a web page": ("{number}_cv.pdf", b"<html>", "Only PDF, JPEG and PNG"),
    "nothing": ("{number}_cv.pdf", b"", "This file is empty"),
    "a bomb": ("{number}_cv.pdf", b"%PDF-1.4" + b"\0" * 40_000_000, "A file has at most 5 MB"),
    "a bomb of pixels": ("{number}_cv.png", pixel_bomb(), "This picture has more than"),
}


@pytest.mark.parametrize("commit", [False, True], ids=["rehearsed", "kept"])
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_taken_is_named_with_its_reason(cast, monkeypatch, what, commit):
    name, data, begins = REFUSED[what]
    number = "TST-BOD-00001"
    type(cast.cashier).objects.filter(pk=cast.cashier.pk).update(employee_number=number)
    name = name if isinstance(name, zipfile.ZipInfo) else name.format(number=number)
    [row] = report(cast, (name, data), commit=commit)
    assert row.refusal.startswith(begins)
    assert not Document.objects.exists()


def test_a_second_file_for_one_person_and_kind_is_named(cast):
    number = cast.cashier.employee_number
    rows = report(cast, (f"{number}_cv.pdf", pdf()), (f"{number}_CV.pdf", pdf()))
    assert [row.refusal for row in rows] == ["", "There is another file for this person and kind."]


def test_a_zip_that_unpacks_to_far_too_much_stops_being_unpacked(cast, monkeypatch):
    monkeypatch.setattr("staff.services.bulk.MOST_UNPACKED", 2 * len(pdf()))
    people = (cast.cashier, cast.teammate, cast.stranger)
    rows = report(cast, *((f"{person.employee_number}_cv.pdf", pdf()) for person in people))
    assert [row.refusal for row in rows] == ["", "", "The zip unpacks to far too much."]


def test_a_hundred_files_are_enough(cast):
    with pytest.raises(Invalid, match="at most 100 files; this one has 101"):
        report(cast, *((f"{n}.pdf", b"") for n in range(101)))


def test_what_is_no_zip_is_said_to_be_none(cast):
    with pytest.raises(Invalid, match="This is no zip"):
        keep_archive(io.BytesIO(b"hello"), by=cast.hr)


def test_only_human_resource_brings_many(cast):
    for who in (cast.ceo, cast.auditor, cast.branch_manager):
        with pytest.raises(Forbidden):
            report(cast, by=who)


def test_the_page_keeps_only_the_zip_whose_report_was_shown(cast, signed_in):
    client, number = signed_in(cast.hr), cast.cashier.employee_number
    data, other = (archive([(f"{number}_{kind}.pdf", pdf())]).read() for kind in ("cv", "degree"))

    def send(content, rehearsed=""):
        file = SimpleUploadedFile("many.zip", content)
        return client.post("/admin/staff/document/bulk/", {"archive": file, "rehearsed": rehearsed})

    shown = send(data)
    digest = shown.context["form"].data["rehearsed"]
    assert "Right: 1 of 1. Nothing is kept yet." in shown.content.decode()
    assert "Nothing is kept yet." in send(other, digest).content.decode()
    assert not Document.objects.exists()
    assert "Kept: 1 of 1." in send(data, digest).content.decode()
    assert Document.objects.get().kind == "cv"


def test_the_page_says_what_is_no_zip(cast, signed_in):
    file = SimpleUploadedFile("many.zip", b"hello")
    answer = signed_in(cast.hr).post("/admin/staff/document/bulk/", {"archive": file, "rehearsed": ""})
    assert "This is no zip that can be read" in answer.content.decode()


@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("floor_manager", 403), ("cashier", 403)])
def test_the_page_is_human_resources_alone(cast, signed_in, who, status):
    assert signed_in(getattr(cast, who)).get("/admin/staff/document/bulk/").status_code == status
