"""With beat or worker dead, a web process evaluates the alerts: the silence itself is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.celery import QUEUES
from monitoring import watchman
from monitoring.heartbeats import BEAT
from monitoring.models import Alert, AlertRule
from monitoring.services import heard_of, keep_schedule
from monitoring.services.evaluation import evaluate
from monitoring.tests.make import NOON, fresh_rules
from monitoring.tests.web import web
from notifications.tests.broker import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def seconds(number):
    return NOON + timedelta(seconds=number)


def beat_was_heard(at):
    keep_schedule(NOON)
    for name in (BEAT, *QUEUES):
        heard_of(name, by="test", at=at)


def test_while_beat_and_worker_do_it_the_watchman_only_looks(cast):
    beat_was_heard(seconds(60))
    evaluate(NOON)
    assert not watchman.look(seconds(60), NOON)
    assert AlertRule.objects.filter(evaluated_at=NOON).count() == AlertRule.objects.count()


def test_an_evaluation_that_does_not_come_is_done(cast):
    beat_was_heard(seconds(75))  # the beat lives, so it is the worker
    evaluate(NOON)
    assert watchman.look(seconds(75), NOON)
    assert AlertRule.objects.filter(evaluated_at=seconds(75)).exists()


def test_a_start_gives_beat_and_worker_time_to_start_too(cast):
    assert not watchman.look(seconds(74), NOON)
    assert watchman.look(seconds(75), NOON)


def test_a_dead_beat_is_an_alert_a_quarter_of_a_minute_after_its_three_minutes(cast):
    beat_was_heard(NOON)
    evaluate(NOON)
    for second in range(15, 211, 15):
        heard_of("default", by="test", at=seconds(second))
        watchman.look(seconds(second), NOON)
    alert = Alert.objects.get(rule__metric="beat_silent")
    assert alert.opened_at <= seconds(180 + watchman.IN_NEED.total_seconds() + watchman.EVERY)


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(180)
def test_a_web_process_alone_finds_that_nobody_evaluates(cast, tmp_path):
    fresh_rules()
    long_ago = timezone.now() - timedelta(minutes=10)
    keep_schedule(long_ago)
    heard_of(BEAT, by="a beat that died", at=long_ago)
    evaluate(long_ago, only=["disk"])
    with web(tmp_path):
        eventually(lambda: Alert.objects.filter(rule__metric="beat_silent").exists(), within=60, what="the alert")
