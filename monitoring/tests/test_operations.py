"""The health page: who sees it, what it says when all is well, and what it says when something is not known."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from config import tenancy
from config.caching import server
from config.caching.breaker import Breaker
from config.celery import QUEUES, SCHEDULE
from config.testing import ACE, as_owner, sign_in
from monitoring.models import Alert, AlertMessage, Backup, JobRun, ScheduledJob
from monitoring.services import heard_of, keep_schedule
from monitoring.services.evaluation import evaluate
from monitoring.tests.make import rule_of
from notifications.kinds import Kind
from notifications.models import OutboxMessage
from notifications.services import Message, tell
from notifications.tests.broker import free_port
from staff.models import Branch, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

PAGE = "/operations/"


def words(answer) -> str:
    """The page's text."""
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def look(client, person) -> str:
    return words(sign_in(client, person).get(PAGE))


@pytest.fixture
def disk_alert(cast):
    """A disk that is fuller than its rule allows."""
    rule_of("disk", warning=0, critical=None)
    evaluate(timezone.now(), only=["disk"])
    return Alert.objects.get()


@pytest.fixture
def operator(cast):
    """The floor manager runs the installation; the role alone would not open the page."""
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.floor_manager.pk).update(is_operator=True)
    return cast.floor_manager


def ran(name: str, outcome: str = JobRun.Outcome.DONE, error: str = "") -> None:
    """A run of a job of SCHEDULE that began a second ago."""
    began = timezone.now() - timedelta(seconds=1)
    ended = began + timedelta(seconds=0.25)
    task = SCHEDULE[name].task
    JobRun.objects.create(task_id=uuid4(), name=task, started_at=began, ended_at=ended, outcome=outcome, error=error)


def all_is_alive() -> None:
    """A beat and workers that were heard of just now, and every job done."""
    now = timezone.now()
    keep_schedule(now)
    for name in ("beat", *QUEUES):
        heard_of(name, by="test", at=now)
    for name in SCHEDULE:
        ran(name)


def test_it_is_for_those_who_may_watch_and_says_so_to_others(client, cast):
    assert client.get(PAGE).status_code == 302
    for other in (cast.cashier, cast.floor_manager, cast.group_head):
        answer = sign_in(client, other).get(PAGE)
        assert answer.status_code == 403
        assert "This is not for your role" in answer.content.decode()
    for watcher in (cast.hr, cast.auditor, cast.coo):
        assert "Health" in look(client, watcher)


def test_a_fresh_installation_is_unknown_not_zero(client, cast):
    text = look(client, cast.hr)
    assert "Jobs Unknown no beat yet" in text
    assert "Nothing counted in 24 hours" in text
    assert "Disk used unknown" in text
    assert "No backup yet" in text
    assert "Last good: never" in text


def test_all_is_well(client, cast, settings):
    settings.EMAIL_HOST = "mail.example"
    all_is_alive()
    Backup.objects.create(
        name="20260302T000000Z", started_at=timezone.now(), ended_at=timezone.now() + timedelta(seconds=192),
        size=1_840_000_000, outcome="done", verified_at=timezone.now(),
    )  # fmt: skip
    evaluate(timezone.now())
    Alert.objects.all().delete()  # of the machine that runs the tests, whose CPU and disk are its own matter
    client.get("/login")
    text = look(client, cast.hr)
    for tile in ("Web OK 1 process", "Cache OK", f"Jobs OK {len(SCHEDULE)} on time", "Outbox OK nothing waits"):
        assert tile in text
    assert re.search(r"Database OK \d+ of \d+ connections", text)
    assert "E-mail OK 0 gave up" in text
    assert "Traffic 0.2 a minute" in text
    assert "1.84 GB 3 min 12 s Restored on trial" in text
    assert "Nobody has taken it" not in text
    assert "unknown," not in text


def test_an_open_alert_stands_first_and_is_taken_with_one_button(client, cast, disk_alert):
    text = look(client, cast.hr)
    assert text.index("Disk used:") < text.index("Web OK")
    assert "Nobody has taken it." in text
    assert "(1) Health" in text
    text = words(client.post(f"/operations/alerts/{disk_alert.pk}/take", follow=True))
    assert "You have taken it" in text
    assert f"Taken by {cast.hr.full_name}" in text
    assert "Take it" not in text
    disk_alert.refresh_from_db()
    assert disk_alert.acknowledged_by == cast.hr.full_name


def test_who_may_only_read_has_no_button_and_no_way_around_it(client, cast, disk_alert):
    assert "Take it" not in look(client, cast.auditor)
    assert client.post(f"/operations/alerts/{disk_alert.pk}/take").status_code == 403
    disk_alert.refresh_from_db()
    assert disk_alert.acknowledged_at is None


def test_who_took_it_is_not_told_to_another_organisation(client, cast, disk_alert):
    sign_in(client, cast.hr).post(f"/operations/alerts/{disk_alert.pk}/take")
    text = look(client, cast.other_hr)
    assert cast.hr.full_name not in text
    assert "somebody of another organisation" in text


def test_an_alert_that_somebody_else_took_first_is_said_and_no_fault(client, cast, disk_alert):
    sign_in(client, cast.hr).post(f"/operations/alerts/{disk_alert.pk}/take")
    answer = sign_in(client, cast.ceo).post(f"/operations/alerts/{disk_alert.pk}/take", follow=True)
    assert "Somebody has acknowledged this alert already." in words(answer)


def test_what_is_beyond_its_limit_stands_first_among_the_thresholds(client, cast, disk_alert):
    table = look(client, cast.hr).partition("Alert thresholds")[2]
    assert table.index("Disk used") < table.index("Error rate")
    assert "Warning for" in table


def test_an_alert_stands_until_it_closes_whatever_the_last_minute_says(client, cast, disk_alert):
    rule_of("disk", state="quiet")
    table = look(client, cast.hr).partition("Alert thresholds")[2]
    assert table.index("Disk used") < table.index("Error rate")
    assert "Warning for" in table.partition("Error rate")[0]


def test_without_valkey_the_page_says_what_is_not_known(client, cast, settings, caplog):
    all_is_alive()
    evaluate(timezone.now(), only=["error_rate"])
    settings.BROKER_URL = dead = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {**settings.CACHES, "default": {**settings.CACHES["default"], "LOCATION": dead}}
    server.breaker = Breaker()
    text = look(client, cast.hr)
    assert "Web Unknown not counted now" in text
    assert "Requests: unknown, Valkey does not answer." in text
    assert "Cache Look does not answer" in text
    assert "Unread count unknown unknown unknown" in text
    assert "mail unknown" in text.partition("Queues")[2]
    assert f"Jobs OK {len(SCHEDULE)} on time" in text
    assert "a minute" not in text.partition("Alert thresholds")[0]
    assert "Requests could not be read for the health page; the rest of it goes on." in caplog.messages


@pytest.mark.django_db(transaction=True)
def test_a_table_that_does_not_answer_costs_its_part_and_no_more(client, cast):
    all_is_alive()
    with as_owner(connection.settings_dict["NAME"]) as owner, owner.transaction():
        owner.execute("LOCK TABLE monitoring_heartbeat, monitoring_backup")
        text = look(client, cast.hr)
    assert "Signs of life: unknown, the database did not answer this in time." in text
    assert "Backups: unknown, the database did not answer this in time." in text
    assert "Database Look does not answer in time" in text
    assert "Jobs Unknown could not be read" in text
    assert "Outbox sweep every minute" in text
    assert "Outbox OK nothing waits" in text


def test_a_late_job_and_one_that_failed_are_counted_and_named(client, cast):
    all_is_alive()
    long_ago = timezone.now() - timedelta(days=40)
    ScheduledJob.objects.update(counts_from=long_ago)
    JobRun.objects.filter(name=SCHEDULE["upkeep"].task).update(started_at=long_ago, ended_at=long_ago)
    text = look(client, cast.hr)
    assert "Jobs Look 1 late" in text
    assert re.search(r"Upkeep daily, 03:00 \w+ \d+ \w+, \d\d:\d\d 0.0 s Late", text)
    ran("retention", JobRun.Outcome.FAILED, "no space left on /srv/secret")
    text = look(client, cast.hr)
    assert "Jobs Look 1 failed" in text
    assert "secret" not in text, "what a job said of its data and folders is the operator's to read"


def test_an_operator_reads_why_a_job_failed(client, cast, operator):
    ran("retention", JobRun.Outcome.FAILED, "no space left on /srv/secret")
    Backup.objects.create(name="b", started_at=timezone.now(), outcome="failed", error="/srv/vault is gone")
    text = look(client, operator)
    assert "no space left on /srv/secret" in text
    assert "/srv/vault is gone" in text


def test_a_job_that_is_switched_off_is_neither_late_nor_due(client, cast):
    all_is_alive()
    ScheduledJob.objects.filter(name="upkeep").update(is_enabled=False)
    text = look(client, cast.hr)
    assert f"Jobs OK {len(SCHEDULE) - 1} on time" in text
    assert "Upkeep switched off" in text


def test_a_silent_worker_is_named_by_its_queue(client, cast):
    all_is_alive()
    heard_of("mail", by="test", at=timezone.now() - timedelta(minutes=7))
    text = look(client, cast.hr).partition("Queues")[2]
    assert re.search(r"mail 0 7 min( 1 s)? ago Silent", text)
    assert re.search(r"default 0 \d s ago OK", text)


def test_messages_that_were_given_up_are_counted_over_all_organisations(client, cast):
    for organisation, person in ((ACE, cast.cashier), (2, cast.other_cashier)):
        with tenancy.organisation(organisation):
            tell([Message(person.pk, Kind.GENERAL, f"key {organisation}", "Told to nobody else")])
            OutboxMessage.objects.update(dead_at=timezone.now())
    text = look(client, cast.hr)
    assert "Outbox Look 2 gave up" in text
    assert "Told to nobody else" not in text


def test_e_mail_says_when_it_is_not_set_up_and_when_it_is_refused(client, cast, settings):
    settings.EMAIL_HOST = ""
    assert "E-mail Not set up no EMAIL_URL" in look(client, cast.hr)
    settings.EMAIL_HOST = "mail.example"
    assert "E-mail Unknown not measured now" in look(client, cast.hr)
    rule_of("disk", warning=0, critical=None)
    now = timezone.now()
    evaluate(now, only=["disk"])
    AlertMessage.objects.create(
        alert=Alert.objects.get(), event="opened", channel="email", recipient="a@b.example", title="t", body="b",
        created_at=now, due_at=now, dead_at=now,
    )  # fmt: skip
    evaluate(now + timedelta(seconds=1), only=["alerts_untold"])
    assert "E-mail Look 1 gave up" in look(client, cast.hr)


def test_times_are_those_of_the_viewers_own_place(client, cast):
    all_is_alive()
    now = timezone.now()
    assert f"{now + timedelta(hours=1):%H:%M}" in look(client, cast.hr)  # Lagos
    assert "Backup report daily, 09:00" in look(client, cast.hr)
    with tenancy.organisation(ACE):
        Branch.objects.filter(pk=cast.bodija.pk).update(timezone="Asia/Kolkata")
        Person.objects.filter(pk=cast.branch_manager.pk).update(is_operator=True)
    assert "Backup report daily, 13:30" in look(client, cast.branch_manager)


def test_a_rule_that_is_switched_off_has_no_limit_and_no_alarm(client, cast):
    client.get("/login")
    assert "warning 500 ms" in look(client, cast.hr)
    rule_of("response_p95", is_enabled=False, state="critical", evaluated_at=timezone.now())
    text = look(client, cast.hr)
    assert "warning 500 ms" not in text
    assert "Alert never: switched off" in text
    assert "Web OK" in text


def test_the_page_asks_for_itself_again_and_works_without_that(client, cast):
    html = sign_in(client, cast.hr).get(PAGE).content.decode()
    assert 'hx-trigger="every 30s, visibilitychange from:document"' in html
    assert 'class="btn no-js" href="/operations/"' in html
