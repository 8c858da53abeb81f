"""What has expired goes at night, what is old enough goes once a month, in every organisation and nothing else."""

import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from config import tenancy
from config.celery import SCHEDULE, app
from config.idempotency import KEPT
from config.models import GivenAnswer
from config.testing import ACE, OTHER, as_owner, session_of
from monitoring.models import Alert, JobRun, Level
from monitoring.services import apply_retention, batches, job_ended, job_started, keep_up
from monitoring.services.retention import RETENTION
from monitoring.services.upkeep import SomePartsFailed
from monitoring.tests.make import fresh_rules, rule_of
from notifications.delivery import deliver_waiting
from notifications.kinds import Kind
from notifications.models import Notification, OutboxMessage
from notifications.services import Message, tell
from staff import models as staff
from staff.services.letters import write_letter

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING_ELSE = (
    "job_runs 0, sessions 0, letters 0, security_events 0, visits 0, alerts 0, hiring_drafts 0, leavers 0, audit 0"
)


@pytest.fixture(autouse=True)
def temporary_root(settings, tmp_path):
    settings.TEMPORARY_ROOT = tmp_path / "tmp"
    settings.TEMPORARY_ROOT.mkdir()
    return settings.TEMPORARY_ROOT


def test_a_session_goes_when_it_has_expired():
    now = timezone.now()
    for name, days in (("over", -1), ("alive", 1)):
        Session.objects.create(session_key=name, session_data="", expire_date=now + timedelta(days=days))
    assert "expired sessions 1" in keep_up(now)
    assert Session.objects.get().session_key == "alive"


def test_a_given_answer_goes_after_a_day_in_every_organisation(cast):
    now = timezone.now()
    for person in (cast.cashier, cast.other_cashier):
        with tenancy.organisation(person.organisation_id):
            for key, age in (("old", KEPT + timedelta(minutes=1)), ("new", timedelta(hours=1))):
                GivenAnswer.objects.create(person=person, key=key, request_hash="", created_at=now - age)
    assert "given answers 2" in keep_up(now)
    for organisation in (ACE, OTHER):
        with tenancy.organisation(organisation):
            assert GivenAnswer.objects.get().key == "new"


def test_a_temporary_file_goes_after_a_day_with_the_folder_that_it_leaves_empty(temporary_root):
    now = timezone.now()
    old, new = temporary_root / "old" / "report.pdf", temporary_root / "new" / "report.pdf"
    for path, hours in ((old, 25), (new, 23)):
        path.parent.mkdir()
        path.touch()
        for each in (path, path.parent):
            os.utime(each, ((now - timedelta(hours=hours)).timestamp(),) * 2)
    keep_up(now)
    assert not old.exists()
    assert new.exists()
    # Removing its file touched the folder: its own day begins again.
    keep_up(now + timedelta(hours=25))
    assert list(temporary_root.iterdir()) == []


def test_the_database_counts_its_rows_again(cast):
    def counted():
        with as_owner(connection.settings_dict["NAME"]) as owner:
            return owner.execute(
                "SELECT count(*) FROM pg_stat_user_tables WHERE last_analyze > now() - interval '1 minute'"
            ).fetchone()[0]

    keep_up(timezone.now())
    with connection.cursor() as cursor:
        tables = len(connection.introspection.table_names(cursor))
    assert counted() == tables


def test_a_part_that_fails_stops_none_of_the_others(monkeypatch, settings):
    settings.TEMPORARY_ROOT = None
    now = timezone.now()
    Session.objects.create(session_key="over", session_data="", expire_date=now - timedelta(days=1))
    with pytest.raises(SomePartsFailed, match=r"temporary files \(TypeError.*Done: expired sessions 1.*tables counted"):
        keep_up(now)
    assert not Session.objects.exists()


def age_of(organisation, days):
    then = timezone.now() - timedelta(days=days)
    with tenancy.organisation(organisation):
        Notification.objects.update(created_at=then)
        OutboxMessage.objects.update(created_at=then, due_at=then)
        OutboxMessage.objects.exclude(delivered_at=None).update(delivered_at=then)


def told(person, count=1, deliver=True):
    with tenancy.organisation(person.organisation_id):
        tell(Message(person.pk, Kind.GENERAL, f"{deliver}:{number}", "Hello") for number in range(count))
    if deliver:
        deliver_waiting(person.organisation_id)


def kept(organisation):
    with tenancy.organisation(organisation):
        return Notification.objects.count(), OutboxMessage.objects.count()


def test_what_was_told_goes_after_its_days_in_every_organisation(cast):
    told(cast.cashier, 3)
    told(cast.other_cashier)
    age_of(ACE, 91)
    age_of(OTHER, 89)
    assert apply_retention(timezone.now()) == f"notifications 3, deliveries 3, {NOTHING_ELSE}"
    assert (kept(ACE), kept(OTHER)) == ((0, 0), (1, 1))


def test_what_still_waits_is_never_forgotten(cast):
    told(cast.cashier, deliver=False)
    age_of(ACE, 400)
    apply_retention(timezone.now())
    assert kept(ACE) == (0, 1)


def test_a_notification_may_outlive_the_record_of_its_delivery(cast, settings):
    settings.KEEP_DAYS = {**settings.KEEP_DAYS, "notifications": 365}
    told(cast.cashier)
    age_of(ACE, 91)
    assert apply_retention(timezone.now()) == f"notifications 0, deliveries 1, {NOTHING_ELSE}"
    with tenancy.organisation(ACE):
        assert Notification.objects.get().message_id is None


def test_runs_of_jobs_go_after_their_days():
    now = timezone.now()
    for days in (91, 89):
        run, at = uuid4(), now - timedelta(days=days)
        job_started(run, "job", at=at)
        job_ended(run, at=at)
    assert "job_runs 1" in apply_retention(now)
    assert JobRun.objects.get().started_at == now - timedelta(days=89)


def test_an_alert_goes_a_year_after_it_closed_and_one_that_stands_never():
    now = timezone.now()
    fresh_rules()
    rule = rule_of("disk")
    long_ago = now - timedelta(days=400)
    for closed in (now - timedelta(days=366), now - timedelta(days=364), None):
        Alert.objects.create(rule=rule, level=Level.WARNING, threshold=1, opened_at=long_ago, closed_at=closed)
    assert "alerts 1" in apply_retention(now)
    assert Alert.objects.count() == 2


def test_whatever_goes_after_a_time_stands_in_the_table_for_people():
    table = (Path(configured.BASE_DIR) / "docs" / "retention.md").read_text()
    assert [name for name in RETENTION if f"`KEEP_{name.upper()}_DAYS`" not in table] == []


def test_security_events_go_after_a_year_in_every_organisation_and_not_before(cast):
    now = timezone.now()
    for person in (cast.cashier, cast.other_cashier):
        with tenancy.organisation(person.organisation_id):
            for days in (366, 364):
                staff.SecurityEvent.objects.create(
                    kind="injection", person=person, at=now - timedelta(days=days), address="", device="", request_id=""
                )
    assert "security_events 2" in apply_retention(now)
    for organisation in (ACE, OTHER):
        with tenancy.organisation(organisation):
            assert staff.SecurityEvent.objects.get().at == now - timedelta(days=364)


def test_operators_visits_go_a_year_after_they_ended(cast):
    now = timezone.now()
    for organisation in (ACE, OTHER):
        with tenancy.organisation(organisation):
            for days in (366, 364):
                at = now - timedelta(days=days)
                hours = {"begun_at": at - timedelta(hours=1), "ends_at": at}
                staff.Visit.objects.create(operator_id=1, operator_name="Uche Operator", reason="Asked", **hours)
    assert "visits 2" in apply_retention(now)
    for organisation in (ACE, OTHER):
        with tenancy.organisation(organisation):
            assert staff.Visit.objects.get().ends_at == now - timedelta(days=364)


def test_sessions_and_letters_go_with_their_links_thirty_days_after_they_were_of_use(cast):
    now = timezone.now()
    over, open_ = (session_of(person, staff.Door.PAGE) for person in (cast.cashier, cast.teammate))
    with tenancy.organisation(ACE):
        staff.Session.objects.filter(pk=over.pk).update(good_until=now - timedelta(days=31))
        write_letter(cast.cashier, staff.LetterKind.RESET)
        letter = staff.Letter.objects.get()
        staff.OneTimeLink.objects.create(letter=letter, person=cast.cashier, digest="d", expires_at=now)
        staff.Letter.objects.update(created_at=now - timedelta(days=31))
    assert "sessions 1, letters 1" in apply_retention(now)
    with tenancy.organisation(ACE):
        assert staff.Session.objects.get() == open_
        assert not staff.OneTimeLink.objects.exists()


def test_whoever_left_more_than_seven_years_ago_is_erased_by_the_monthly_job(cast):
    today = timezone.localdate()
    for person, days in ((cast.cashier, 2559), (cast.teammate, 2550)):
        with tenancy.organisation(ACE):
            dates = {"hired_on": today - timedelta(days=4000), "left_on": today - timedelta(days=days)}
            staff.Person.objects.filter(pk=person.pk).update(is_active=False, **dates)
    assert apply_retention(timezone.now()).endswith("leavers 1, audit 0")
    with tenancy.organisation(ACE):
        assert staff.Person.objects.get(pk=cast.cashier.pk).is_erased
        assert not staff.Person.objects.get(pk=cast.teammate.pk).is_erased
        assert staff.Erasure.objects.get().by is None


def test_many_rows_go_in_batches(cast, monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 2)
    told(cast.cashier, 5)
    age_of(ACE, 91)
    assert apply_retention(timezone.now()) == f"notifications 5, deliveries 5, {NOTHING_ELSE}"


def test_every_kind_has_its_setting():
    assert set(RETENTION) == set(configured.KEEP_DAYS)


@pytest.mark.parametrize("name", ["upkeep", "retention"])
def test_both_leave_a_row_with_what_they_did(name):
    app.loader.import_default_modules()
    app.tasks[SCHEDULE[name].task].apply()
    run = JobRun.objects.get()
    assert (run.outcome, run.error) == ("done", "")
    assert {"upkeep": "tables counted", "retention": "notifications 0"}[name] in run.answer
