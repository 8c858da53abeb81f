"""Worker and broker for real: hints are taken, jobs run under row-level security, a bad broker costs a second."""

import signal
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from config import tenancy
from config.celery import SCHEDULE, app
from config.testing import ACE, OTHER
from monitoring.models import JobRun
from notifications.kinds import Kind
from notifications.models import Notification, OutboxMessage
from notifications.services import Message, tell
from notifications.tests import broker

pytestmark = pytest.mark.django_db(transaction=True)

# A second for the socket, and what a busy machine adds; unbounded, kombu takes four and more.
ABOUT_A_SECOND = 3.0


def tell_one(person, key):
    """Tell in a transaction of its own; returns the seconds that the caller was held up."""
    begun = time.monotonic()
    with tenancy.organisation(person.organisation_id):
        assert tell([Message(person.pk, Kind.GENERAL, key, "Something happened")]) == 1
    return time.monotonic() - begun


def inbox(person):
    with tenancy.organisation(person.organisation_id):
        return Notification.objects.visible_to(person).count()


def waiting():
    with tenancy.organisation(ACE):
        return OutboxMessage.objects.waiting(timezone.now()).count()


def test_a_hint_reaches_the_worker_and_the_sweep_finds_the_rest(cast, tmp_path):
    with tenancy.organisation(OTHER):
        tell([Message(cast.other_cashier.pk, Kind.GENERAL, "lost hint", "Something happened")])
    with broker.valkey() as (_, url), broker.publishing_to(url), broker.worker(url, tmp_path / "log"):
        tell_one(cast.cashier, "hinted")
        broker.eventually(lambda: inbox(cast.cashier) == 1, within=30, what="the hint is followed")
        assert inbox(cast.other_cashier) == 0
        for job in SCHEDULE.values():
            app.send_task(job.task, expires=55)
        broker.eventually(lambda: inbox(cast.other_cashier) == 1, within=30, what="the sweep delivers")
        tasks = {job.task for job in SCHEDULE.values()} | {"notifications.tasks.deliver_outbox"}
        done = JobRun.objects.filter(outcome=JobRun.Outcome.DONE)
        broker.eventually(
            lambda: set(done.values_list("name", flat=True)) == tasks, within=30, what="every job has a row"
        )


def test_a_hung_broker_holds_the_caller_up_for_about_a_second(cast, caplog):
    with broker.valkey() as (server, url), broker.publishing_to(url):
        tell_one(cast.cashier, "while it lives")
        server.send_signal(signal.SIGSTOP)
        try:
            held_up = [tell_one(cast.cashier, f"while it hangs {number}") for number in range(2)]
        finally:
            server.send_signal(signal.SIGCONT)
        assert max(held_up) < ABOUT_A_SECOND
        assert caplog.text.count("did not take a delivery hint") == 2
        tell_one(cast.cashier, "when it is back")
        assert caplog.text.count("did not take a delivery hint") == 2
    assert waiting() == 4


def test_a_broker_that_was_hung_from_the_beginning_holds_up_no_longer(cast, caplog):
    with broker.valkey() as (server, url), broker.publishing_to(url):
        server.send_signal(signal.SIGSTOP)
        assert tell_one(cast.cashier, "hung") < ABOUT_A_SECOND
    assert "did not take a delivery hint" in caplog.text
    assert waiting() == 1


def test_a_closed_port_fails_nothing_and_is_written_down(cast, caplog):
    with broker.publishing_to(f"redis://127.0.0.1:{broker.free_port()}/0"):
        assert tell_one(cast.cashier, "closed") < ABOUT_A_SECOND
    assert "did not take a delivery hint" in caplog.text
    assert waiting() == 1


def test_a_task_that_is_not_in_the_worker_cannot_stand_in_the_schedule():
    app.loader.import_default_modules()
    assert {job.task for job in SCHEDULE.values()} <= set(app.tasks)
    assert all(entry["options"]["expires"] < timedelta(minutes=1).seconds for entry in app.conf.beat_schedule.values())
