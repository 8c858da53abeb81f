"""SCHEDULE in the admin: operators see how each job stands, move it, stop it and run it; nobody else sees it."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from config import tenancy
from config.celery import SCHEDULE
from config.testing import ACE, sign_in
from monitoring.models import ScheduledJob
from monitoring.services import job_ended, job_started, keep_schedule
from notifications.tests import broker
from staff.models import Person

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/monitoring/scheduledjob/"
SWEEP = "/admin/monitoring/scheduledjob/outbox_5Fsweep/change/"


@pytest.fixture
def operator(cast, client):
    keep_schedule(timezone.now() - timedelta(days=2))
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.ceo.pk).update(is_operator=True)
    return sign_in(client, cast.ceo)


def change(operator, **fields):
    return operator.post(SWEEP, {"is_enabled": "on", "when": "", **fields})


def test_a_manager_who_runs_no_installation_sees_nothing_of_it(cast, client):
    keep_schedule(timezone.now())
    manager = sign_in(client, cast.hr)
    assert manager.get(LIST).status_code == 403
    assert manager.get(SWEEP).status_code == 403
    assert "Scheduled jobs" not in manager.get("/admin/").content.decode()


def test_the_list_shows_how_every_job_stands(operator):
    run, at = uuid.uuid4(), timezone.now()
    job_started(run, SCHEDULE["upkeep"].task, at=at)
    job_ended(run, at=at, error="ValueError: no shelf")
    text = operator.get(LIST).content.decode()
    for name, job in SCHEDULE.items():
        assert name in text
        assert job.purpose in text.replace("&#x27;", "'")
    assert "upkeep failed: ValueError: no shelf" in text
    assert "outbox_sweep is late: it has not begun yet." in text
    assert "Scheduled jobs" in operator.get("/admin/").content.decode()


def test_a_job_is_moved_and_stopped(operator):
    assert change(operator, when="15 3 * * mon").status_code == 302
    assert ScheduledJob.objects.get(name="outbox_sweep").when == "15 3 * * mon"
    assert operator.post(SWEEP, {"when": ""}).status_code == 302
    stopped = ScheduledJob.objects.get(name="outbox_sweep")
    assert (stopped.is_enabled, stopped.when) == (False, "")


def test_what_is_no_time_is_refused_with_one_sentence_and_changes_nothing(operator):
    page = change(operator, when="at tea time")
    assert page.status_code == 200
    assert "“at tea time” is not a time: write minute, hour, day, month and weekday (UTC)" in page.content.decode()
    assert ScheduledJob.objects.get(name="outbox_sweep").when == ""


def test_the_form_names_the_default(operator):
    assert "Empty: the default, * * * * *" in operator.get(SWEEP).content.decode()
    assert operator.get(LIST + "tea/change/").status_code == 404


def run_now(operator, *names):
    data = {"action": "run_now", "_selected_action": names}
    return operator.post(LIST, data, follow=True).content.decode()


def test_a_job_is_run_at_once(operator):
    with broker.valkey() as (_, url), broker.publishing_to(url):
        assert "outbox_sweep was sent to its queue." in run_now(operator, "outbox_sweep")
        (message,) = broker.messages(url, "mail")
    assert message["headers"]["task"] == SCHEDULE["outbox_sweep"].task


def test_a_broker_that_does_not_answer_is_named(operator):
    with broker.publishing_to(f"redis://127.0.0.1:{broker.free_port()}/0"):
        assert "The broker does not answer, so nothing was sent" in run_now(operator, "outbox_sweep")
