"""`manage.py check_alerts`: a line for every figure, JSON for programs, and an exit code for scripts."""

import json
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from monitoring.defaults import RULES
from monitoring.models import Alert, AlertRule, Sample
from monitoring.services.evaluation import evaluate
from monitoring.tests.make import rule_of
from monitoring.tests.worlds import set_dead_letters
from notifications.models import OutboxMessage
from staff.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def output_of(capsys, *arguments):
    call_command("check_alerts", *arguments)
    return capsys.readouterr().out


def test_every_rule_has_its_line_and_what_is_beyond_says_what_to_do(cast, capsys):
    set_dead_letters(cast.cashier, 2)
    lines = output_of(capsys).splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == list(
        AlertRule.objects.values_list("metric", flat=True)
    )
    (found,) = [number for number, line in enumerate(lines) if line.startswith("dead_letters")]
    assert "warning             2  alert at or above 1 (critical 10)  alert (warning) since" in lines[found]
    assert "outbox --replay" in lines[found + 1]
    assert Alert.objects.get().rule.metric == "dead_letters"


def test_something_critical_is_an_exit_code(cast, capsys):
    set_dead_letters(cast.cashier, 10)
    with pytest.raises(CommandError, match="Critical: Messages given up"):
        output_of(capsys)


def test_json_tells_unknown_from_zero(cast, capsys, settings):
    settings.BROKER_URL = "redis://127.0.0.1:9/0"
    rule_of("redis_down", is_enabled=False)
    entries = {entry["metric"]: entry for entry in json.loads(output_of(capsys, "--json"))}
    assert set(entries) == set(RULES)
    assert (entries["error_rate"]["state"], entries["error_rate"]["value"]) == ("unknown", None)
    assert (entries["dead_letters"]["state"], entries["dead_letters"]["value"]) == ("ok", 0)
    assert (entries["redis_down"]["state"], entries["redis_down"]["alert"]) == ("critical", None)


@pytest.mark.django_db(transaction=True)
def test_two_evaluations_at_once_open_and_tell_once(cast):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.ceo.pk).update(is_operator=True)
    set_dead_letters(cast.cashier, 3)
    gate, faults, now = threading.Barrier(4), [], timezone.now()

    def work():
        gate.wait()
        try:
            evaluate(now, only=["dead_letters", "disk", "jobs_failing"])
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    evaluators = [threading.Thread(target=work) for _ in range(4)]
    for evaluator in evaluators:
        evaluator.start()
    for evaluator in evaluators:
        evaluator.join()
    assert faults == []
    assert Alert.objects.get().rule.metric == "dead_letters"
    assert Sample.objects.count() == 3
    with tenancy.organisation(ACE):
        assert OutboxMessage.objects.filter(kind="alert").count() == 1
