"""What changes about papers and pictures, for the test that no copy is older than the last change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from documents.services import cancel_requests, request_documents
from staff.documents.kinds import DocumentKind
from staff.models import Document, DocumentRequest
from staff.services.papers import Upload, change_document, remove_document
from staff.services.pictures import set_picture
from staff.services.requests import require_documents, withdraw_request
from staff.tests.files import make_document, picture


def a_document_is_required(stage: Any) -> None:
    require_documents({"category": "general", "kind": "degree"}, by=stage.person("hr"))


def a_document_is_handed_in(stage: Any) -> None:
    make_document(stage.person("cashier"), by=stage.person("hr"), kind=DocumentKind.DEGREE)


def a_document_begins_to_expire(stage: Any) -> None:
    document = Document.objects.get(kind="degree")
    change_document(document, expires_on=timezone.localdate() + timedelta(days=9), by=stage.person("hr"))


def a_document_is_taken_away(stage: Any) -> None:
    remove_document(Document.objects.get(kind="degree"), by=stage.person("hr"))


def a_document_is_asked_for(stage: Any) -> None:
    request_documents([stage.person("cashier")], DocumentKind.NYSC, due_on=timezone.localdate(), by=stage.person("hr"))


def a_request_is_withdrawn(stage: Any) -> None:
    withdraw_request(DocumentRequest.objects.get(kind="nysc"), by=stage.person("hr"))


def what_many_were_asked_is_taken_back(stage: Any) -> None:
    cancel_requests(DocumentRequest.objects.get(kind="cv"), by=stage.person("hr"))


def a_picture_is_put_up(stage: Any) -> None:
    set_picture(stage.person("cashier"), Upload("me.jpg", picture(size=(31, 31))), by=stage.person("cashier"))


# What changes, and the entries that it must reach.
CHANGES: dict[Callable[[Any], object], set[str]] = {
    a_document_is_required: {"paper_figures", "own_papers"},
    a_document_is_handed_in: {"paper_figures", "own_papers"},
    a_document_begins_to_expire: {"paper_figures", "own_papers"},
    a_document_is_taken_away: {"paper_figures", "own_papers"},
    a_document_is_asked_for: {"own_papers"},
    a_request_is_withdrawn: {"own_papers"},
    what_many_were_asked_is_taken_back: {"own_papers"},
    a_picture_is_put_up: {"schedule", "notifications", "my_reviews"},
}
