"""The admin's frame: a sidebar by permission, and a content policy that is relaxed here and nowhere else."""

import re

import pytest

pytestmark = pytest.mark.django_db


def links(client):
    return set(re.findall(r'href="(/[a-z/]+)"', client.get("/admin/").content.decode()))


def test_the_sidebar_leads_to_the_planner_and_to_what_the_user_may_do(cast, signed_in):
    assert {"/planner/", "/admin/staff/person/add/"} <= links(signed_in(cast.floor_manager))
    auditor = links(signed_in(cast.auditor))
    assert "/admin/roster/roster/" in auditor
    assert "/admin/staff/person/add/" not in auditor


def test_the_policy_allows_evaluation_here_only_and_inline_nowhere(cast, signed_in, client):
    policy = signed_in(cast.hr).get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe" not in client.get("/login")["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/admin/", "/admin/staff/", "/admin/staff/person/", "/admin/staff/branch/add/"])
def test_no_page_carries_inline_scripts_or_styles(cast, signed_in, path):
    page = signed_in(cast.hr).get(path).content.decode()
    assert not re.search(r"<style|<script(?![^>]*src=)(?![^>]*type=\"application/json)|\sstyle=|\son[a-z]+=", page)


def test_pages_of_django_that_we_do_not_offer_are_not_there(cast, signed_in):
    for path in ("/admin/password_change/", "/admin/search/?s=a", "/admin/nowhere/"):
        assert signed_in(cast.hr).get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/admin/staff/person/?role__category__exact=%00",
        "/admin/roster/workrule/?kind__exact=%00",
        "/admin/autocomplete/?app_label=staff&model_name=role&field_name=department&term=%00",
    ],
)
def test_a_nul_in_the_address_is_a_bad_request(cast, signed_in, path):
    assert signed_in(cast.hr).get(path).status_code == 400
