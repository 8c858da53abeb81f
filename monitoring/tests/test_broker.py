"""The outbox is the truth and the broker only a hint: it may be away, come back empty, or be full of announcements."""

import os
import signal

import pytest
from django.utils import timezone

from config import tenancy
from config.celery import SCHEDULE, app
from config.testing import ACE
from monitoring import heartbeats, services
from notifications.kinds import Kind
from notifications.models import Notification, OutboxMessage
from notifications.services import Message, tell
from notifications.tests import broker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

# Several turns of a worker, at a millisecond and more for each.
TOLD = 4000


def tell_many(person, count, fact):
    with tenancy.organisation(person.organisation_id):
        tell(Message(person.pk, Kind.GENERAL, f"{fact}:{number}", "Something happened") for number in range(count))


def inbox():
    with tenancy.organisation(ACE):
        return Notification.objects.count()


def waiting():
    with tenancy.organisation(ACE):
        return OutboxMessage.objects.waiting(timezone.now()).count()


def swept(expected):
    app.send_task(SCHEDULE["outbox_sweep"].task, retry=False)
    broker.eventually(lambda: inbox() == expected, within=60, what=f"{expected} delivered")


def test_a_broker_that_is_away_and_comes_back_without_its_data_loses_no_message(cast, tmp_path):
    port = broker.free_port()
    with broker.valkey(port) as (server, url), broker.publishing_to(url):
        worker = broker.start_worker(url, tmp_path / "log")
        try:
            broker.wait_for(worker, tmp_path / "log")
            tell_many(cast.cashier, 2, "while all is well")
            broker.eventually(lambda: inbox() == 2, within=30, what="delivered")
            # Its hint is taken by the broker, and by nobody else before the broker is gone.
            os.killpg(worker.pid, signal.SIGSTOP)
            tell_many(cast.cashier, 2, "taken and forgotten")
            server.kill()
            server.wait()
            tell_many(cast.cashier, 2, "while it is away")
            assert (inbox(), waiting()) == (2, 4)
            with broker.valkey(port):
                os.killpg(worker.pid, signal.SIGCONT)
                swept(6)
                tell_many(cast.cashier, 1, "as before")
                broker.eventually(lambda: inbox() == 7, within=30, what="hints are taken again")
        finally:
            broker.kill(worker)
    assert waiting() == 0


def test_an_announcement_holds_up_no_other_queue(cast, tmp_path):
    with broker.valkey() as (_, url), broker.publishing_to(url), broker.slow_inboxes(0.001):
        tell_many(cast.cashier, TOLD, "announcement")
        for _ in range(3):
            app.send_task("notifications.tasks.deliver_outbox", (ACE,), retry=False)
        with broker.worker(url, tmp_path / "log", "--queues", "default,mail,webhooks"):
            broker.eventually(lambda: inbox() > 0, within=30, what="the announcement is under way")
            services.ask_every_queue()
            broker.eventually(
                lambda: heartbeats.ages(timezone.now())["webhooks"] is not None, within=60, what="webhooks are consumed"
            )
            assert heartbeats.ages(timezone.now())["default"] is not None
            assert waiting() > 0, "the other queues waited for the whole announcement"
            broker.eventually(lambda: waiting() == 0, within=120, what="everybody is told")
        assert inbox() == TOLD
