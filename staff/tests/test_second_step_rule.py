"""The organisation's rule for the second step: who sets it, whom it asks, and that it is told and written down."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER, bearer
from staff.auditing.words import lines
from staff.models import Organisation, Person, SecondStep
from staff.selectors import must_be_protected
from staff.selectors.exposure import asked_by, rules
from staff.services.protecting import set_rule
from staff.tests.audits import newest
from staff.tests.careers import told
from staff.tests.doors import api, log_in, protect

pytestmark = pytest.mark.django_db

PAGE, API = "/security/second-step/", "/api/v1/security/second-step"


@pytest.fixture(autouse=True)
def _nobody(cast):
    with tenancy.organisation(ACE):
        Organisation.objects.update(second_step=SecondStep.NOBODY)


def rule_of(pk=ACE):
    with tenancy.organisation(pk):
        return Organisation.objects.get().second_step


@pytest.mark.parametrize("name", ["hr", "ceo", "coo"])
def test_who_runs_the_organisation_sets_it(cast, signed_in, name):
    assert signed_in(getattr(cast, name)).post(PAGE, {"rule": "everybody"}).status_code == 302
    assert rule_of() == "everybody"


def test_who_reads_the_log_only_sees_it(cast, signed_in):
    client = signed_in(cast.auditor)
    page = client.get(PAGE).content.decode()
    assert "disabled" in page
    assert "Keep this" not in page
    assert client.post(PAGE, {"rule": "everybody"}).status_code == 403
    answer = Client().patch(API, {"rule": "everybody"}, content_type="application/json", headers=bearer(cast.auditor))
    assert answer.status_code == 403
    assert rule_of() == "nobody"


def test_it_is_the_own_organisations_alone(cast, signed_in):
    before = rule_of(OTHER)
    signed_in(cast.hr).post(PAGE, {"rule": "everybody"})
    assert rule_of(OTHER) == before


def test_the_page_says_how_many_each_choice_would_ask_and_how_many_have_none(cast, signed_in):
    protect(cast.floor_manager)
    protect(cast.cashier)
    with tenancy.organisation(ACE):
        everybody = Person.objects.active().count()
        managers = Person.objects.active().exclude(role__reach="self").count()
        counted = {rule.value: (rule.asked, rule.without) for rule in rules(Organisation.objects.get())}
    assert counted == {"nobody": (0, 0), "managers": (managers, managers - 1), "everybody": (everybody, everybody - 2)}
    page = signed_in(cast.hr).get(PAGE).content.decode()
    assert f"Asks {managers} people; {managers - 1} of them have none yet" in page


@pytest.mark.parametrize("rule", list(SecondStep))
def test_whom_the_page_counts_is_whom_the_door_asks(cast, rule):
    with tenancy.organisation(ACE):
        Organisation.objects.update(second_step=rule)
        people = list(Person.objects.select_related("role", "organisation"))
        asked = set(Person.objects.filter(asked_by(rule)).values_list("pk", flat=True))
        assert asked == {person.pk for person in people if must_be_protected(person)}


def test_from_the_next_sign_in_on_it_is_asked(cast):
    client = Client()
    before = log_in(client, cast.cashier)
    answer = client.patch(API, {"rule": "everybody"}, content_type="application/json", headers=bearer(cast.hr))
    assert answer.json() == {"rule": "everybody"}
    assert api(client, "sessions", access=before["access"], method="get").status_code == 200
    after = log_in(client, cast.cashier)
    refused = api(client, "sessions", access=after["access"], method="get")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "second_factor_required")


def test_it_is_written_down_and_told_once(cast):
    with tenancy.organisation(ACE):
        for _ in range(2):
            set_rule(SecondStep.EVERYBODY, by=cast.hr, now=timezone.now())
        (line,) = lines([newest(about="staff.Organisation")], reader=cast.auditor)
        assert (line.changes[0].field, line.changes[0].after) == ("two-step sign-in", "Everybody")
        assert told(cast.ceo) == [("security", "Halima Sule changed who needs a second step to sign in")]


@pytest.mark.parametrize("given", [{}, {"rule": "sometimes"}])
def test_what_is_no_choice_changes_nothing_and_says_so(cast, signed_in, given):
    answer = signed_in(cast.hr).post(PAGE, given)
    assert answer.status_code == 422
    assert "Not saved yet" in answer.content.decode()
    assert rule_of() == "nobody"
    refused = Client().patch(API, given, content_type="application/json", headers=bearer(cast.hr))
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["rule"])


@pytest.mark.django_db(transaction=True)
def test_two_who_set_it_at_once_take_turns(cast):
    together = threading.Barrier(2)

    def one(rule, by):
        with tenancy.organisation(ACE):
            together.wait()
            set_rule(rule, by=by, now=timezone.now())
        connection.close()

    pairs = ((SecondStep.EVERYBODY, cast.hr), (SecondStep.MANAGERS, cast.ceo))
    threads = [threading.Thread(target=one, args=pair) for pair in pairs]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    with tenancy.organisation(ACE):
        entry = newest(about="staff.Organisation")
        # The second saw what the first had set.
        assert {entry.before["second_step"], entry.after["second_step"]} == {"everybody", "managers"}
