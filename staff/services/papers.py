"""Documents: handed in, corrected, taken away; a file gets in only after it was judged and scanned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from config.errors import Forbidden, Invalid, Refused, refusing
from config.ranges import FIRST_DAY, LAST_DAY
from staff.documents.contents import MOST_BYTES, judged
from staff.documents.kinds import DocumentKind, PaperKind
from staff.documents.names import clean_name
from staff.documents.scanner import refuse_infected
from staff.documents.storage import stored
from staff.models import Document, DocumentRequest, Guarantor, GuarantorPaper, Person
from staff.roles import may
from staff.selectors.papers import kinds_to_hand_in
from staff.services.fitness import refuse_erased

MOST_DOCUMENTS = 60  # of one person: more is a mistake, or somebody filling the disk


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: what its sender calls it, and its bytes."""

    name: str
    data: bytes

    @classmethod
    def of(cls, file: UploadedFile) -> Upload:
        """What came with a request. One byte more than allowed is read, so that the rest need not be."""
        return cls(file.name or "", file.read(MOST_BYTES + 1))


def add_document(
    person: Person, kind: DocumentKind, upload: Upload, *, by: Person, expires_on: date | None = None
) -> Document:
    """Keep a document of this person, and answer the request for it, if there is one.

    Human Resource adds any; people hand in for themselves what they are asked for or what they lack. Raises Forbidden
    for anybody and anything else, Invalid for a file that is not to be kept, Refused while nobody can scan it.
    """
    today = timezone.localdate()
    _refuse_handing_in(person, kind, by=by, today=today)
    refuse_erased(person)
    refuse_validity(kind, expires_on, by=by, today=today)
    if Document.objects.present().filter(person=person).count() >= MOST_DOCUMENTS:
        raise Refused(f"{person.full_name} has {MOST_DOCUMENTS} documents already; take some away first.")
    with kept(upload, kind.label) as file:
        document = Document(person=person, kind=kind, expires_on=expires_on, **file, **_added(by))
        document.save(force_insert=True)
    for request in DocumentRequest.objects.open().filter(person=person, kind=kind):
        request.answered_at = document.added_at
        request.save(update_fields=["answered_at"])
    return document


def change_document(
    document: Document, *, by: Person, kind: DocumentKind | None = None, expires_on: date | None = None
) -> Document:
    """Say anew what a document is and until when it holds; Human Resource only."""
    require_keeper(by)
    chosen = kind or DocumentKind(document.kind)
    refuse_validity(chosen, expires_on, by=by, today=timezone.localdate())
    document.kind, document.expires_on = chosen, expires_on
    document.save(update_fields=["kind", "expires_on"])
    return document


def remove_document(document: Document, *, by: Person) -> None:
    """Take a document away; its row and file stay for the record. Human Resource only; the first time counts."""
    require_keeper(by)
    remove(document, by=by)


def add_guarantor_paper(guarantor: Guarantor, kind: PaperKind, upload: Upload, *, by: Person) -> GuarantorPaper:
    """Keep a guarantor's passport, national id or work id in the place of the one before; Human Resource only."""
    require_keeper(by)
    with kept(upload, kind.label) as file:
        for before in guarantor.papers.filter(kind=kind, removed_at=None):
            remove(before, by=by)
        paper = GuarantorPaper(guarantor=guarantor, kind=kind, **file, **_added(by))
        with refusing({"guarantor_paper_once": f"Somebody else has just added a {kind.label.lower()}; look again."}):
            paper.save(force_insert=True)
    return paper


def remove_guarantor_paper(paper: GuarantorPaper, *, by: Person) -> None:
    """Take a guarantor's paper away; its row and file stay for the record. Human Resource only."""
    require_keeper(by)
    remove(paper, by=by)


def require_keeper(by: Person) -> None:
    """Refuse whoever is not Human Resource."""
    if not may(by, "edit_people"):
        raise Forbidden("Only Human Resource changes documents and guarantors.")


def require_sender(person: Person, by: Person) -> None:
    """Refuse whoever is neither the person nor Human Resource."""
    if by.pk != person.pk and not may(by, "edit_people"):
        raise Forbidden("Only Human Resource adds documents of others.")


def remove(row: Any, *, by: Person) -> None:
    """Mark a row as taken away, unless it is."""
    if row.removed_at is None:
        row.removed_at, row.removed_by = timezone.now(), by
        row.save(update_fields=["removed_at", "removed_by"])


def _added(by: Person) -> dict[str, Any]:
    return {"added_by": by, "added_at": timezone.now()}


def _refuse_handing_in(person: Person, kind: DocumentKind, *, by: Person, today: date) -> None:
    require_sender(person, by)
    if may(by, "edit_people"):
        return
    if kind not in kinds_to_hand_in(person, today=today):
        raise Forbidden(f"Nobody has asked you for this: {kind.label}. Human Resource adds what is not asked for.")


def refuse_validity(kind: DocumentKind, expires_on: date | None, *, by: Person, today: date) -> None:
    if expires_on is None:
        return
    sentence = ""
    if not FIRST_DAY <= expires_on <= LAST_DAY:
        sentence = f"Use a last day of validity from {FIRST_DAY.year} to {LAST_DAY.year}."
    elif expires_on < today and not may(by, "edit_people"):
        sentence = f"{kind.label}: this one has expired; upload one that is valid."
    if sentence:
        raise Invalid(sentence, fields={"expires_on": sentence})


@contextmanager
def kept(upload: Upload, otherwise: str) -> Iterator[dict[str, Any]]:
    """Judge, scan and store a file; the block saves its row, and without the row the file is gone again."""
    content = judged(upload.data)
    refuse_infected(upload.data)
    name = clean_name(upload.name, ending=content.ending, otherwise=otherwise)
    with stored(content.data) as key:
        yield {"key": key, "name": name, "media_type": content.media_type, "size": len(content.data)}
