"""How the outboxes of all organisations stand, asked by somebody who sees none of their messages; and turns."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER, as_owner
from notifications import tasks
from notifications.delivery import BATCH, deliver_for, deliver_waiting
from notifications.kinds import Kind
from notifications.models import OutboxMessage
from notifications.selectors import organisations_that_wait, outbox_backlog, outbox_counts
from notifications.services import Message, tell
from notifications.tasks import deliver_outbox, sweep_outbox
from notifications.tests import broker

pytestmark = pytest.mark.django_db(transaction=True)


def tell_many(person, count, **fields):
    with tenancy.organisation(person.organisation_id):
        tell(Message(person.pk, Kind.GENERAL, f"fact:{number}", "Hello", **fields) for number in range(count))


def change(organisation, **fields):
    with tenancy.organisation(organisation):
        OutboxMessage.objects.update(**fields)


def test_nothing_waits(cast):
    backlog = outbox_backlog(timezone.now())
    assert (backlog.waiting, backlog.oldest_seconds, backlog.dead) == (0, None, 0)
    assert organisations_that_wait(timezone.now()) == []


def test_it_counts_over_all_organisations_in_one_query(cast, django_assert_num_queries):
    now = timezone.now()
    tell_many(cast.cashier, 3)
    tell_many(cast.other_cashier, 2)
    change(ACE, due_at=now - timedelta(seconds=90))
    change(OTHER, dead_at=now)
    with django_assert_num_queries(1):
        backlog = outbox_backlog(now)
    assert (backlog.waiting, backlog.oldest_seconds, backlog.dead) == (3, 90.0, 2)
    assert organisations_that_wait(now) == [ACE]


def test_what_is_due_later_does_not_wait_yet(cast):
    now = timezone.now()
    tell_many(cast.cashier, 1)
    change(ACE, due_at=now + timedelta(minutes=1))
    assert outbox_backlog(now).waiting == 0


def test_the_question_leaves_its_asker_where_they_were(cast):
    tell_many(cast.other_cashier, 1)
    with tenancy.organisation(ACE):
        assert outbox_backlog(timezone.now() + timedelta(seconds=1)).waiting == 1
        assert not OutboxMessage.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_a_suspended_organisation_is_left_alone(cast):
    tell_many(cast.other_cashier, 1)
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute("UPDATE staff_organisation SET suspended_at = now() WHERE id = %s", [OTHER])
        try:
            assert organisations_that_wait(timezone.now()) == []
        finally:
            owner.execute("UPDATE staff_organisation SET suspended_at = NULL")


def test_the_sweep_sends_a_hint_where_something_waits_and_nowhere_else(cast):
    tell_many(cast.other_cashier, 2)
    with broker.valkey() as (_, url), broker.publishing_to(url):
        assert sweep_outbox() == 1
        (message,) = broker.messages(url, "mail")
        assert message["headers"]["argsrepr"] == f"({OTHER},)"


def test_a_turn_ends_after_its_time_but_never_within_a_batch(cast):
    tell_many(cast.cashier, 2 * BATCH + 1)
    first = deliver_for(ACE, seconds=0)
    assert (first.delivered, first.is_cut_short) == (BATCH, True)
    assert deliver_waiting(ACE) == BATCH + 1
    assert deliver_for(ACE, seconds=10).is_cut_short is False


def test_a_turn_that_was_cut_short_asks_for_another(cast, monkeypatch):
    tell_many(cast.cashier, BATCH + 1)
    monkeypatch.setattr(tasks, "TURN", 0)
    with broker.valkey() as (_, url), broker.publishing_to(url):
        assert deliver_outbox(ACE) == BATCH
        assert len(broker.messages(url, "mail")) == 1


def test_what_came_too_late_is_not_delivered_and_its_row_says_so(cast):
    now = timezone.now()
    tell_many(cast.cashier, 1, expires_at=now - timedelta(minutes=1))
    tell_many(cast.teammate, 1)  # the same key: not told
    tell_many(cast.other_cashier, 1, expires_at=now + timedelta(hours=1))
    assert (deliver_waiting(ACE), deliver_waiting(OTHER)) == (0, 1)
    with tenancy.organisation(ACE):
        row = OutboxMessage.objects.get()
        assert (row.delivered_at, row.dead_at) == (None, None)
        assert row.expired_at is not None
        assert row.last_error == f"Not delivered: it was of use until {row.expires_at:%Y-%m-%d %H:%M} UTC."
        assert outbox_counts(now).expired == 1
    assert deliver_waiting(ACE) == 0
    assert outbox_backlog(now).waiting == 0


def test_the_timely_ones_of_a_batch_are_delivered(cast):
    now = timezone.now()
    with tenancy.organisation(ACE):
        tell(
            Message(cast.cashier.pk, Kind.GENERAL, f"fact:{number}", "Hello", expires_at=when)
            for number, when in enumerate([None, now - timedelta(seconds=1), now + timedelta(hours=1)])
        )
    assert deliver_waiting(ACE) == 2
