"""Each tick of a job is sent once, however many beats there are, and a missed one is caught up once."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from config.celery import SCHEDULE, app
from config.errors import Refused
from monitoring.heartbeats import beat_silence
from monitoring.models import ScheduledJob
from monitoring.services import change_schedule, keep_schedule, send_due, send_now
from notifications.tests import broker

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 26, 12, 0, 30, tzinfo=UTC)
SWEEP = "outbox_sweep"


@pytest.fixture
def valkey():
    """A broker of the test's own; yields its URL."""
    with broker.valkey() as (_, url), broker.publishing_to(url):
        yield url


def only(name, when="", **fields):
    """The one job that is enabled, last sent an hour ago."""
    keep_schedule(NOON - timedelta(days=100))
    ScheduledJob.objects.exclude(name=name).update(is_enabled=False)
    ScheduledJob.objects.filter(name=name).update(when=when, last_tick=NOON - timedelta(hours=1))
    ScheduledJob.objects.filter(name=name).update(**fields)
    return ScheduledJob.objects.get(name=name)


def sent(url, name=SWEEP):
    return broker.messages(url, SCHEDULE[name].queue)


def test_a_tick_is_sent_once_and_to_its_queue(valkey):
    only(SWEEP)
    assert send_due(NOON) == [SWEEP]
    assert send_due(NOON) == []
    assert send_due(NOON + timedelta(seconds=29)) == []
    assert send_due(NOON + timedelta(seconds=30)) == [SWEEP]
    assert [message["headers"]["task"] for message in sent(valkey)] == [SCHEDULE[SWEEP].task] * 2


def test_a_daily_job_is_caught_up_once_after_days_of_silence(valkey):
    only(SWEEP, "0 2 * * *", last_tick=NOON - timedelta(days=4))
    assert send_due(NOON) == [SWEEP]
    assert send_due(NOON + timedelta(hours=13)) == []
    assert send_due(NOON + timedelta(hours=14)) == [SWEEP]


def test_a_minutes_job_skips_the_minutes_that_were_missed(valkey):
    only(SWEEP, last_tick=NOON - timedelta(days=4))
    send_due(NOON)
    assert len(sent(valkey)) == 1


def test_a_disabled_job_is_not_sent(valkey):
    only(SWEEP, is_enabled=False)
    assert send_due(NOON) == []


def test_a_new_time_counts_from_now(valkey):
    job = only(SWEEP)
    change_schedule(job, is_enabled=True, when="0  2 * * *", now=NOON)
    assert ScheduledJob.objects.get(name=SWEEP).when == "0 2 * * *"
    assert send_due(NOON + timedelta(hours=1)) == []
    assert send_due(NOON + timedelta(hours=14)) == [SWEEP]


def test_a_clock_that_was_ahead_silences_nothing(valkey):
    only(SWEEP, last_tick=NOON + timedelta(days=365))
    assert send_due(NOON) == [SWEEP]
    assert send_due(NOON) == []


def test_a_job_that_the_table_no_longer_has_goes(valkey):
    ScheduledJob.objects.create(name="tea", last_tick=NOON, counts_from=NOON)
    assert send_due(NOON + timedelta(hours=1)) == []
    keep_schedule(NOON)
    assert set(ScheduledJob.objects.values_list("name", flat=True)) == set(SCHEDULE)


def test_what_an_operator_set_stays_when_the_beat_starts_again(valkey):
    job = only(SWEEP)
    change_schedule(job, is_enabled=False, when="0 2 * * *", now=NOON)
    keep_schedule(NOON + timedelta(hours=1))
    kept = ScheduledJob.objects.get(name=SWEEP)
    assert (kept.is_enabled, kept.when, kept.last_tick) == (False, "0 2 * * *", NOON)


def test_twenty_at_once_send_one(valkey):
    only(SWEEP)

    def beat(_):
        try:
            return send_due(NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as beats:
        outcomes = list(beats.map(beat, range(20)))
    assert [name for names in outcomes for name in names] == [SWEEP]
    assert len(sent(valkey)) == 1


def test_a_broker_that_takes_nothing_leaves_the_tick_to_the_next_look():
    only(SWEEP)
    with broker.publishing_to(f"redis://127.0.0.1:{broker.free_port()}/0"), pytest.raises(OperationalError):
        send_due(NOON)
    with broker.valkey() as (_, url), broker.publishing_to(url):
        assert send_due(NOON) == [SWEEP]
        assert len(sent(url)) == 1


def test_the_same_tick_has_the_same_id_so_that_a_worker_runs_it_once(valkey):
    only(SWEEP)
    send_due(NOON)
    ScheduledJob.objects.filter(name=SWEEP).update(last_tick=NOON - timedelta(hours=1))
    send_due(NOON)
    ids = [message["headers"]["id"] for message in sent(valkey)]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_job_can_be_sent_by_hand_and_says_so_when_it_cannot(valkey):
    send_now(SWEEP)
    assert len(sent(valkey)) == 1
    with broker.publishing_to(f"redis://127.0.0.1:{broker.free_port()}/0"), pytest.raises(Refused, match="does not"):
        send_now(SWEEP)


def test_a_message_dies_with_its_minute(valkey):
    only(SWEEP)
    send_due(NOON)
    (message,) = sent(valkey)
    expires = datetime.fromisoformat(message["headers"]["expires"])
    assert timedelta(0) < expires - timezone.now() < timedelta(seconds=30)


def start_beat(url, log):
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "beat", "--pidfile=", "--loglevel", "INFO"],
            env=broker.environment(url),
            cwd=settings.BASE_DIR,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def test_two_real_beats_send_each_tick_once(valkey, tmp_path):
    now = timezone.now()
    keep_schedule(now)
    ScheduledJob.objects.update(is_enabled=False)
    ScheduledJob.objects.filter(name=SWEEP).update(is_enabled=True, when="every 5 s")
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    beats = [start_beat(valkey, log) for log in logs]
    try:
        for beat, log in zip(beats, logs, strict=True):
            broker.eventually(lambda log=log: b"beat: Starting" in log.read_bytes(), within=60, what="a beat")
            assert beat.poll() is None
        broker.eventually(lambda: len(sent(valkey)) >= 3, within=60, what="three ticks")
        time.sleep(1.5)  # both have looked again
    finally:
        for beat in beats:
            broker.kill(beat)
    messages = sent(valkey)
    assert len({message["headers"]["id"] for message in messages}) == len(messages)
    assert beat_silence(timezone.now()) < 60
    assert all(broker.messages(valkey, queue) for queue in ("default", "maintenance")), "no queue was asked"


def test_a_beat_outlives_a_database_that_is_away(valkey):
    from monitoring.beat import LOOK, REST, ClaimingScheduler

    scheduler = ClaimingScheduler(app)
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = str(broker.free_port())
    try:
        assert scheduler.tick() == REST
    finally:
        connection.settings_dict["PORT"] = port
    assert scheduler.tick() == LOOK
