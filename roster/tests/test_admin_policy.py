"""Shift templates and work rules in the admin: read by who plans, set by Human Resource and the executives."""

import pytest

from config import tenancy
from config.testing import ACE
from roster.defaults import TEMPLATES, WORK_RULES, add_defaults
from roster.models import ShiftTemplate, WorkRule

pytestmark = pytest.mark.django_db

RULES, SHIFT_TEMPLATES = "/admin/roster/workrule/", "/admin/roster/shifttemplate/"
REST = {"kind": "rest", "level": "block", "limit": "12", "starts_on": "2026-01-01"}


@pytest.mark.parametrize("path", [RULES, SHIFT_TEMPLATES])
def test_who_reads_and_who_sets(cast, signed_in, path):
    for who, may_add in (("floor_manager", 403), ("auditor", 403), ("coo", 200), ("hr", 200)):
        client = signed_in(getattr(cast, who))
        assert client.get(path).status_code == 200
        assert client.get(f"{path}add/").status_code == may_add
    assert signed_in(cast.cashier).get(path).status_code == 403


def test_the_admin_writes_times_as_the_rosters_do(cast, signed_in):
    with tenancy.organisation(ACE):
        add_defaults()
    page = signed_in(cast.hr).get(SHIFT_TEMPLATES).content.decode()
    assert "08:30" in page
    assert "a.m." not in page


def test_the_defaults_are_the_products_and_are_added_once(ace):
    add_defaults()
    add_defaults()
    assert ShiftTemplate.objects.count() == len(TEMPLATES)
    assert WorkRule.objects.count() == len(WORK_RULES)
    night = ShiftTemplate.objects.get(name="Night")
    assert (str(night), night.break_minutes) == ("Night 22:00–06:00", 30)


def test_a_rule_is_set_for_one_branch(cast, signed_in):
    assert signed_in(cast.coo).post(f"{RULES}add/", {**REST, "branch": cast.bodija.pk}).status_code == 302
    with tenancy.organisation(ACE):
        assert WorkRule.objects.get().branch_id == cast.bodija.pk


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"limit": "0"}, "The limit of this rule lies between 0 and 24."),
        ({"limit": "25"}, "The limit of this rule lies between 0 and 24."),
        ({"ends_on": "2025-12-31"}, "The last day cannot be before the first."),
        ({"level": "shout"}, "Select a valid choice"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_the_form(cast, signed_in, change, sentence):
    response = signed_in(cast.hr).post(f"{RULES}add/", {**REST, **change})
    assert response.status_code == 200
    assert sentence in response.content.decode()


def test_the_same_rule_twice_on_one_day_is_refused_and_a_branch_of_others_unknown(cast, signed_in):
    client = signed_in(cast.hr)
    client.post(f"{RULES}add/", REST)
    assert "already has a row that begins on that day" in client.post(f"{RULES}add/", REST).content.decode()
    other = cast.other_cashier.branch_id
    assert "valid choice" in client.post(f"{RULES}add/", {**REST, "branch": other}).content.decode()


def test_a_template_is_added_and_changed(cast, signed_in):
    client = signed_in(cast.hr)
    early = {"name": "Early", "starts": "07:00", "ends": "14:00", "break_minutes": "30", "is_active": "on"}
    client.post(f"{SHIFT_TEMPLATES}add/", early)
    with tenancy.organisation(ACE):
        template = ShiftTemplate.objects.get()
    client.post(f"{SHIFT_TEMPLATES}{template.pk}/change/", {**early, "ends": "13:00", "is_active": ""})
    with tenancy.organisation(ACE):
        template.refresh_from_db()
    assert (template.ends.hour, template.is_active) == (13, False)
    page = client.post(f"{SHIFT_TEMPLATES}{template.pk}/change/", {**early, "break_minutes": "600"}).content.decode()
    assert "The break is as long as the shift." in page
    assert signed_in(cast.other_hr).get(f"{SHIFT_TEMPLATES}{template.pk}/change/").status_code == 404
