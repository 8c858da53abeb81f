"""The notification centre: one's own, by day, read when opened."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from notifications import selectors
from notifications.kinds import ICONS, Kind
from notifications.models import Notification
from notifications.tests.make import notify, reload

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def centre_of(person, **asked):
    with tenancy.organisation(person.organisation_id):
        return selectors.centre(person, **{"tab": "all", "after": "", "now": NOON, **asked})


def test_everybody_sees_their_own_and_nobody_elses(cast, signed_in):
    notify(cast.cashier, "For Adaeze")
    notify(cast.teammate, "For Kunle")
    page = signed_in(cast.cashier).get("/notifications/").content.decode()
    assert "For Adaeze" in page
    assert "For Kunle" not in page
    assert "For Adaeze" not in signed_in(cast.hr).get("/notifications/").content.decode()


def test_a_visitor_is_asked_to_sign_in(client, db):
    assert client.get("/notifications/").url.startswith("/login")


def test_days_are_those_of_the_persons_branch(cast):
    # 23:30 UTC on Saturday is half past midnight on Sunday in Lagos, and still Saturday in London.
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    notify(cast.cashier, created_at=late)
    notify(cast.other_cashier, created_at=late)
    (lagos,), (london,) = centre_of(cast.cashier).groups, centre_of(cast.other_cashier).groups
    assert (lagos.label, lagos.items[0].created_label) == ("Today", "00:30")
    assert (london.label, london.items[0].created_label) == ("Yesterday", "23:30")


def test_without_a_branch_the_organisations_zone_counts(cast):
    notify(cast.hr, created_at=datetime(2026, 11, 21, 23, 30, tzinfo=UTC))
    assert centre_of(cast.hr).groups[0].label == "Today"


@pytest.mark.parametrize(
    ("ago", "day", "moment"),
    [
        (timedelta(seconds=20), "Today", "just now"),
        (timedelta(minutes=59), "Today", "59 min ago"),
        (timedelta(hours=3), "Today", "10:00"),
        (timedelta(days=1), "Yesterday", "13:00"),
        (timedelta(days=4), "Wednesday 18 November", "13:00"),
        (timedelta(days=400), "Saturday 18 October 2025", "13:00"),
    ],
)
def test_a_row_says_when_it_was(cast, ago, day, moment):
    notify(cast.cashier, created_at=NOON - ago)
    (group,) = centre_of(cast.cashier).groups
    assert (group.label, group.items[0].created_label) == (day, moment)


def test_the_unread_tab_leaves_out_what_was_read(cast):
    notify(cast.cashier, "Old", read_at=NOON)
    notify(cast.cashier, "New")
    assert [item.title for item in centre_of(cast.cashier, tab="unread").items] == ["New"]
    page = centre_of(cast.cashier, tab="anything")
    assert [item.title for item in page.items] == ["New", "Old"]
    assert (page.tab, page.unread) == ("all", 1)


def test_older_ones_are_a_page_away_and_none_twice(cast):
    for number in range(selectors.PAGE + 5):
        notify(cast.cashier, f"Number {number}")
    first = centre_of(cast.cashier, tab="unread")
    assert first.next_url.startswith("?tab=unread&cursor=")
    second = centre_of(cast.cashier, tab="unread", after=first.next_url.partition("cursor=")[2].replace("%3A", ":"))
    assert len({item.id for item in (*first.items, *second.items)}) == selectors.PAGE + 5
    assert second.next_url == ""


def test_a_made_up_cursor_is_refused_in_a_sentence(cast, signed_in):
    response = signed_in(cast.cashier).get("/notifications/?cursor=999")
    assert response.status_code == 400
    assert "start again from the first page" in response.content.decode()


def test_opening_marks_read_and_goes_where_it_leads(cast, signed_in):
    note = notify(cast.cashier, url="/schedule/?week=2026-11-23")
    response = signed_in(cast.cashier).post(f"/notifications/{note.pk}/read")
    assert response.url == "/schedule/?week=2026-11-23"
    assert not reload(note).is_unread


def test_marking_read_in_the_list_stays_in_the_list(cast, signed_in):
    note = notify(cast.cashier)
    response = signed_in(cast.cashier).post(f"/notifications/{note.pk}/read", {"next": "/notifications/?tab=unread"})
    assert response.url == "/notifications/?tab=unread"


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "", "schedule"]
)
def test_a_notification_never_leads_to_another_site(cast, signed_in, url):
    note = notify(cast.cashier, url=url)
    client = signed_in(cast.cashier)
    assert client.post(f"/notifications/{note.pk}/read", {"next": url}).url == "/notifications/"


def test_it_is_read_the_first_time_it_was_opened(cast, signed_in):
    note = notify(cast.cashier, read_at=NOON)
    signed_in(cast.cashier).post(f"/notifications/{note.pk}/read")
    assert reload(note).read_at == NOON


def test_another_persons_notification_is_not_there(cast, signed_in):
    note, foreign = notify(cast.teammate), notify(cast.other_cashier)
    client = signed_in(cast.cashier)
    assert client.post(f"/notifications/{note.pk}/read").status_code == 404
    assert client.post(f"/notifications/{foreign.pk}/read").status_code == 404
    assert reload(note).is_unread
    assert reload(foreign).is_unread


def test_reading_all_reads_ones_own(cast, signed_in):
    notes = [notify(cast.cashier), notify(cast.cashier)]
    others = notify(cast.teammate)
    assert signed_in(cast.cashier).post("/notifications/read-all").url == "/notifications/"
    assert not any(reload(note).is_unread for note in notes)
    assert reload(others).is_unread


def test_links_do_not_mark_as_read(cast, signed_in):
    note = notify(cast.cashier)
    client = signed_in(cast.cashier)
    client.get("/notifications/")
    assert client.get(f"/notifications/{note.pk}/read").status_code == 405
    assert client.get("/notifications/read-all").status_code == 405
    assert reload(note).is_unread


def test_the_bell_shows_how_many_are_unread(cast, signed_in):
    for _ in range(3):
        notify(cast.cashier)
    notify(cast.cashier, read_at=timezone.now())
    bell = signed_in(cast.cashier).get("/notifications/badge?seen=2").content.decode()
    assert "Notifications, 3 unread" in bell
    assert 'id="bell"' in bell


def test_a_bell_with_no_news_answers_nothing_in_few_queries(cast, signed_in, django_assert_max_num_queries):
    notify(cast.cashier)
    client = signed_in(cast.cashier)
    with django_assert_max_num_queries(8):
        assert client.get("/notifications/badge?seen=1").status_code == 204


def test_a_bell_without_a_session_stays_as_it_is(client, db):
    assert client.get("/notifications/badge", headers={"HX-Request": "true"}).status_code == 204
    assert client.get("/notifications/badge").url.startswith("/login")


def test_every_kind_has_an_icon():
    assert set(ICONS) == set(Kind)


def test_a_full_inbox_costs_the_same_queries_as_a_short_one(cast, signed_in, django_assert_max_num_queries):
    notify(cast.cashier)
    client = signed_in(cast.cashier)
    with django_assert_max_num_queries(10):
        client.get("/notifications/")
    for _ in range(100):
        notify(cast.cashier)
    with django_assert_max_num_queries(10):
        client.get("/notifications/")


def test_an_inbox_of_one_organisation_is_empty_in_another(cast):
    notify(cast.other_cashier)
    with tenancy.organisation(ACE):
        assert not Notification.objects.exists()
