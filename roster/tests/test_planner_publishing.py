"""From the planner to the promise: copying a week, reviewing it, publishing it, and two who do so at once."""

from datetime import timedelta

import pytest

from config import tenancy
from config.testing import ACE, OTHER
from notifications.models import OutboxMessage
from roster import services
from roster.models import Assignment, Publication, Roster, Shift
from roster.tests.make import make_roster, make_rule, make_shift, next_monday
from staff.tests.make import make_person, make_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(cast, signed_in):
    return signed_in(cast.floor_manager)


@pytest.fixture
def roster(cast):
    with tenancy.organisation(ACE):
        return make_roster(cast)


@pytest.fixture
def week() -> str:
    return f"?week={next_monday()}"


def give(cast, roster, hours="9-17", **fields) -> Shift:
    with tenancy.organisation(ACE):
        return make_shift(roster, hours, **{"by": cast.floor_manager, "person": cast.cashier, **fields})


def expected(client, week) -> str:
    return client.get(f"/planner/review{week}").context["review"].expected


def publish(client, week, **fields):
    return client.post(f"/planner/publish{week}", {"expected": expected(client, week), **fields}, follow=True)


def promises() -> int:
    with tenancy.organisation(ACE):
        return Assignment.objects.promised().count()


def test_the_review_lists_who_is_told_what_and_the_button_counts(cast, boss, roster, week):
    give(cast, roster)
    give(cast, roster, day=1)
    give(cast, roster, person=cast.teammate)
    page = boss.get(f"/planner/review{week}").content.decode()
    assert "3 new; 2 people will be told." in page
    assert "Publish 3 shifts, " in page
    assert page.index("Adaeze Nwosu") < page.index("Kunle Ogundele")
    assert page.count("New: ") == 3


def test_publishing_returns_to_the_week_and_says_what_it_did(cast, boss, roster, week):
    give(cast, roster)
    response = publish(boss, week)
    assert response.redirect_chain[0][0].startswith("/planner/?")
    assert "Published: 1 new. 1 person is being told." in response.content.decode()
    assert response.context["desk"].week == next_monday()
    assert promises() == 1
    with tenancy.organisation(ACE):
        assert OutboxMessage.objects.get().person == cast.cashier


def test_publishing_again_says_calmly_that_nothing_changed(cast, boss, roster, week):
    give(cast, roster)
    publish(boss, week)
    response = boss.post(f"/planner/publish{week}", {"expected": ""}, follow=True)
    assert "nobody needs telling" in response.content.decode()
    with tenancy.organisation(ACE):
        assert Publication.objects.count() == 1
    assert "Everything is published." in boss.get(f"/planner/{week}").content.decode()


def test_the_difference_is_told_new_changed_and_cancelled(cast, boss, roster, week):
    moved, gone = give(cast, roster), give(cast, roster, day=1)
    publish(boss, week)
    with tenancy.organisation(ACE):
        day = next_monday() + timedelta(days=2)
        services.move_shift(moved, by=cast.floor_manager, version=moved.version, day=day, person=cast.cashier)
        services.delete_shift(gone, by=cast.floor_manager, version=gone.version)
    give(cast, roster, day=4)
    assert "Publish 3 shifts, " in boss.get(f"/planner/{week}").content.decode()
    assert "Published: 1 new, 1 changed, 1 cancelled. 1 person is being told." in publish(boss, week).content.decode()


@pytest.mark.parametrize("with_roster", [True, False])
def test_an_empty_week_cannot_be_published_and_says_why(cast, boss, week, with_roster):
    if with_roster:
        with tenancy.organisation(ACE):
            make_roster(cast)
    response = boss.post(f"/planner/publish{week}", {"expected": ""})
    assert response.status_code == 409
    assert "There is nothing to publish yet" in response.content.decode()


def test_a_plan_that_moved_since_the_review_is_shown_again(cast, boss, roster, week):
    give(cast, roster)
    stale = expected(boss, week)
    give(cast, roster, day=1)
    response = boss.post(f"/planner/publish{week}", {"expected": stale})
    assert response.status_code == 412
    assert "The plan has changed since you opened it" in response.content.decode()
    assert "Publish 2 shifts, " in response.content.decode()
    assert promises() == 0


def test_of_two_managers_the_second_finds_it_done(cast, boss, roster, week, client):
    give(cast, roster)
    reviewed = expected(boss, week)
    with tenancy.organisation(ACE):
        services.publish([roster], by=cast.branch_manager)
    response = boss.post(f"/planner/publish{week}", {"expected": reviewed}, follow=True)
    assert "nobody needs telling" in response.content.decode()
    with tenancy.organisation(ACE):
        assert Publication.objects.count() == OutboxMessage.objects.count() == 1


def test_warnings_ask_for_a_reason_and_keep_what_was_typed(cast, boss, roster, week):
    with tenancy.organisation(ACE):
        make_rule("rest", 11)
    give(cast, roster, "14-22")
    give(cast, roster, "6-14", day=1)
    page = boss.get(f"/planner/review{week}").content.decode()
    assert "has only 8 h of rest" in page
    assert 'name="reason"' in page
    assert publish(boss, week, reason=" ").status_code == 409
    assert promises() == 0
    assert "Published: 2 new." in publish(boss, week, reason="Stocktaking").content.decode()
    with tenancy.organisation(ACE):
        assert Assignment.objects.filter(override_reason="Stocktaking").count() == 1


def test_a_block_turns_the_button_off_and_is_refused(cast, boss, roster, week):
    give(cast, roster)
    with tenancy.organisation(ACE):
        cast.cashier.left_on = next_monday() - timedelta(days=1)
        cast.cashier.save()
    page = boss.get(f"/planner/review{week}").content.decode()
    assert "last working day" in page
    assert 'type="button" disabled' in page
    assert publish(boss, week, reason="Never mind").status_code == 409
    assert promises() == 0


def test_a_page_publishes_the_teams_that_it_shows_and_no_others(cast, signed_in, roster, week):
    give(cast, roster)
    with tenancy.organisation(ACE):
        cook = make_person("Cook", "Eats", make_role("Cook"), branch=cast.bodija, department=cast.eatery)
        other = services.open_roster(cast.bodija, cast.eatery, None, next_monday(), by=cast.branch_manager)
        make_shift(other, by=cast.branch_manager, person=cook)
    client = signed_in(cast.branch_manager)
    publish(client, f"{week}&department={cast.eatery.pk}")
    with tenancy.organisation(ACE):
        assert Assignment.objects.promised().get().person == cook
    publish(client, week)
    assert promises() == 2


def test_last_week_is_copied_as_drafts_once(cast, boss, week):
    with tenancy.organisation(ACE):
        source = make_roster(cast, next_monday() - timedelta(days=7))
        for day in range(3):
            make_shift(source, by=cast.floor_manager, person=cast.cashier, day=day)
    page = boss.get(f"/planner/copy-week{week}").content.decode()
    assert "Copy last week into" in page
    response = boss.post(f"/planner/copy-week{week}", {"people": "keep"}, follow=True)
    assert "3 shifts copied as drafts" in response.content.decode()
    again = boss.post(f"/planner/copy-week{week}", {"people": "keep"}, follow=True)
    assert "Nothing to copy: the shifts are all here already." in again.content.decode()
    with tenancy.organisation(ACE):
        assert Shift.objects.filter(roster__week_start=next_monday()).count() == 3
    assert promises() == 0


def test_last_week_can_be_copied_without_its_people(cast, boss, week):
    with tenancy.organisation(ACE):
        make_shift(make_roster(cast, next_monday() - timedelta(days=7)), by=cast.floor_manager, person=cast.cashier)
    boss.post(f"/planner/copy-week{week}", {"people": "open"})
    with tenancy.organisation(ACE):
        assert Shift.objects.filter(roster__week_start=next_monday()).unfilled().count() == 1


def test_a_week_without_a_roster_before_it_has_nothing_to_copy(cast, boss, week):
    assert "there is nothing to copy" in boss.get(f"/planner/copy-week{week}").content.decode()
    assert "That week has no shifts." in boss.post(f"/planner/copy-week{week}", follow=True).content.decode()
    with tenancy.organisation(ACE):
        assert not Roster.objects.exists()


@pytest.mark.parametrize("path", ["review", "copy-week"])
def test_readers_and_general_staff_do_not_get_to_plan(cast, signed_in, week, path):
    for person in (cast.auditor, cast.cashier):
        assert signed_in(person).get(f"/planner/{path}{week}").status_code == 403
        assert signed_in(person).post(f"/planner/publish{week}").status_code == 403
        assert signed_in(person).post(f"/planner/copy-week{week}").status_code == 403


def test_another_organisations_week_is_neither_seen_nor_published(cast, signed_in, roster, week):
    give(cast, roster)
    client = signed_in(cast.other_hr)
    assert client.post(f"/planner/publish{week}&branch={cast.bodija.pk}").status_code == 404
    assert "Adaeze" not in client.get(f"/planner/{week}").content.decode()
    assert promises() == 0
    with tenancy.organisation(OTHER):
        assert not Publication.objects.exists()


def test_a_nul_in_the_reason_is_left_out(cast, boss, roster, week):
    with tenancy.organisation(ACE):
        make_rule("weekly_hours", 4)
    give(cast, roster)
    assert "Published: 1 new." in publish(boss, week, reason="Stock\0taking").content.decode()
    with tenancy.organisation(ACE):
        assert Assignment.objects.get().override_reason == "Stocktaking"
