"""What is written with a fact reaches people after its commit, once."""

import pytest
from django.db import transaction

from config import tenancy
from config.testing import ACE, OTHER
from notifications.delivery import deliver_waiting
from notifications.kinds import Kind
from notifications.models import Notification, OutboxMessage
from notifications.services import Hint, Message, tell

pytestmark = pytest.mark.django_db


def message(person, key="fact:1", **fields):
    fields = {"kind": Kind.GENERAL, "title": "Something happened", "body": "Yesterday", "url": "/schedule/", **fields}
    return Message(person_id=person.pk, key=key, **fields)


def test_a_message_is_written_in_the_callers_transaction(cast):
    with tenancy.organisation(ACE):
        with pytest.raises(RuntimeError), transaction.atomic():
            tell([message(cast.cashier)])
            raise RuntimeError
        assert not OutboxMessage.objects.exists()


def test_the_same_fact_is_told_once(cast):
    with tenancy.organisation(ACE):
        assert tell([message(cast.cashier), message(cast.teammate, "fact:2")]) == 2
        assert tell([message(cast.cashier), message(cast.teammate, "fact:3")]) == 1
        assert tell([message(cast.cashier, "twice"), message(cast.cashier, "twice")]) == 1
        assert OutboxMessage.objects.count() == 4


def test_two_organisations_may_use_the_same_key(cast):
    with tenancy.organisation(ACE):
        assert tell([message(cast.cashier)]) == 1
    with tenancy.organisation(OTHER):
        assert tell([message(cast.other_cashier)]) == 1


def test_nothing_to_tell_asks_nothing_of_the_database(ace, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert tell([]) == 0


def test_a_long_note_is_cut_instead_of_stopping_the_publication(cast):
    with tenancy.organisation(ACE):
        tell([message(cast.cashier, title="t" * 400, body="b" * 900)])
        row = OutboxMessage.objects.get()
    assert (len(row.title), len(row.body), row.title[-1]) == (160, 500, "…")


def test_a_long_key_still_names_one_fact(cast):
    long = "publication:" + "+".join(str(number) for number in range(1000, 1060))
    with tenancy.organisation(ACE):
        assert tell([message(cast.cashier, f"{long}:1"), message(cast.cashier, f"{long}:2")]) == 2
        assert tell([message(cast.cashier, f"{long}:1")]) == 0


def test_one_hint_follows_the_commit_however_many_calls_were_made(cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as hooks, tenancy.organisation(ACE):
        tell([message(cast.cashier)])
        tell([message(cast.teammate, "fact:2")])
        tell([message(cast.teammate, "fact:2")])
    assert hooks == [Hint(ACE)]


def test_what_was_known_already_sends_no_hint(cast, django_capture_on_commit_callbacks):
    with tenancy.organisation(ACE):
        tell([message(cast.cashier)])
    with django_capture_on_commit_callbacks() as hooks, tenancy.organisation(ACE):
        tell([message(cast.cashier)])
    assert hooks == []


def test_delivery_fills_the_inbox_once(cast):
    with tenancy.organisation(ACE):
        tell([message(cast.cashier), message(cast.teammate, "fact:2")])
    assert deliver_waiting(ACE) == 2
    assert deliver_waiting(ACE) == 0
    with tenancy.organisation(ACE):
        note = Notification.objects.visible_to(cast.cashier).get()
        assert (note.title, note.body, note.url, note.kind) == (
            "Something happened",
            "Yesterday",
            "/schedule/",
            Kind.GENERAL,
        )
        assert note.is_unread
        assert not OutboxMessage.objects.filter(delivered_at=None).exists()


def test_delivery_in_one_organisation_leaves_the_other_waiting(cast):
    with tenancy.organisation(ACE):
        tell([message(cast.cashier)])
    with tenancy.organisation(OTHER):
        tell([message(cast.other_cashier)])
    assert deliver_waiting(OTHER) == 1
    with tenancy.organisation(ACE):
        assert not Notification.objects.exists()
        assert OutboxMessage.objects.filter(delivered_at=None).count() == 1
