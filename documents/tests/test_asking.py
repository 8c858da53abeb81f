"""Asking many people for a document at once: who may, who is told, what waits on their home, and how it is answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from config import tenancy
from config.errors import Forbidden, Invalid, Refused
from config.testing import ACE
from documents.services import request_documents
from notifications.models import OutboxMessage
from staff.documents.kinds import DocumentKind
from staff.models import DocumentRequest
from staff.services.papers import Upload, add_document
from staff.services.requests import withdraw_request
from staff.tests.files import make_document, pdf

pytestmark = pytest.mark.django_db

PASSPORT = DocumentKind.PASSPORT


def ask(cast, *people, message="", days=7):
    due = timezone.localdate() + timedelta(days=days)
    return request_documents(people, PASSPORT, due_on=due, message=message, by=cast.hr)


def told():
    return {(row.person_id, row.title, row.body, row.url) for row in OutboxMessage.objects.all()}


@pytest.fixture(autouse=True)
def inside(cast):
    with tenancy.organisation(ACE):
        yield


def test_each_person_is_asked_and_told_once(cast):
    assert ask(cast, cast.cashier, cast.teammate, message="The bank wants it.") == 2
    assert ask(cast, cast.cashier, cast.stranger) == 1
    assert DocumentRequest.objects.open().count() == 3
    due = timezone.localdate() + timedelta(days=7)
    words = ("Please hand in: Passport", f"Until {due:%-d %B %Y}. The bank wants it.")
    assert (cast.cashier.pk, *words, "/account/documents/?kind=passport") in told()
    assert len(told()) == 3


@pytest.mark.parametrize("who", ["ceo", "coo", "auditor", "branch_manager", "cashier"])
def test_only_human_resource_asks(cast, who):
    with pytest.raises(Forbidden):
        request_documents([cast.cashier], PASSPORT, due_on=timezone.localdate(), by=getattr(cast, who))


@pytest.mark.parametrize(
    ("message", "days", "field"),
    [("", -1, "due_on"), ("", 500, "due_on"), ("x" * 301, 7, "message"), ("a\0", 7, "message")],
)
def test_a_day_that_has_passed_and_a_message_that_does_not_fit_are_named(cast, message, days, field):
    with pytest.raises(Invalid) as refused:
        ask(cast, cast.cashier, message=message, days=days)
    assert list(refused.value.fields) == [field]
    assert not DocumentRequest.objects.exists()


def test_handing_it_in_answers_the_request_and_it_can_be_asked_for_again(cast):
    ask(cast, cast.cashier)
    add_document(cast.cashier, PASSPORT, Upload("p.pdf", pdf()), by=cast.cashier)
    assert DocumentRequest.objects.get().answered_at
    assert ask(cast, cast.cashier) == 1


def test_another_kind_answers_nothing(cast):
    ask(cast, cast.cashier)
    make_document(cast.cashier, by=cast.hr, kind=DocumentKind.CV)
    assert DocumentRequest.objects.open().count() == 1


def test_what_is_withdrawn_is_not_wanted_any_more(cast):
    ask(cast, cast.cashier)
    withdraw_request(DocumentRequest.objects.get(), by=cast.hr)
    with pytest.raises(Forbidden):
        add_document(cast.cashier, PASSPORT, Upload("p.pdf", pdf()), by=cast.cashier)


def test_what_is_answered_is_not_withdrawn(cast):
    ask(cast, cast.cashier)
    make_document(cast.cashier, by=cast.hr)
    with pytest.raises(Refused, match="answered already"):
        withdraw_request(DocumentRequest.objects.get(), by=cast.hr)


def test_the_home_says_that_it_needs_an_answer_until_it_has_one(cast, signed_in):
    client = signed_in(cast.cashier)
    assert "Hand in: Passport" not in client.get("/").content.decode()
    ask(cast, cast.cashier, message="The bank wants it.")
    text = client.get("/").content.decode()
    assert "Hand in: Passport" in text
    assert "/account/documents/?kind=passport" in text
    make_document(cast.cashier, by=cast.hr)
    assert "Hand in: Passport" not in client.get("/").content.decode()


def test_a_managers_home_says_so_too(cast, signed_in):
    ask(cast, cast.floor_manager)
    assert "Hand in: Passport" in signed_in(cast.floor_manager).get("/").content.decode()
