"""Alerts over the API: who reads them, what they say, and who takes one on."""

import pytest

from config import tenancy
from config.testing import ACE, bearer
from monitoring.models import Alert, AlertRule, Level
from monitoring.services.alerts import acknowledge
from monitoring.tests.make import NOON, after
from staff.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

URL = "/api/v1/alerts"


def make_alert(metric="disk", **fields):
    fields = {
        "level": Level.WARNING,
        "message": "Disk used: 80 %",
        "value": 80,
        "threshold": 75,
        "opened_at": NOON,
        **fields,
    }
    return Alert.objects.create(rule=AlertRule.objects.get(metric=metric), **fields)


@pytest.fixture
def operator(cast):
    """The cashier runs the installation: their role alone would open nothing."""
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(is_operator=True)
    return cast.cashier


def ask(client, person, query=""):
    return client.get(URL + query, headers=bearer(person))


def test_an_alert_says_what_is_wrong_since_when_and_what_to_do(client, cast):
    alert = make_alert()
    (found,) = ask(client, cast.hr).json()["results"]
    assert found == {
        "id": str(alert.pk), "metric": "disk", "level": "warning", "message": "Disk used: 80 %", "value": 80.0,
        "unit": "%", "threshold": 75.0, "since": "2026-03-02T12:00:00Z", "state": "open", "escalated_at": None,
        "acknowledged_at": None, "acknowledged_by": "", "note": "", "closed_at": None, "cure": found["cure"],
    }  # fmt: skip
    assert "add space" in found["cure"]


def test_an_unknown_figure_is_null_and_not_zero(client, cast):
    make_alert(value=None)
    assert ask(client, cast.hr).json()["results"][0]["value"] is None


def test_open_and_closed_are_told_apart_and_pages_follow_by_keyset(client, cast):
    for minute in range(5):
        make_alert(closed_at=after(minute))
    standing = make_alert()
    assert [row["id"] for row in ask(client, cast.hr, "?state=open").json()["results"]] == [str(standing.pk)]
    assert len(ask(client, cast.hr, "?state=closed").json()["results"]) == 5
    first = ask(client, cast.hr, "?limit=4").json()
    rest = ask(client, cast.hr, f"?limit=4&cursor={first['next']}").json()
    ids = [row["id"] for row in first["results"] + rest["results"]]
    assert ids == [str(pk) for pk in Alert.objects.order_by("-id").values_list("pk", flat=True)]
    assert rest["next"] is None
    assert ask(client, cast.hr, "?state=sideways").status_code == 400


def test_who_reads_alerts(client, cast, operator, settings):
    make_alert()
    readers = {
        cast.hr: 200,
        cast.ceo: 200,
        cast.auditor: 200,
        operator: 200,
        cast.branch_manager: 403,
        cast.teammate: 403,
    }
    assert {person: ask(client, person).status_code for person in readers} == readers
    assert client.get(URL).status_code == 401
    settings.METRICS_TOKEN = "scrape-token-of-the-tests"
    scraped = client.get(URL, headers={"Authorization": "Bearer scrape-token-of-the-tests"})
    assert len(scraped.json()["results"]) == 1


def test_taking_one_on(client, cast, operator):
    alert = make_alert()
    where = f"{URL}/{alert.pk}/acknowledge"
    for person in (cast.auditor, cast.branch_manager, cast.teammate):
        assert client.post(where, headers=bearer(person)).status_code == 403
    answer = client.post(where, {"note": "Old logs"}, content_type="application/json", headers=bearer(cast.hr))
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["note"]) == ("acknowledged", "Old logs")
    again = client.post(where, {}, content_type="application/json", headers=bearer(operator))
    assert (again.status_code, again.json()["error"]["message"]) == (
        409, "Somebody has acknowledged this alert already.",
    )  # fmt: skip
    assert client.post(f"{URL}/999999/acknowledge", headers=bearer(cast.hr)).status_code == 404
    too_long = client.post(where, {"note": "x" * 301}, content_type="application/json", headers=bearer(cast.hr))
    assert too_long.status_code == 400


def test_who_took_it_on_is_no_news_for_another_organisation(client, cast, operator):
    acknowledge(make_alert(), note="Ask Kunle at Bodija", by=cast.hr)
    seen = {person: ask(client, person).json()["results"][0] for person in (cast.ceo, operator, cast.other_hr)}
    assert seen[cast.ceo]["acknowledged_by"] == seen[operator]["acknowledged_by"] == cast.hr.full_name
    assert seen[cast.other_hr]["acknowledged_by"] == seen[cast.other_hr]["note"] == ""
    assert seen[cast.other_hr]["state"] == "acknowledged"
