"""An alert opens once, is told once, escalates, is taken on, and closes by itself; its history stands."""

from datetime import timedelta

import pytest
from django.db import connection

from config import tenancy
from config.errors import Forbidden, Refused
from config.testing import ACE, OTHER, as_owner
from monitoring.models import Alert, AlertMessage, AlertRule, Level, Sample, State
from monitoring.services.alerts import acknowledge
from monitoring.services.evaluation import KEPT, SomeRulesFailed, evaluate
from monitoring.tests.make import NOON, after, evaluated, rule_of
from monitoring.tests.worlds import requests, set_dead_letters
from notifications.models import OutboxMessage
from staff.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

METRIC = "dead_letters"


@pytest.fixture
def figure(cast):
    """A function that makes the figure so large and evaluates its rule at a minute after noon: real dead letters."""
    rule_of(METRIC, warning=1, critical=4, calm=3, cooldown=30)

    def make(number, at):
        set_dead_letters(cast.cashier, number)
        return evaluated(METRIC, after(at))

    return make


@pytest.fixture
def operator(cast):
    """The chief executive runs the installation, too."""
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.ceo.pk).update(is_operator=True)
        return Person.objects.with_places().get(pk=cast.ceo.pk)


def told(person):
    """The titles that wait in the outbox for a person, oldest first."""
    with tenancy.organisation(person.organisation_id):
        return list(
            OutboxMessage.objects.filter(person=person, kind="alert").order_by("id").values_list("title", flat=True)
        )


# ── Opening and telling ──────────────────────────────────────────────────────
def test_it_opens_once_and_is_told_once(figure, operator, cast):
    for minute in range(5):
        alert = figure(1, minute)
    assert Alert.objects.count() == 1
    assert (alert.level, alert.value, alert.threshold, alert.opened_at) == (Level.WARNING, 1, 1, NOON)
    assert alert.message == "Messages given up: 1, at or above the warning threshold of 1."
    assert told(operator) == [f"Warning: {alert.message}"]
    assert told(cast.hr) == []


def test_operators_of_every_organisation_are_told_in_their_own(figure, operator, cast):
    with tenancy.organisation(OTHER):
        Person.objects.filter(pk=cast.other_hr.pk).update(is_operator=True)
    figure(1, 0)
    assert len(told(operator)) == len(told(cast.other_hr)) == 1


def test_a_rule_tells_only_by_the_ways_it_was_given(figure, operator, settings):
    settings.EMAIL_HOST, settings.ALERT_EMAILS = "mail.example", ["ops@platform.example"]
    settings.ALERT_WEBHOOK_URL = "https://hooks.example/secret"
    rule_of(METRIC, in_app=False, also_email="night@platform.example, ops@platform.example")
    figure(1, 0)
    assert told(operator) == []
    rows = set(AlertMessage.objects.values_list("channel", "recipient"))
    addresses = (operator.email, "ops@platform.example", "night@platform.example")
    assert rows == {*(("email", address) for address in addresses), ("webhook", "")}
    assert "secret" not in str(AlertMessage.objects.values())
    rule_of(METRIC, by_email=False, by_webhook=False)
    figure(4, 1)
    assert AlertMessage.objects.count() == 4


def test_without_a_mail_server_and_a_webhook_nothing_waits_for_them(figure, operator):
    figure(1, 0)
    assert not AlertMessage.objects.exists()


def test_it_must_hold_as_long_as_the_rule_says(figure):
    rule_of(METRIC, hold=5)
    assert figure(1, 0) is None
    assert figure(1, 4) is None
    assert figure(0, 4.5) is None  # interrupted: it counts anew
    assert figure(1, 5) is None
    assert figure(1, 9) is None
    assert figure(1, 10) is not None


def test_time_in_which_nobody_looked_does_not_count_as_held(figure):
    rule_of(METRIC, hold=5)
    figure(1, 0)
    assert figure(1, 20) is None
    assert figure(1, 25) is not None


def test_a_rule_that_is_switched_off_measures_and_is_silent(figure):
    rule_of(METRIC, is_enabled=False)
    assert figure(9, 0) is None
    assert Sample.objects.get(metric=METRIC).value == 9


def test_what_an_earlier_moment_measured_changes_nothing_later(figure):
    figure(1, 5)
    assert figure(0, 4).is_open
    assert AlertRule.objects.get(metric=METRIC).value == 1


# ── Worse, better, over ──────────────────────────────────────────────────────
def test_it_escalates_once_and_tells_of_it(figure, operator):
    figure(1, 0)
    for minute in (1, 2, 3):
        alert = figure(4, minute)
    assert Alert.objects.count() == 1
    assert (alert.level, alert.threshold, alert.escalated_at) == (Level.CRITICAL, 4, after(1))
    assert [title.split(":")[0] for title in told(operator)] == ["Warning", "Now critical"]


def test_a_better_level_is_followed_but_not_told(figure, operator):
    figure(4, 0)
    alert = figure(2, 1)
    assert (alert.level, alert.value, alert.is_open) == (Level.CRITICAL, 2, True)
    assert len(told(operator)) == 1


def test_it_closes_by_itself_after_its_calm_and_tells_of_it(figure, operator):
    figure(1, 0)
    assert figure(0, 10).is_open
    assert figure(0, 12).is_open
    alert = figure(0, 13)
    assert alert.closed_at == after(13)
    assert told(operator)[1] == "Over: Messages given up is back within bounds: 0, after 13 min."
    figure(0, 14)
    assert len(told(operator)) == 2


def test_the_history_stands_and_a_new_episode_is_a_new_alert(figure):
    for start in (0, 100):
        figure(4, start)
        figure(0, start + 1)
        figure(0, start + 4)
    episodes = list(Alert.objects.order_by("id").values_list("opened_at", "closed_at"))
    assert episodes == [(after(0), after(4)), (after(100), after(104))]


def test_a_flapping_figure_tells_once_within_the_cooldown(figure, operator):
    rule_of(METRIC, calm=0)
    for minute in range(0, 28, 2):
        figure(1, minute)
        figure(0, minute + 1)
    assert Alert.objects.count() == 14
    assert [title.split(":")[0] for title in told(operator)] == ["Warning", "Over"]
    figure(1, 30)
    assert len(told(operator)) == 3


def test_what_still_stands_when_the_cooldown_ends_is_told_then(figure, operator):
    rule_of(METRIC, calm=0)
    figure(1, 0)
    figure(0, 1)
    for minute in (20, 25, 29):
        figure(1, minute)
        assert len(told(operator)) == 2
    figure(1, 30)
    assert len(told(operator)) == 3


def test_something_worse_is_told_within_the_cooldown_too(figure, operator):
    rule_of(METRIC, calm=0)
    figure(1, 0)
    figure(0, 1)
    figure(4, 2)
    assert told(operator)[-1].startswith("Critical: ")


def test_switching_a_rule_off_closes_its_alert(figure):
    figure(1, 0)
    rule_of(METRIC, is_enabled=False)
    assert figure(1, 1).closed_at == after(1)


def test_a_threshold_that_is_raised_closes_what_it_had_opened(figure):
    figure(2, 0)
    rule_of(METRIC, warning=3)
    figure(2, 1)
    assert not figure(2, 4).is_open


# ── Taking one on ────────────────────────────────────────────────────────────
def test_the_first_to_acknowledge_counts(figure, cast, operator):
    alert = figure(1, 0)
    acknowledge(alert, note=" The mail server is down. ", by=cast.hr)
    assert (alert.acknowledged_by, alert.note) == (cast.hr.full_name, "The mail server is down.")
    with pytest.raises(Refused, match="already"):
        acknowledge(Alert.objects.get(), by=operator)
    assert Alert.objects.get().acknowledged_by == cast.hr.full_name
    assert figure(1, 1).acknowledged_at == alert.acknowledged_at
    assert len(told(operator)) == 1


def test_what_has_closed_cannot_be_acknowledged(figure, cast):
    figure(1, 0)
    figure(0, 1)
    with pytest.raises(Refused, match="closed by itself"):
        acknowledge(figure(0, 4), by=cast.hr)


def test_auditors_and_managers_do_not_acknowledge(figure, cast):
    alert = figure(1, 0)
    for person in (cast.auditor, cast.branch_manager, cast.cashier):
        with pytest.raises(Forbidden):
            acknowledge(alert, by=person)
    assert Alert.objects.get().acknowledged_at is None


# ── Unknown is not fine ──────────────────────────────────────────────────────
def test_a_figure_that_cannot_be_measured_becomes_an_alert(cast, settings, operator):
    broker, settings.BROKER_URL = settings.BROKER_URL, "redis://127.0.0.1:9/0"  # nobody listens there
    assert evaluated("error_rate", after(0)) is None
    rule = AlertRule.objects.get(metric="error_rate")
    assert (rule.state, rule.value) == (State.UNKNOWN, None)
    assert evaluated("error_rate", after(4)) is None
    alert = evaluated("error_rate", after(5))
    assert (alert.level, alert.value) == (Level.WARNING, None)
    assert alert.message == "Error rate cannot be measured since 12:00 UTC."
    assert set(Sample.objects.filter(metric="error_rate").values_list("value", flat=True)) == {None}
    settings.BROKER_URL = broker
    evaluated("error_rate", after(6))
    assert not evaluated("error_rate", after(11)).is_open
    assert [title.split(":")[0] for title in told(operator)] == ["Warning", "Over"]


def test_not_knowing_closes_nothing(cast, settings):
    requests(100, failing=50)(cast)
    assert evaluated("error_rate", after(0)).is_open
    settings.BROKER_URL = "redis://127.0.0.1:9/0"
    for minute in (1, 10, 60):
        alert = evaluated("error_rate", after(minute))
        assert (alert.is_open, alert.level, alert.value) == (True, Level.CRITICAL, None)


@pytest.mark.django_db(transaction=True)
def test_a_broken_probe_is_unknown_and_stops_none_of_the_others(cast, caplog):
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute("ALTER FUNCTION outbox_backlogs(timestamptz) RENAME TO gone")
        try:
            evaluate(after(0), only=["dead_letters", "disk"])
        finally:
            owner.execute("ALTER FUNCTION gone(timestamptz) RENAME TO outbox_backlogs")
    broken, sound = (AlertRule.objects.get(metric=metric) for metric in ("dead_letters", "disk"))
    assert (broken.state, broken.detail) == (State.UNKNOWN, "ProgrammingError")
    assert sound.state == State.OK
    assert "dead_letters could not be measured" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_alert_that_cannot_be_told_is_not_opened_and_stops_none_of_the_others(cast, operator):
    rule_of("disk", warning=0, critical=None)
    rule_of("jobs_failing", warning=0, critical=None)
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute("ALTER TABLE notifications_outboxmessage ADD CONSTRAINT no_disk CHECK (title NOT LIKE '%Disk%')")
        try:
            with pytest.raises(SomeRulesFailed, match="disk .*no_disk"):
                evaluate(after(0), only=["disk", "jobs_failing"])
        finally:
            owner.execute("ALTER TABLE notifications_outboxmessage DROP CONSTRAINT no_disk")
    assert Alert.objects.get().rule.metric == "jobs_failing"
    evaluate(after(1), only=["disk", "jobs_failing"])
    assert len(told(operator)) == 2


# ── What is kept ─────────────────────────────────────────────────────────────
def test_one_sample_a_minute_is_kept_for_two_days(figure):
    figure(1, 0)
    figure(2, 0.5)
    assert Sample.objects.get().value == 2
    figure(3, 1)
    assert Sample.objects.count() == 2
    figure(0, KEPT / timedelta(minutes=1) + 1)
    assert list(Sample.objects.order_by("at").values_list("value", flat=True)) == [3, 0]
