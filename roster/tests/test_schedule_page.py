"""My schedule shows what was promised to the reader, by the branch's clock, and nothing of the plan."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER
from roster import services
from roster.entry import read_hours
from roster.models import Assignment
from roster.selectors.schedule import Segment, my_schedule, upcoming
from roster.services import NewShift
from roster.tests.make import make_roster, make_shift, next_monday
from staff.models import Branch
from staff.tests.make import make_branch, make_person, make_role

pytestmark = pytest.mark.django_db

PAGE = "/schedule/"


@pytest.fixture
def boss(cast, ace):
    return cast.floor_manager


@pytest.fixture
def roster(cast, boss):
    return make_roster(cast)


@pytest.fixture
def page(signed_in, cast):
    def get(person=None, week=None, **headers):
        url = f"{PAGE}?week={week}" if week else PAGE
        return signed_in(person or cast.cashier).get(url, headers=headers).content.decode()

    return get


def words(html: str) -> str:
    """What a person reads: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def week_of(person, roster, now=None):
    return my_schedule(person, roster.week_start, now=now or timezone.now())


def publish(roster, boss):
    services.publish([roster], by=boss, reason="Agreed.")


def test_a_published_shift_is_shown_with_everything_one_needs(cast, boss, roster, page):
    make_shift(roster, "15-20 30b", by=boss, person=cast.cashier, day=3, note="Stock count from 18:00.")
    make_shift(roster, "9-17", by=boss, person=cast.teammate, day=3)
    publish(roster, boss)
    text = words(page(week=roster.week_start))
    for expected in ("15:00–20:00", "Bodija, SuperMarket", "30 min", "4.5 h", "Stock count from 18:00.", "Kunle"):
        assert expected in text


def test_a_draft_is_not_shown(cast, boss, roster, page):
    make_shift(roster, "15-20", by=boss, person=cast.cashier)
    text = words(page(week=roster.week_start))
    assert "15:00" not in text
    assert "No shifts for you in this week yet" in text


def test_a_change_is_shown_only_once_it_is_published(cast, boss, roster):
    shift = make_shift(roster, "9-17", by=boss, person=cast.cashier, day=1)
    publish(roster, boss)
    moved = NewShift(shift.date, read_hours("8-16"), person=cast.cashier, note="Early")
    services.change_shift(shift, moved, by=boss, version=shift.version)
    [told] = week_of(cast.cashier, roster).shifts
    assert (told.label, told.note, told.changed) == ("09:00–17:00", "", False)
    publish(roster, boss)
    [told] = week_of(cast.cashier, roster, timezone.now() + timedelta(days=2, minutes=1)).shifts
    assert (told.label, told.note, told.changed) == ("08:00–16:00", "Early", True)
    assert told.changed_text == "Was 09:00–17:00; changed 2 days ago"


def test_a_change_of_day_says_the_day_and_a_change_of_note_says_details(cast, boss, roster):
    shift = make_shift(roster, "9-17", by=boss, person=cast.cashier, day=1)
    other = make_shift(roster, "9-17", by=boss, person=cast.cashier, day=4)
    publish(roster, boss)
    services.move_shift(shift, by=boss, version=shift.version, day=shift.date + timedelta(days=1), person=cast.cashier)
    note = NewShift(other.date, read_hours("9-17"), person=cast.cashier, note="Till 2")
    services.change_shift(other, note, by=boss, version=other.version)
    publish(roster, boss)
    moved, noted = week_of(cast.cashier, roster).shifts
    assert moved.changed_text == f"Was {shift.date:%a %-d %b} 09:00–17:00; changed just now"
    assert noted.changed_text == "Details changed just now"


def test_a_shift_taken_away_stays_until_that_is_published(cast, boss, roster):
    shift = make_shift(roster, "9-17", by=boss, person=cast.cashier)
    publish(roster, boss)
    services.unassign(shift, by=boss, version=shift.version)
    assert len(week_of(cast.cashier, roster).shifts) == 1
    publish(roster, boss)
    assert week_of(cast.cashier, roster).shifts == []


def test_nobody_sees_the_shifts_of_others(cast, boss, roster, page):
    make_shift(roster, "9-17", by=boss, person=cast.cashier)
    publish(roster, boss)
    for other in (cast.teammate, cast.stranger, cast.other_cashier):
        assert "09:00" not in page(other, week=roster.week_start)


def test_a_night_shift_belongs_to_the_day_on_which_it_starts(cast, boss, roster):
    make_shift(roster, "22-6", by=boss, person=cast.cashier, day=6)
    publish(roster, boss)
    [shift] = week_of(cast.cashier, roster).days[6].shifts
    assert (shift.label, shift.hours) == ("22:00–06:00 +1", Decimal(8))
    tonight, tomorrow = shift.bar
    assert (round(tonight.x, 2), round(tonight.x + tonight.width, 2), tonight.next) == (91.67, 100, False)
    assert tomorrow == Segment(0, 25, next=True)
    following = my_schedule(cast.cashier, roster.week_start + timedelta(days=7), now=timezone.now())
    assert following.shifts == []


def test_a_shift_until_midnight_ends_with_its_day(cast, boss, roster):
    make_shift(roster, "16-24", by=boss, person=cast.cashier)
    publish(roster, boss)
    [shift] = week_of(cast.cashier, roster).shifts
    assert len(shift.bar) == 1
    assert shift.bar[0].x + shift.bar[0].width == pytest.approx(100)


def test_the_weeks_hours_are_added_before_they_are_rounded(cast, boss, roster):
    for day in range(3):
        make_shift(roster, "8-17:40", by=boss, person=cast.cashier, day=day)
    publish(roster, boss)
    assert week_of(cast.cashier, roster).hours == Decimal(29)


def test_colleagues_are_those_of_the_same_place_and_time_who_were_told(cast, boss, roster):
    def colleague(name, hours, day=0, **place):
        place = {"branch": cast.bodija, "department": cast.supermarket, **place}
        return make_shift(roster, hours, by=boss, person=make_person(name, "Test", make_role(), **place), day=day)

    make_shift(roster, "9-17", by=boss, person=cast.cashier)
    for name, hours in (("Musa", "16:59-20"), ("Bisi", "6-9:01"), ("Later", "17-20"), ("Early", "5-9")):
        colleague(name, hours)
    colleague("Otherday", "9-17", day=1)
    elsewhere = services.open_roster(cast.bodija, cast.eatery, None, roster.week_start, by=cast.hr)
    cook = make_person("Cook", "Test", make_role(), branch=cast.bodija, department=cast.eatery)
    make_shift(elsewhere, "9-17", by=cast.hr, person=cook)
    services.publish([roster, elsewhere], by=cast.hr, reason="Agreed.")
    colleague("Draft", "9-17")
    [shift] = week_of(cast.cashier, roster).shifts
    assert shift.with_names == ("Bisi", "Musa")


def test_a_week_costs_the_same_for_one_shift_and_for_seven(cast, boss, roster, signed_in):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            my_schedule(cast.cashier, roster.week_start, now=timezone.now())
        return len(found)

    make_shift(roster, by=boss, person=cast.cashier)
    publish(roster, boss)
    one = queries()
    for day in range(1, 7):
        make_shift(roster, by=boss, person=cast.cashier, day=day)
        make_shift(roster, by=boss, person=cast.teammate, day=day)
    publish(roster, boss)
    assert len(week_of(cast.cashier, roster).shifts) == 7
    assert queries() == one == 2


def test_the_week_follows_the_branch(cast, ace):
    """A branch whose week begins on Sunday, in another zone than the organisation."""
    abroad = make_branch("Abroad", code="ABR", timezone="America/New_York", week_start=6)
    person = make_person("Joy", "Far", make_role(), branch=abroad, department=cast.supermarket)
    # Saturday evening in New York, Sunday already in Lagos.
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    schedule = my_schedule(person, date(2026, 11, 21), now=now)
    assert schedule.week_start == date(2026, 11, 15)
    assert [day.date for day in schedule.days if day.is_today] == [date(2026, 11, 21)]
    assert schedule.today_url is None
    assert (schedule.previous_url, schedule.next_url) == ("/schedule/?week=2026-11-08", "/schedule/?week=2026-11-22")


def test_a_shift_in_another_zone_keeps_that_branchs_day_and_clock(cast, ace):
    abroad = make_branch("Kathmandu", code="KTM", timezone="Asia/Kathmandu")
    roster = services.open_roster(abroad, cast.supermarket, None, next_monday(), by=cast.hr)
    # Half past two on Monday morning there is still Sunday in Lagos.
    make_shift(roster, "2:30-10", by=cast.hr, person=cast.cashier)
    publish(roster, cast.hr)
    [shift] = my_schedule(cast.cashier, next_monday(), now=timezone.now()).days[0].shifts
    assert shift.label == "02:30–10:00"
    assert my_schedule(cast.cashier, next_monday() - timedelta(days=1), now=timezone.now()).shifts == []


def test_somebody_without_a_branch_lives_by_the_organisations_clock(cast, signed_in):
    assert signed_in(cast.hr).get(PAGE).status_code == 200
    with tenancy.organisation(OTHER):
        nobody = cast.other_hr
        assert my_schedule(nobody, date(2026, 11, 25), now=timezone.now()).week_start == date(2026, 11, 23)


def test_upcoming_begins_with_the_shift_that_is_running(cast, boss, roster):
    for day in range(4):
        make_shift(roster, "9-17", by=boss, person=cast.cashier, day=day)
    publish(roster, boss)
    second = Assignment.objects.of(cast.cashier).order_by("published_starts_at")[1]
    during = second.published_starts_at + timedelta(hours=1)
    first, following = upcoming(cast.cashier, now=during, limit=2)
    assert (first.id, first.starts_in, first.day_label) == (second.pk, "", "today")
    assert (following.starts_in, following.day_label) == ("23 h", "tomorrow")
    assert upcoming(cast.cashier, now=second.published_ends_at, limit=1)[0].id == following.id


@pytest.mark.parametrize(
    ("minutes", "words"), [(18, "18 min"), (60, "1 h"), (200, "3 h 20 min"), (47 * 60, "47 h"), (3 * 1440, "3 days")]
)
def test_the_wait_is_worded_for_people(cast, boss, roster, minutes, words):
    make_shift(roster, "9-17", by=boss, person=cast.cashier)
    publish(roster, boss)
    starts = Assignment.objects.get().published_starts_at
    assert upcoming(cast.cashier, now=starts - timedelta(minutes=minutes), limit=1)[0].starts_in == words


def test_the_page_of_a_stranger_to_the_site_is_the_sign_in(client):
    response = client.get(PAGE)
    assert response.status_code == 302
    assert response["Location"].startswith("/login")


@pytest.mark.parametrize("week", ["nonsense", "2026-02-30", "0001-01-01", "9999-12-31", "2026-11-23'--", "%00", "١"])
def test_a_date_that_is_none_shows_this_week_and_says_so(page, week):
    html = page(week=week)
    assert "is not a date, so this is the present week." in html
    assert 'aria-current="date"' in html or "No shifts for you" in html


@pytest.mark.parametrize(
    ("week", "sentence"),
    [
        ("2000-01-01", "You had no shifts in this week"),
        ("", "No shifts for you this week"),
        ("2100-12-31", "No shifts for you in this week yet"),
    ],
)
def test_an_empty_week_says_whether_it_is_over_or_to_come(page, week, sentence):
    text = words(page(week=week))
    assert sentence in text
    assert ("Back to the present week" in text) == bool(week)
    assert "0 h" not in text


def test_htmx_gets_the_week_alone_and_a_boosted_link_the_page(cast, signed_in):
    client = signed_in(cast.cashier)
    piece = client.get(PAGE, headers={"HX-Request": "true"})
    assert "<html" not in piece.content.decode()
    assert 'id="my-schedule"' in piece.content.decode()
    assert "<title>My schedule, " in piece.content.decode()
    assert "HX-Request" in piece["Vary"]
    whole = client.get(PAGE, headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert "<html" in whole.content.decode()


def test_today_is_marked_by_the_branchs_clock(cast, boss, page):
    with time_machine.travel(datetime(2026, 11, 24, 23, 30, tzinfo=UTC), tick=False):  # Wednesday in Lagos
        roster = make_roster(cast, date(2026, 11, 23))
        make_shift(roster, "9-17", by=boss, person=cast.cashier, day=2)
        publish(roster, boss)
        html = page()
    assert re.search(r'id="d2026-11-25" aria-current="date"', html)
    assert Branch.objects.get(name="Bodija").timezone == "Africa/Lagos"
    assert tenancy.current() == ACE
