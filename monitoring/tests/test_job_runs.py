"""Every run of a job leaves a row that says how it went, and nothing that happens to the row stops the job."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from celery.exceptions import Retry
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config import tenancy
from config.celery import BOUNDS, EVERY_MINUTE, SCHEDULE, app, limit_of
from config.testing import ACE, as_owner, sign_in
from monitoring.models import JobRun, ScheduledJob
from monitoring.selectors import job_statuses, late_or_failed
from monitoring.services import Verdict, job_ended, job_started, keep_schedule, mark_lost
from monitoring.services.runs import DELIVERIES
from staff.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def job():
    """A function that makes a task out of a function, for this test only."""
    made = []

    def make(work):
        def task():
            return work()

        made.append(app.task(name=f"test.{len(made)}")(task).name)
        return app.tasks[made[-1]]

    yield make
    for name in made:
        app.tasks.pop(name)


def output_of(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out


def test_a_run_that_went_well(job):
    job(lambda: 5).apply()
    run = JobRun.objects.get()
    assert (run.outcome, run.error) == (JobRun.Outcome.DONE, "")
    assert run.started_at <= run.ended_at


def test_a_run_that_raised_says_why(job):
    def stumble():
        raise ValueError("the shelf is empty")

    assert job(stumble).apply().failed()
    run = JobRun.objects.get()
    assert (run.outcome, run.error) == (JobRun.Outcome.FAILED, "ValueError: the shelf is empty")
    assert run.ended_at is not None


def test_a_retry_is_written_down_as_a_failed_run(job):
    def again():
        raise Retry("the other side is busy")

    job(again).apply()
    run = JobRun.objects.get()
    assert (run.outcome, run.error) == (JobRun.Outcome.FAILED, "Will be retried: the other side is busy")


def test_a_run_in_progress_is_shown_as_running(job):
    seen = []
    job(lambda: seen.extend(JobRun.objects.values_list("outcome", flat=True))).apply()
    assert seen == [JobRun.Outcome.RUNNING]


def test_a_killed_run_does_not_stay_running(job):
    started = timezone.now()
    job_started(uuid.uuid4(), "killed", at=started)
    assert mark_lost(started + timedelta(minutes=5)) == 0
    assert mark_lost(started + timedelta(minutes=7)) == 1
    lost = JobRun.objects.get(name="killed")
    assert (lost.outcome, lost.error) == (JobRun.Outcome.FAILED, "Lost: its worker was killed.")


def test_each_job_is_lost_by_its_own_limit():
    started = timezone.now()
    for task in BOUNDS:
        job_started(uuid.uuid4(), task, at=started)
        assert mark_lost(started + timedelta(seconds=limit_of(task) + 59)) == 0, task
        assert mark_lost(started + timedelta(seconds=limit_of(task) + 61)) == 1, task


def test_the_first_word_on_a_run_stands():
    run = uuid.uuid4()
    job_started(run, "job", at=timezone.now())
    job_ended(run, at=timezone.now(), error="TimeLimitExceeded: 300")
    job_ended(run, at=timezone.now())
    assert JobRun.objects.get().outcome == JobRun.Outcome.FAILED


def test_a_second_delivery_takes_over_the_row():
    run = uuid.uuid4()
    assert job_started(run, "job", at=timezone.now()) is Verdict.RUN
    assert job_started(run, "job", at=timezone.now(), redelivered=True) is Verdict.RUN
    job_ended(run, at=timezone.now())
    assert JobRun.objects.get().outcome == JobRun.Outcome.DONE
    assert JobRun.objects.get().deliveries == 2


def test_a_message_that_came_twice_is_run_once(job):
    times = []
    task, run = job(lambda: times.append(1)), str(uuid.uuid4())
    for _ in range(2):
        task.apply(task_id=run)
    assert times == [1]
    assert JobRun.objects.get().outcome == JobRun.Outcome.DONE


def test_a_message_that_came_twice_leaves_the_first_run_alone(job):
    run = str(uuid.uuid4())
    twin = job(lambda: None)
    job_started(uuid.UUID(run), twin.name, at=timezone.now())
    twin.apply(task_id=run)
    assert JobRun.objects.get().outcome == JobRun.Outcome.RUNNING


def test_a_run_that_is_done_is_not_begun_again_by_a_late_redelivery():
    run = uuid.uuid4()
    job_started(run, "job", at=timezone.now())
    job_ended(run, at=timezone.now())
    assert job_started(run, "job", at=timezone.now(), redelivered=True) is Verdict.KNOWN


def test_a_task_that_kills_its_workers_is_given_up():
    run = uuid.uuid4()
    job_started(run, "poison", at=timezone.now())
    for _ in range(DELIVERIES - 1):
        assert job_started(run, "poison", at=timezone.now(), redelivered=True) is Verdict.RUN
    assert job_started(run, "poison", at=timezone.now(), redelivered=True) is Verdict.POISON
    given_up = JobRun.objects.get()
    assert (given_up.outcome, given_up.error) == ("failed", "Given up: its worker died with it 3 times.")


def test_a_retry_runs_again_under_the_same_id():
    run = uuid.uuid4()
    job_started(run, "job", at=timezone.now())
    job_ended(run, at=timezone.now(), error="Will be retried: busy")
    assert job_started(run, "job", at=timezone.now(), retry=True) is Verdict.RUN


@pytest.mark.django_db(transaction=True)
def test_without_its_table_the_job_still_does_its_work(job, caplog):
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute("ALTER TABLE monitoring_jobrun RENAME TO monitoring_gone")
        try:
            assert job(lambda: 5).apply().result == 5
        finally:
            owner.execute("ALTER TABLE monitoring_gone RENAME TO monitoring_jobrun")
    assert "could not be recorded" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_not_handed_to_the_job(job, caplog):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as another:
        another.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert job(Person.objects.count).apply().result == 0
    assert "could not be recorded" in caplog.text


def test_jobs_lists_every_entry_of_the_schedule(capsys):
    app.loader.import_default_modules()
    call_command("run_job", "outbox_sweep")
    capsys.readouterr()
    listed = {entry["name"]: entry for entry in json.loads(output_of(capsys, "jobs", "--json"))}
    assert set(listed) == set(SCHEDULE)
    assert listed["outbox_sweep"]["outcome"] == "done"
    assert listed["outbox_sweep"]["seconds"] >= 0
    assert listed["shift_reminders"]["outcome"] == "never"
    next_at = datetime.fromisoformat(listed["outbox_sweep"]["next_at"])
    assert (next_at.second, next_at.microsecond) == (0, 0)
    assert timedelta(seconds=-1) < next_at - datetime.now(UTC) <= timedelta(seconds=60)
    text = output_of(capsys, "jobs")
    assert all(job.purpose in text for job in SCHEDULE.values())


def test_jobs_shows_the_last_run_of_several_in_one_query(capsys, django_assert_num_queries):
    task = SCHEDULE["outbox_sweep"].task
    for minutes, error in ((2, "old trouble"), (1, "")):
        run, at = uuid.uuid4(), timezone.now() - timedelta(minutes=minutes)
        job_started(run, task, at=at)
        job_ended(run, at=at + timedelta(seconds=3), error=error)
    with django_assert_num_queries(3):
        text = output_of(capsys, "jobs")
    assert "old trouble" not in text
    assert "3.0 s" in text


def known_since(now):
    keep_schedule(now)
    return now


def ran(name, at, error=""):
    run = uuid.uuid4()
    job_started(run, SCHEDULE[name].task, at=at)
    job_ended(run, at=at + timedelta(seconds=1), error=error)


def trouble(now):
    return {status.name: status.trouble for status in late_or_failed(now)}


def test_a_job_is_late_when_it_has_not_begun_in_time():
    now = known_since(datetime(2026, 11, 26, 12, 0, tzinfo=UTC))
    for name in SCHEDULE:
        ran(name, now)
    assert trouble(now + timedelta(minutes=3, seconds=50)) == {}
    every_minute = [name for name, job in SCHEDULE.items() if job.when == EVERY_MINUTE]
    assert trouble(now + timedelta(minutes=4)) == dict.fromkeys(every_minute, "late")
    for name in every_minute[:-1]:
        ran(name, now + timedelta(minutes=4))
    assert trouble(now + timedelta(minutes=4)) == {every_minute[-1]: "late"}


def test_a_job_that_never_ran_is_late_too_but_not_at_once():
    now = known_since(datetime(2026, 11, 26, 12, 0, 30, tzinfo=UTC))
    assert trouble(now + timedelta(minutes=3)) == {}
    assert trouble(now + timedelta(minutes=4))["outbox_sweep"] == "late"


def test_a_disabled_job_is_in_no_trouble():
    now = known_since(datetime(2026, 11, 26, 12, 0, tzinfo=UTC))
    ran("outbox_sweep", now, error="no shelf")
    ScheduledJob.objects.update(is_enabled=False)
    assert trouble(now + timedelta(hours=1)) == {}
    assert all(status.next_at is None for status in job_statuses(now))


def test_jobs_ends_with_one_when_something_failed(capsys):
    now = known_since(timezone.now())
    for name in SCHEDULE:
        ran(name, now)
    call_command("jobs")
    ran("outbox_sweep", now + timedelta(seconds=1), error="ValueError: no shelf")
    with pytest.raises(SystemExit) as ended:
        call_command("jobs")
    assert ended.value.code == 1
    assert "outbox_sweep failed: ValueError: no shelf" in capsys.readouterr().err


def test_an_unknown_job_is_refused_with_the_names_of_the_others():
    with pytest.raises(CommandError, match="There is no job “tea”; the jobs are outbox_sweep, letters"):
        call_command("run_job", "tea")


@pytest.mark.django_db(transaction=True)
def test_run_job_says_what_failed_and_leaves_a_row():
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute("ALTER FUNCTION active_organisations() RENAME TO gone")
        try:
            with pytest.raises(CommandError, match=r"outbox_sweep failed: ProgrammingError: .*active_organisations"):
                call_command("run_job", "outbox_sweep")
        finally:
            owner.execute("ALTER FUNCTION gone() RENAME TO active_organisations")
    assert JobRun.objects.get().outcome == JobRun.Outcome.FAILED


def test_only_an_operator_reads_job_runs_in_the_admin(cast, client):
    assert sign_in(client, cast.hr).get("/admin/monitoring/jobrun/").status_code == 403
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.ceo.pk).update(is_operator=True)
    response = sign_in(client, cast.ceo).get("/admin/monitoring/jobrun/")
    assert response.status_code == 200
    assert sign_in(client, cast.ceo).get("/admin/monitoring/jobrun/add/").status_code == 403


def test_a_job_run_has_no_history_page(cast, client, job):
    job(lambda: 5).apply()
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.ceo.pk).update(is_operator=True)
    address = f"/admin/monitoring/jobrun/{JobRun.objects.get().pk}/history/"
    for person in (cast.hr, cast.ceo):
        assert sign_in(client, person).get(address).status_code == 404
    assert client.get("/admin/monitoring/jobrun/999999/history/").status_code == 404
