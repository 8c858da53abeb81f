"""Every alert rule, as it comes, fires beyond its threshold and not just short of it, on real figures."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from monitoring.defaults import RULES, add_missing
from monitoring.models import Alert, AlertRule, Level, Sample, State
from monitoring.probes import PROBES
from monitoring.services.evaluation import evaluate
from monitoring.tests.make import rule_of
from monitoring.tests.worlds import CASES, made, requests
from monitoring.traffic import record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

RUNBOOK = "docs/runbooks/alerts.md"


def alert_after_holding(metric):
    """The alert of a metric after its rule's holding time in the world as it is."""
    now, rule = timezone.now(), AlertRule.objects.get(metric=metric)
    evaluate(now, only=[metric])
    if rule.hold:
        assert not Alert.objects.filter(rule=rule).exists(), "It fires before it has held."
        evaluate(now + timedelta(minutes=rule.hold), only=[metric])
    return Alert.objects.filter(rule=rule).first()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_fires_beyond_its_threshold(cast, case):
    with made(case.beyond, cast):
        alert = alert_after_holding(case.metric)
    assert alert is not None
    assert alert.level == case.level
    assert PROBES[case.metric].label in alert.message


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_does_not_fire_just_short_of_it(cast, case):
    with made(case.within, cast):
        alert = alert_after_holding(case.metric)
    assert alert is None or Level(alert.level) != case.level
    assert AlertRule.objects.get(metric=case.metric).state != State.UNKNOWN
    assert Sample.objects.filter(metric=case.metric, value__isnull=False).exists()


def test_every_rule_has_a_probe_a_row_worlds_of_its_levels_and_a_runbook(settings):
    assert set(RULES) == set(PROBES) == set(AlertRule.objects.values_list("metric", flat=True))
    tested = {(case.metric, case.level) for case in CASES}
    machine = {"database_connections", "memory", "disk", "cpu"}  # one level: the threshold moves, not the machine
    for metric, (_, warning, critical, _) in RULES.items():
        wanted = {Level.WARNING: warning is not None, Level.CRITICAL: critical is not None and metric not in machine}
        assert {level for level in wanted if wanted[level]} <= {level for name, level in tested if name == metric}
    text = (settings.BASE_DIR / RUNBOOK).read_text()
    assert [metric for metric in RULES if f"\n## {metric}\n" not in text] == []


def test_what_the_contract_says_is_what_the_rows_say():
    rows = {rule.metric: (rule.warning, rule.critical, rule.minimum_samples) for rule in AlertRule.objects.all()}
    assert rows["error_rate"] == (2, 5, 100)
    assert rows["response_average"] == (300, 500, 100)
    assert rows["cache_hit_rate"] == (50, None, 100)
    assert rows["slowest_endpoint"] == (1000, None, 10)
    assert rows["availability"][:2] == (99, 98)
    assert rows["response_p95"] == (500, 1000, 100)
    assert rows["database_connections"][:2] == (80, 90)
    assert [rows[name][:2] for name in ("memory", "disk", "cpu")] == [(75, 85), (75, 85), (80, 95)]
    assert [rows[name][:2] for name in ("outbox_oldest", "dead_letters")] == [(60, 300), (1, 10)]


@pytest.mark.parametrize(
    ("metric", "too_few"),
    [
        ("error_rate", requests(99, failing=99)),
        ("response_average", requests(99, seconds=9)),
        ("response_p95", requests(99, seconds=9)),
        ("cache_hit_rate", requests(99)),
        ("slowest_endpoint", requests(9, seconds=9)),
        ("availability", requests(19, failing=19)),
        ("burn_1h", requests(99, failing=99)),
    ],
)
def test_too_few_samples_are_no_alert_however_bad(cast, metric, too_few):
    too_few(cast)
    assert alert_after_holding(metric) is None
    assert AlertRule.objects.get(metric=metric).state == State.QUIET


def test_an_endpoint_that_is_rarely_asked_does_not_hide_a_slow_one(cast):
    requests(10, seconds=1.2)(cast)
    for _ in range(9):
        record("/rare", "GET", 200, 30)
    alert = alert_after_holding("slowest_endpoint")
    assert "/api/v1/things" in alert.message
    assert alert.value == pytest.approx(1200)


def test_a_burn_that_has_ended_is_no_alert(cast):
    with time_machine.travel(timezone.now() - timedelta(minutes=20), tick=False):
        requests(1000, failing=500)(cast)
    requests(100)(cast)
    assert alert_after_holding("burn_1h") is None
    assert AlertRule.objects.get(metric="burn_1h").samples == 1100


def test_availability_is_critical_over_its_shorter_window_only(cast):
    with time_machine.travel(timezone.now() - timedelta(minutes=40), tick=False):
        requests(100, failing=50)(cast)
    requests(100)(cast)
    assert alert_after_holding("availability").level == Level.WARNING


def test_adding_what_is_missing_keeps_what_an_operator_set():
    rule_of("disk", warning=60)
    AlertRule.objects.filter(metric="cpu").delete()
    assert add_missing(AlertRule.objects) == 1
    assert AlertRule.objects.get(metric="disk").warning == 60
