"""The frame around every page: who, where, what waits; and nothing of it where nobody is signed in."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import tenancy, views
from config.shell import Shell
from config.testing import ACE
from notifications.kinds import Kind
from notifications.models import Notification

pytestmark = pytest.mark.django_db


def labels(person, path="/"):
    with tenancy.organisation(person.organisation_id):
        return [item.label for item in Shell(person, path).nav]


def test_staff_get_five_places_and_managers_their_own(cast):
    assert labels(cast.cashier) == ["Home", "Schedule", "Inbox", "Reviews", "Me"]
    assert labels(cast.floor_manager) == ["Home", "Planner", "Schedule", "Inbox", "People", "Reviews", "Admin", "Me"]


def test_those_who_may_watch_the_installation_find_its_health(cast):
    for watcher in (cast.hr, cast.auditor, cast.coo):
        assert labels(watcher)[-3:] == ["Health", "Admin", "Me"]
    for other in (cast.cashier, cast.floor_manager, cast.branch_manager, cast.group_head):
        assert "Health" not in labels(other)


def test_those_who_see_profiles_find_the_reports(cast):
    for reader in (cast.hr, cast.auditor, cast.coo, cast.branch_manager):
        assert "Reports" in labels(reader)
    for other in (cast.cashier, cast.floor_manager, cast.group_head):
        assert "Reports" not in labels(other)


def test_a_phones_bar_holds_five_places_at_most(cast):
    with tenancy.organisation(ACE):
        for person in (cast.hr, cast.floor_manager, cast.cashier):
            assert sum(not item.wide for item in Shell(person, "/").nav) == 5


@pytest.mark.parametrize(
    ("path", "current"),
    [("/", "Home"), ("/schedule/", "Schedule"), ("/planner/shifts/5", "Planner"), ("/account/security", "Me")],
)
def test_one_place_is_the_current_one(cast, path, current):
    with tenancy.organisation(ACE):
        assert [item.label for item in Shell(cast.floor_manager, path).nav if item.current] == [current]


def test_the_frame_says_who_and_where_and_what_is_unread(cast, signed_in):
    with tenancy.organisation(ACE):
        Notification.objects.create(person=cast.cashier, kind=Kind.GENERAL, title="x", created_at=timezone.now())
        Notification.objects.create(person=cast.teammate, kind=Kind.GENERAL, title="x", created_at=timezone.now())
    html = signed_in(cast.cashier).get("/schedule/").content.decode()
    assert "<b>Ace Mall</b><small>Bodija</small>" in html
    assert "Notifications, 1 unread" in html
    assert "Adaeze Nwosu, your account" in html


def test_somebody_without_a_branch_reads_what_they_are(cast, signed_in):
    assert "<small>Human Resource</small>" in signed_in(cast.hr).get("/schedule/").content.decode()


def test_it_costs_two_queries_and_none_until_it_is_shown(cast):
    request = RequestFactory().get("/")
    request.user = cast.cashier
    with tenancy.organisation(ACE):
        with CaptureQueriesContext(connection) as found:
            shell = views.shell(request)["shell"]
        assert len(found) == 0
        with CaptureQueriesContext(connection) as found:
            assert (shell.organisation_name, shell.unread, len(shell.nav)) == ("Ace Mall", 0, 5)
            assert shell.place + shell.initials + shell.person_name == "BodijaANAdaeze Nwosu"
        assert len(found) <= 2


def test_outside_an_organisation_nobody_is_asked_for():
    request = RequestFactory().get("/")
    with CaptureQueriesContext(connection) as found:
        assert views.shell(request) == {"theme": "", "density": ""}
    assert len(found) == 0


def test_in_a_broken_transaction_the_frame_stays_empty(cast):
    request = RequestFactory().get("/")
    request.user = cast.cashier
    with tenancy.organisation(ACE):
        connection.needs_rollback = True
        try:
            assert "shell" not in views.shell(request)
        finally:
            connection.needs_rollback = False


@pytest.mark.parametrize("cookie", ["dark", "light"])
def test_the_theme_is_on_the_page_before_any_script(cast, signed_in, cookie):
    client = signed_in(cast.cashier)
    client.cookies["theme"] = cookie
    assert f'data-theme="{cookie}"' in client.get("/").content.decode()


def test_a_cookie_that_is_no_theme_is_no_theme(cast, signed_in):
    client = signed_in(cast.cashier)
    client.cookies["theme"] = '"><script>'
    client.cookies["density"] = "huge"
    html = client.get("/").content.decode()
    assert "data-theme=" not in html
    assert "huge" not in html


def test_an_unknown_page_is_a_404_for_everybody(cast, client, signed_in):
    assert client.get("/nowhere/").status_code == 404
    response: HttpResponse = signed_in(cast.cashier).get("/nowhere/")
    assert response.status_code == 404
