"""A worker that is killed at any instant loses nothing and doubles nothing: real workers, real broker, SIGKILL."""

import random
import time
from datetime import timedelta

import pytest
from django.db.models import Count
from django.utils import timezone

from config import tenancy
from config.celery import SCHEDULE, app
from config.testing import ACE
from monitoring.models import JobRun
from monitoring.services import mark_lost
from notifications.kinds import Kind
from notifications.models import Notification, OutboxMessage
from notifications.services import Message, tell
from notifications.tests import broker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]

FACTS, TOLD = 100, 10
KILLS, WORKERS = 20, 5


def tell_of(facts, cast):
    people = [cast.cashier, cast.teammate, cast.floor_manager, cast.hr, cast.ceo]
    for fact in facts:
        with tenancy.organisation(ACE):
            tell(
                Message(people[number % 5].pk, Kind.GENERAL, f"fact:{fact}:{number}", f"Fact {fact}")
                for number in range(TOLD)
            )


def sweep():
    """What the beat does every minute."""
    app.send_task(SCHEDULE["outbox_sweep"].task, retry=False)


def delivered():
    with tenancy.organisation(ACE):
        return OutboxMessage.objects.exclude(delivered_at=None).count()


def all_delivered():
    sweep()
    time.sleep(0.5)
    return delivered() == FACTS * TOLD


def test_twenty_kills_during_a_thousand_notifications(cast, tmp_path):
    dice = random.Random(20)
    logs = [tmp_path / f"{number}.log" for number in range(WORKERS)]
    with broker.valkey() as (_, url), broker.publishing_to(url), broker.slow_inboxes(0.003):
        workers = [broker.start_worker(url, log) for log in logs]
        alive = list(workers)
        try:
            for worker, log in zip(workers, logs, strict=True):
                broker.wait_for(worker, log)
            for kill in range(KILLS):
                tell_of(range(kill * FACTS // KILLS, (kill + 1) * FACTS // KILLS), cast)
                time.sleep(dice.uniform(0, 0.3))
                # Every fifth time all of a worker, as when the machine loses power; else the process at work.
                if kill % 5 == 4:
                    broker.kill(alive.pop(0))
                else:
                    broker.kill_child(dice.choice(alive))
                sweep()
            assert len(alive) == WORKERS - KILLS // 5
            broker.eventually(all_delivered, within=120, what="everything is delivered")
        finally:
            for worker in workers:
                broker.kill(worker)
    with tenancy.organisation(ACE):
        assert OutboxMessage.objects.count() == FACTS * TOLD
        once = Notification.objects.values("message").annotate(times=Count("id")).filter(times=1)
        assert once.count() == Notification.objects.count() == FACTS * TOLD
    mark_lost(timezone.now() + timedelta(hours=1))
    assert not JobRun.objects.running().exists()
    cut_short = JobRun.objects.filter(outcome=JobRun.Outcome.FAILED)
    assert cut_short.filter(error__regex="WorkerLost|Lost: its worker").count() >= 3, "no kill met a task at work"
