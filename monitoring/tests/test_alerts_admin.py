"""Alerts and their rules in the admin: a page that says what is wrong and what to do, and edits that make sense."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from config import tenancy
from config.testing import ACE, sign_in
from monitoring.models import Alert, AlertRule, Level, Sample
from monitoring.services.alerts import acknowledge
from monitoring.services.evaluation import evaluate
from monitoring.tests.make import rule_of
from staff.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

RULES, ALERTS = "/admin/monitoring/alertrule/", "/admin/monitoring/alert/"


@pytest.fixture
def operator(cast):
    """The floor manager runs the installation; the role alone would see no alert."""
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.floor_manager.pk).update(is_operator=True)
    return cast.floor_manager


@pytest.fixture
def disk_alert(cast):
    """A disk that is fuller than its rule allows."""
    rule_of("disk", warning=0, critical=None)
    evaluate(timezone.now(), only=["disk"])
    return Alert.objects.get()


def words(response):
    """The page's text."""
    text = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def form_of(rule, **changes):
    """What the rule's form sends, with changes; a box that is off sends nothing."""
    values = {
        "is_enabled": rule.is_enabled, "direction": rule.direction, "warning": rule.warning, "critical": rule.critical,
        "window": rule.window, "critical_window": rule.critical_window, "minimum_samples": rule.minimum_samples,
        "hold": rule.hold, "calm": rule.calm, "cooldown": rule.cooldown, "in_app": rule.in_app,
        "by_email": rule.by_email, "by_webhook": rule.by_webhook, "also_email": rule.also_email, **changes,
    }  # fmt: skip
    return {
        name: "on" if value is True else value
        for name, value in values.items()
        if value is not None and value is not False
    }


def edit(client, person, metric, **changes):
    rule = AlertRule.objects.get(metric=metric)
    return sign_in(client, person).post(f"{RULES}{rule.pk}/change/", form_of(rule, **changes))


# ── Reading ──────────────────────────────────────────────────────────────────
def test_each_rule_stands_with_its_value_now_its_limits_and_its_state(client, cast, disk_alert):
    text = words(sign_in(client, cast.auditor).get(RULES))
    value = AlertRule.objects.get(metric="disk").value
    assert f"Disk used {value:g} % above 0 % warning Warning for" in text
    assert "Error rate unknown above 2 % (critical 5 %), over 5 min help Unknown" in text


def test_a_value_that_nobody_has_measured_for_minutes_is_not_shown_as_now(client, cast):
    evaluate(timezone.now() - timedelta(minutes=4), only=["disk"])
    assert "Disk used unknown above" in words(sign_in(client, cast.hr).get(RULES))


def test_a_rule_shows_a_day_as_a_picture_with_the_numbers_behind_it(client, cast):
    rule, now = AlertRule.objects.get(metric="disk"), timezone.now()
    for hours, value in ((20, 40), (19, None), (18, 60), (2, 50)):
        at = (now - timedelta(hours=hours)).replace(second=0, microsecond=0)
        Sample.objects.create(metric="disk", at=at, value=value, samples=1)
    Sample.objects.create(metric="disk", at=now - timedelta(hours=25), value=99)
    response = sign_in(client, cast.hr).get(f"{RULES}{rule.pk}/change/")
    page, text = response.content.decode(), words(response)
    assert page.count("<polyline") == 3  # what was not measured is a gap, never a line
    assert 'aria-label="Disk used over 24 hours: 40 % to 60 %, 50 % at last; alert above 75 %' in page
    assert "unknown unknown unknown 1" in text  # the hour that nobody measured, in the table
    assert "warning 75 %" in text
    assert "critical 85 %" in text
    assert "99 %" not in text
    assert "docs/runbooks/alerts.md#disk" in text


def test_an_open_alert_says_what_is_wrong_and_what_to_do(client, cast, disk_alert):
    text = words(sign_in(client, cast.auditor).get(ALERTS))
    assert disk_alert.message in text
    text = words(sign_in(client, cast.auditor).get(f"{ALERTS}{disk_alert.pk}/change/"))
    for said in (disk_alert.message, "What to do: Find what grew", "docs/runbooks/alerts.md#disk"):
        assert said in text


def test_managers_below_the_top_see_neither(client, cast, disk_alert):
    for person in (cast.group_head, cast.branch_manager, cast.floor_manager):
        for address in (RULES, ALERTS, f"{ALERTS}{disk_alert.pk}/change/"):
            assert sign_in(client, person).get(address).status_code == 403
        assert "Alert rules" not in words(client.get("/admin/"))


# ── Editing rules ────────────────────────────────────────────────────────────
def test_only_the_operator_sets_a_rule_and_it_counts_at_once(client, cast, operator):
    for person in (cast.hr, cast.ceo, cast.auditor):
        assert edit(client, person, "disk", warning=1).status_code == 403
    assert AlertRule.objects.get(metric="disk").warning == 75
    assert edit(client, operator, "disk", warning=0, is_enabled=True).status_code == 302
    evaluate(timezone.now(), only=["disk"])
    assert Alert.objects.get().rule.metric == "disk"


def test_an_edit_does_not_undo_what_was_measured_meanwhile(client, operator):
    rule = AlertRule.objects.get(metric="disk")
    evaluate(timezone.now(), only=["disk"])
    sign_in(client, operator).post(f"{RULES}{rule.pk}/change/", form_of(rule, warning=70))
    after = AlertRule.objects.get(metric="disk")
    assert (after.warning, after.value is None, after.evaluated_at is None) == (70, False, False)


@pytest.mark.parametrize(
    ("metric", "changes", "sentence"),
    [
        ("disk", {"critical": 70}, "Critical lies above the warning threshold"),
        ("disk", {"critical": 75}, "Critical lies above the warning threshold"),
        ("availability", {"critical": 99.5}, "Critical lies below the warning threshold"),
        ("disk", {"direction": "below"}, "Critical lies below the warning threshold"),
        ("disk", {"warning": 101, "critical": 102}, "This lies between 0 and 100 %."),
        ("disk", {"warning": -1}, "This lies between 0 and 100 %."),
        ("response_p95", {"warning": 1e12, "critical": 1e13}, "This lies between 0 and 1,000,000,000 ms."),
        ("disk", {"warning": "nan"}, "Enter a number."),
        ("disk", {"warning": "inf"}, "Enter a number."),
        ("disk", {"warning": "", "critical": ""}, "Without any threshold this can never be an alert"),
        ("disk", {"direction": "sideways"}, "sideways is not one of the available choices"),
        ("error_rate", {"window": 0}, "This lies between 1 and 4,320 minutes."),
        ("error_rate", {"window": 99999}, "This lies between 1 and 4,320 minutes."),
        ("slowest_endpoint", {"window": 61}, "This lies between 1 and 60 minutes."),
        ("error_rate", {"minimum_samples": 0}, "This lies between 1 and 1,000,000 samples."),
        ("error_rate", {"minimum_samples": 9_999_999_999}, "This lies between 1 and 1,000,000 samples."),
        ("disk", {"hold": 1441}, "This lies between 0 and 1,440 minutes."),
        ("disk", {"hold": -1}, "greater than or equal to 0"),
        ("disk", {"cooldown": 99999}, "This lies between 0 and 10,080 minutes."),
        ("disk", {"also_email": "ops@platform.example, nobody"}, "“nobody” is no e-mail address"),
        ("disk", {"also_email": "a@b.example\r\nBcc: x@y.example"}, "is no e-mail address"),
        ("disk", {"also_email": "a@b.example," * 60}, "at most 500 characters"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused_with_a_sentence(client, operator, metric, changes, sentence):
    before = AlertRule.objects.filter(metric=metric).values().get()
    response = edit(client, operator, metric, **changes)
    assert response.status_code == 200
    assert sentence in words(response)
    assert AlertRule.objects.filter(metric=metric).values().get() == before


def test_what_the_evaluation_remembers_is_nobodys_to_type(client, operator):
    rule = AlertRule.objects.get(metric="disk")
    typed = form_of(rule, state="ok", value="1", evaluated_at="2026-01-01", metric="cpu", id="9")
    assert sign_in(client, operator).post(f"{RULES}{rule.pk}/change/", typed).status_code == 302
    rule.refresh_from_db()
    assert (rule.value, rule.evaluated_at) == (None, None)


def test_rules_are_neither_added_nor_deleted(client, operator):
    visitor, rule = sign_in(client, operator), AlertRule.objects.first()
    assert visitor.post(f"{RULES}add/", {"metric": "tea"}).status_code == 403
    assert visitor.post(f"{RULES}{rule.pk}/delete/", {"post": "yes"}).status_code == 403
    assert visitor.post(ALERTS + "add/", {"message": "x"}).status_code == 403


# ── Taking an alert on ───────────────────────────────────────────────────────
def test_acknowledging_with_a_note(client, cast, disk_alert):
    page = sign_in(client, cast.hr).get(f"{ALERTS}{disk_alert.pk}/change/")
    assert "Acknowledge" in words(page)
    answer = client.post(f"{ALERTS}{disk_alert.pk}/change/", {"note": "Old logs", "message": "All is well"})
    assert answer.status_code == 302
    disk_alert.refresh_from_db()
    assert (disk_alert.note, disk_alert.acknowledged_by) == ("Old logs", cast.hr.full_name)
    assert disk_alert.message != "All is well"
    shown = words(client.get(f"{ALERTS}{disk_alert.pk}/change/"))
    assert f"{cast.hr.full_name}, " in shown
    assert client.post(f"{ALERTS}{disk_alert.pk}/change/", {"note": "Again"}).status_code == 403


def test_acknowledging_several_from_the_list(client, cast, disk_alert):
    data = {"action": "acknowledge_chosen", "_selected_action": [disk_alert.pk]}
    assert "acknowledged" in words(sign_in(client, cast.coo).post(ALERTS, data, follow=True))
    assert "already" in words(sign_in(client, cast.hr).post(ALERTS, data, follow=True))


def test_an_auditor_reads_and_takes_nothing_on(client, cast, disk_alert):
    visitor = sign_in(client, cast.auditor)
    assert visitor.post(f"{ALERTS}{disk_alert.pk}/change/", {"note": "Mine"}).status_code == 403
    visitor.post(ALERTS, {"action": "acknowledge_chosen", "_selected_action": [disk_alert.pk]}, follow=True)
    disk_alert.refresh_from_db()
    assert disk_alert.acknowledged_at is None


def test_another_organisations_note_and_name_are_not_shown(client, cast, disk_alert):
    acknowledge(disk_alert, note="Ask Kunle at Bodija", by=cast.hr)
    text = words(sign_in(client, cast.other_hr).get(f"{ALERTS}{disk_alert.pk}/change/"))
    assert "somebody of another organisation" in text
    assert "Kunle" not in text
    assert cast.hr.full_name not in text
    assert "Kunle" not in words(client.get(ALERTS))


def test_a_level_that_is_over_says_so(client, cast, disk_alert):
    Alert.objects.update(closed_at=timezone.now(), level=Level.CRITICAL)
    assert "Over; was critical" in words(sign_in(client, cast.hr).get(ALERTS))


def test_an_empty_list_says_what_that_means_and_offers_nothing_that_nobody_can_do(client, operator):
    page = words(sign_in(client, operator).get(ALERTS))
    assert "No figure has been beyond its threshold so far." in page
    assert "Add alert" not in page
    assert "Clear the filters" not in page


def test_a_list_emptied_by_a_filter_leads_back(client, operator, disk_alert):
    page = words(sign_in(client, operator).get(f"{ALERTS}?level__exact=critical"))
    assert "Nothing matches what you ask for." in page
    assert "Clear the filters" in page
