"""Plans: what they include is open, what they leave out says so at every door, and each ends on its day."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from config import tenancy
from config.errors import Invalid
from config.refusals import refused
from config.testing import ACE, OTHER, bearer
from config.tests.fast import Door
from staff.models import AuditEntry, Organisation
from staff.plans import PLANS, SMALLEST, WIDEST, Feature, Plan, PlanRequired, may_use, require_feature
from staff.services.plans import PlanChange, begin_next_plan, change_plan, end_plan
from staff.tasks import begin_next_plans, end_plans
from staff.tests.careers import told
from staff.tests.doors import api, enter, log_in
from staff.tests.make import PASSWORD

pytestmark = pytest.mark.django_db


def put_on(plan, **days):
    change_plan(ACE, PlanChange(plan, **days))


def row():
    with tenancy.organisation(ACE):
        return Organisation.objects.get(pk=ACE)


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_every_plan_is_in_the_table_and_every_organisation_has_the_widest_until_somebody_says_otherwise(cast):
    assert set(PLANS) == set(Plan)
    assert row().plan == WIDEST
    assert all(may_use(row(), feature) for feature in Feature)
    assert PLANS[SMALLEST].features < PLANS[Plan.BUSINESS].features < PLANS[WIDEST].features


def test_the_sentence_names_the_plan_and_what_it_leaves_out(cast):
    put_on(Plan.STARTER)
    with pytest.raises(PlanRequired, match="Your plan, Starter, does not include the API: ask whoever runs") as found:
        require_feature(row(), Feature.API)
    assert (found.value.status, found.value.code) == (403, "plan_required")


def test_a_page_says_that_it_is_not_part_of_the_plan():
    page = refused(RequestFactory().get("/reports/"), PlanRequired(Plan.STARTER, Feature.ANALYTICS))
    assert page.status_code == 403
    assert "This is not part of your plan" in page.content.decode()
    assert "does not include reports and analytics" in page.content.decode()


def test_reports_are_not_part_of_every_plan_and_taking_people_out_is(cast, client):
    enter(client, cast.hr)
    put_on(Plan.STARTER)
    for address in ("/reports/staff/", "/reports/staff/file"):
        page = client.get(address)
        assert (page.status_code, "does not include reports and analytics" in page.content.decode()) == (403, True)
    assert client.get("/reports/people/file").status_code == 200
    page = client.get("/reports/").content.decode()
    assert "Your plan does not include reports" in page
    assert "/reports/staff/" not in page
    put_on(Plan.TRIAL)
    assert "/reports/staff/?by=branch" in client.get("/reports/").content.decode()
    assert client.get("/reports/staff/").status_code == 200


def test_the_api_lets_nobody_in_whose_plan_does_not_include_it_and_the_pages_do(cast, client):
    put_on(Plan.STARTER)
    asked = {"email": cast.cashier.email, "password": PASSWORD}
    assert error(api(client, "login", asked)) == (403, "plan_required")
    assert error(api(client, "login", asked | {"password": "a wrong one"})) == (401, "wrong_credentials")
    assert enter(client, cast.cashier).status_code == 302
    assert client.get("/").status_code == 200


def test_tokens_that_were_given_before_open_nothing_any_more_but_the_way_out(cast, client):
    tokens = log_in(client, cast.cashier)
    put_on(Plan.STARTER)
    assert error(api(client, "me", access=tokens["access"], method="get")) == (403, "plan_required")
    assert error(api(client, "refresh", {"refresh": tokens["refresh"]})) == (403, "plan_required")
    put_on(Plan.BUSINESS)
    # It was not spent by being refused.
    assert api(client, "refresh", {"refresh": tokens["refresh"]}).status_code == 200
    put_on(Plan.STARTER)
    assert api(client, "logout", {}, access=tokens["access"]).status_code == 204


def test_a_plan_is_no_business_of_another_organisations(cast, client):
    put_on(Plan.STARTER)
    assert log_in(client, cast.other_cashier)


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_was_kept_is_not_given_again_once_the_plan_has_lost_the_api(cast, monkeypatch):
    monkeypatch.setattr("config.epoch.QUIET", -1.0)
    monkeypatch.setattr("config.epoch.LEASE", 10.0)
    door, headers = Door(), bearer(cast.cashier)
    assert [door.get("/api/v1/branches", headers).fast for _ in range(2)] == [False, True]
    try:
        put_on(Plan.STARTER)
        assert error(door.get("/api/v1/branches", headers)) == (403, "plan_required")
    finally:
        put_on(WIDEST)  # the organisations outlive a test


def test_a_trial_lasts_thirty_days_where_nobody_says_when_it_ends(cast):
    put_on(Plan.TRIAL)
    assert row().plan_until == timezone.localdate() + timedelta(days=30)


def test_a_trial_that_begins_later_lasts_thirty_days_too(cast):
    day = timezone.localdate() + timedelta(days=10)
    put_on(Plan.TRIAL, begins_on=day)
    begin_next_plan(ACE, day)
    assert (row().plan, row().plan_until) == (Plan.TRIAL, day + timedelta(days=30))


def test_days_that_make_no_sense_are_refused(cast):
    today = timezone.localdate()
    for change in (
        PlanChange(Plan.TRIAL, until=today - timedelta(days=1)),
        PlanChange(Plan.TRIAL, begins_on=date(9999, 1, 1)),
        PlanChange(Plan.TRIAL, until=today, begins_on=today + timedelta(days=1)),
        PlanChange(SMALLEST, until=today + timedelta(days=1)),
    ):
        with pytest.raises(Invalid):
            change_plan(ACE, change)
    assert (row().plan, row().next_plan) == (WIDEST, "")


def test_a_planned_change_comes_about_on_its_day_once_and_is_told_of_three_days_ahead(cast):
    put_on(Plan.STARTER, begins_on=timezone.localdate() + timedelta(days=10))
    day = row().next_plan_on
    assert row().plan == WIDEST
    assert begin_next_plan(ACE, day - timedelta(days=4)) == 0
    with tenancy.organisation(ACE):
        assert told(cast.hr) == []
    assert [begin_next_plan(ACE, day - timedelta(days=left)) for left in (3, 2, 1)] == [0, 0, 0]
    assert [begin_next_plan(ACE, day) for _ in range(2)] == [1, 0]
    assert (row().plan, row().next_plan, row().next_plan_on) == (Plan.STARTER, "", None)
    with tenancy.organisation(ACE):
        titles = [title for _, title in told(cast.hr)]
        assert titles == [f"Your plan changes to Starter on {day:%-d %B %Y}", "Your plan is now Starter"]
        assert told(cast.ceo) == told(cast.hr)
        assert told(cast.auditor) == told(cast.cashier) == []


def test_a_trial_that_is_over_falls_to_the_smallest_plan_once_after_a_warning_three_days_ahead(cast):
    put_on(Plan.TRIAL)
    last = row().plan_until
    assert [end_plan(ACE, last - timedelta(days=left)) for left in (4, 3, 2, 0)] == [0, 0, 0, 0]
    assert row().plan == Plan.TRIAL
    assert [end_plan(ACE, last + timedelta(days=1)) for _ in range(2)] == [1, 0]
    assert (row().plan, row().plan_until) == (SMALLEST, None)
    with tenancy.organisation(ACE):
        assert [kind for kind, _ in told(cast.hr)] == ["general", "general"]
        assert [title for _, title in told(cast.hr)] == [
            f"The last day of your plan Trial is {last:%-d %B %Y}",
            "Your plan Trial has ended",
        ]
        assert told(cast.cashier) == []


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_let_a_plan_fall_once(cast):
    put_on(Plan.TRIAL)
    after, fallen = row().plan_until + timedelta(days=1), []

    def beat():
        fallen.append(end_plan(ACE, after))
        connection.close()

    beats = [threading.Thread(target=beat) for _ in range(4)]
    [each.start() for each in beats]
    [each.join() for each in beats]
    put_on(WIDEST)  # the organisations outlive a test
    assert sorted(fallen) == [0, 0, 0, 1]
    with tenancy.organisation(ACE):
        assert len(told(cast.hr)) == 1


def test_a_trial_that_becomes_a_plan_on_the_day_after_it_does_not_fall(cast):
    put_on(Plan.TRIAL)
    last = row().plan_until
    put_on(Plan.BUSINESS, begins_on=last + timedelta(days=1))
    assert [begin_next_plan(ACE, last), end_plan(ACE, last)] == [0, 0]
    begin_next_plan(ACE, last + timedelta(days=1))
    assert end_plan(ACE, last + timedelta(days=1)) == 0
    with tenancy.organisation(ACE):
        assert [title.split(" on ")[0] for _, title in told(cast.hr)] == [
            "Your plan changes to Business",
            "Your plan is now Business",
        ]
    assert (row().plan, row().plan_until) == (Plan.BUSINESS, None)


def test_the_jobs_look_at_every_organisation(cast):
    change_plan(OTHER, PlanChange(Plan.TRIAL))
    with tenancy.organisation(OTHER):
        Organisation.objects.filter(pk=OTHER).update(plan_until=timezone.localdate() - timedelta(days=1))
    with tenancy.organisation(ACE):
        Organisation.objects.filter(pk=ACE).update(next_plan=Plan.BUSINESS, next_plan_on=timezone.localdate())
    assert (begin_next_plans(), end_plans()) == (1, 1)
    assert row().plan == Plan.BUSINESS


def test_every_change_of_a_plan_stands_in_the_organisations_audit_log(cast):
    put_on(Plan.BUSINESS)
    with tenancy.organisation(ACE):
        entry = AuditEntry.objects.filter(about="staff.Organisation").first()
        assert (entry.before["plan"], entry.after["plan"]) == (WIDEST, Plan.BUSINESS)
