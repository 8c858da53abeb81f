"""A worker that is killed at any instant loses nothing and doubles nothing: real worker, real broker, SIGKILL."""

from datetime import timedelta

import pytest
from django.db.models import Count
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from monitoring.models import JobRun
from monitoring.services import mark_lost
from notifications.kinds import Kind
from notifications.models import Notification, OutboxMessage
from notifications.services import Message, tell
from notifications.tasks import sweep_outbox
from notifications.tests import broker

pytestmark = pytest.mark.django_db(transaction=True)

FACTS, TOLD = 30, 10


def tell_of(facts, cast):
    people = [cast.cashier, cast.teammate, cast.floor_manager, cast.hr, cast.ceo]
    for fact in facts:
        with tenancy.organisation(ACE):
            tell(
                Message(people[number % 5].pk, Kind.GENERAL, f"fact:{fact}:{number}", f"Fact {fact}")
                for number in range(TOLD)
            )


def caught_delivering():
    broker.eventually(broker.delivering, within=30, what="a worker delivers")


def test_nothing_is_missing_and_nothing_doubled(cast, tmp_path):
    with broker.valkey() as (_, url), broker.publishing_to(url), broker.slow_inboxes(0.005):
        logs = [tmp_path / "first.log", tmp_path / "second.log"]
        first, second = (broker.start_worker(url, log) for log in logs)
        try:
            broker.wait_for(first, logs[0])
            tell_of(range(5), cast)
            caught_delivering()
            broker.kill(first)
            broker.wait_for(second, logs[1])
            for begin in (5, 12, 19):
                tell_of(range(begin, begin + 7), cast)
                caught_delivering()
                broker.kill_child(second)
            tell_of(range(26, FACTS), cast)
            caught_delivering()
        finally:
            broker.kill(first)
            broker.kill(second)
        # PostgreSQL notices that its client is gone when the statement ends, and only then gives the rows back.
        broker.eventually(lambda: not broker.delivering(), within=30, what="the killed sessions end")
    sweep_outbox()
    with tenancy.organisation(ACE):
        assert OutboxMessage.objects.count() == FACTS * TOLD
        assert OutboxMessage.objects.exclude(delivered_at=None).count() == FACTS * TOLD
        assert (
            Notification.objects.values("message").annotate(times=Count("id")).filter(times=1).count() == FACTS * TOLD
        )
    assert JobRun.objects.running().count() >= 1, "no kill met a task in the middle"
    mark_lost(timezone.now() + timedelta(hours=1))
    assert not JobRun.objects.running().exists()
