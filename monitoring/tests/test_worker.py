"""Worker and broker for real: hints are taken, jobs run under row-level security, a bad broker costs a second."""

import re
import signal
import time

import pytest
from django.conf import settings
from django.utils import timezone

from config import tenancy
from config.celery import BOUNDS, HOUR, QUEUES, SCHEDULE, app, limit_of
from config.testing import ACE, OTHER
from monitoring import heartbeats, services
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
        # Backups and upkeep have tests of their own, and would work on the developer's server here.
        tasks = {job.task for job in SCHEDULE.values() if job.queue != "maintenance"}
        for task in tasks:
            app.send_task(task, expires=55)
        broker.eventually(lambda: inbox(cast.other_cashier) == 1, within=30, what="the sweep delivers")
        tasks |= {"notifications.tasks.deliver_outbox"}
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


def test_every_queue_answers_with_a_sign_of_life(tmp_path):
    assert set(heartbeats.ages(timezone.now()).values()) == {None}
    with broker.valkey() as (_, url), broker.publishing_to(url):
        services.ask_every_queue()
        assert all(broker.messages(url, queue) for queue in QUEUES)
        with broker.worker(url, tmp_path / "log"):
            broker.eventually(
                lambda: None not in heartbeats.ages(timezone.now()).values(), within=30, what="every queue answers"
            )
    assert max(heartbeats.ages(timezone.now()).values()) < 60
    assert not JobRun.objects.exists()


def test_a_queue_that_nobody_consumes_stays_silent(tmp_path):
    with broker.valkey() as (_, url), broker.publishing_to(url):
        services.ask_every_queue()
        with broker.worker(url, tmp_path / "log", "--queues", "default"):
            broker.eventually(
                lambda: heartbeats.ages(timezone.now())["default"] is not None, within=30, what="default answers"
            )
            ages = heartbeats.ages(timezone.now())
    assert [queue for queue, age in ages.items() if age is not None] == ["default"]


def test_the_tables_name_tasks_that_exist_and_queues_that_are_consumed():
    app.loader.import_default_modules()
    assert set(BOUNDS) == {name for name in app.tasks if not name.startswith("celery.")}
    assert {bound.queue for bound in BOUNDS.values()} <= set(QUEUES)
    consumed = re.findall(r"--queues (\S+)", (settings.BASE_DIR / "Procfile").read_text())
    assert sorted(",".join(consumed).split(",")) == sorted(QUEUES)


def test_a_message_is_not_delivered_again_while_its_task_may_still_run():
    longest = max(limit_of(task) for task in BOUNDS if app.tasks[task].acks_late)
    assert app.conf.broker_transport_options["visibility_timeout"] > longest + 300


def test_every_task_has_its_limit():
    for name, bound in BOUNDS.items():
        assert app.tasks[name].soft_time_limit == bound.limit
        assert app.tasks[name].time_limit == bound.limit + 15
        # Hours of copying are acknowledged at once: no broker waits so long before it hands them to a second worker.
        assert app.tasks[name].acks_late or bound.limit >= 4 * HOUR
