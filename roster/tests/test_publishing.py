"""Publishing: the plan becomes the promise, once, for exactly those concerned."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from config.errors import Conflict, Forbidden, Refused
from notifications.models import OutboxMessage
from roster import services
from roster.entry import read_hours
from roster.models import Assignment, Publication, Roster
from roster.selectors import fingerprint, unpublished
from roster.services import NewShift
from roster.tests.make import make_roster, make_rule, make_shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(cast, ace):
    return cast.floor_manager


@pytest.fixture
def roster(cast, boss):
    return make_roster(cast)


def told() -> list[tuple[str, str]]:
    return list(OutboxMessage.objects.order_by("pk").values_list("person__first_name", "title"))


def test_publishing_promises_the_plan_and_tells_only_those_concerned(cast, boss, roster):
    make_shift(roster, "9-17", by=boss, person=cast.cashier, day=0)
    make_shift(roster, "9-17 30b", by=boss, person=cast.cashier, day=1)
    make_shift(roster, "9-17", by=boss)
    result = services.publish([roster], by=boss)
    assert (result.added, result.changed, result.cancelled, result.people) == (2, 0, 0, 1)
    assert Assignment.objects.promised().of(cast.cashier).count() == 2
    assert len(told()) == 1
    name, title = told()[0]
    assert name == "Adaeze"
    assert title.endswith("2 shifts, 15.5 h")


def test_a_draft_is_no_promise(cast, boss, roster):
    make_shift(roster, by=boss, person=cast.cashier)
    assert not Assignment.objects.promised().exists()


def test_publishing_twice_does_nothing_the_second_time(cast, boss, roster):
    make_shift(roster, by=boss, person=cast.cashier)
    services.publish([roster], by=boss)
    again = services.publish([roster], by=boss)
    assert (again.total, again.publications) == (0, ())
    assert Publication.objects.count() == 1
    assert len(told()) == 1
    assert Roster.objects.get().revision == 1


def test_a_second_publication_tells_the_difference_only(cast, boss, roster):
    moved = make_shift(roster, "9-17", by=boss, person=cast.cashier, day=0)
    make_shift(roster, "9-17", by=boss, person=cast.teammate, day=0)
    services.publish([roster], by=boss)
    OutboxMessage.objects.all().delete()
    new = NewShift(moved.date, read_hours("10-18"), person=cast.cashier)
    services.change_shift(moved, new, by=boss, version=1)
    result = services.publish([roster], by=boss)
    assert (result.added, result.changed, result.cancelled) == (0, 1, 0)
    message = OutboxMessage.objects.get()
    assert message.person == cast.cashier
    assert message.title.startswith("1 change to your week")
    assert "09:00–17:00 is now" in message.body


def test_a_change_made_and_undone_is_no_change(cast, boss, roster):
    shift = make_shift(roster, "9-17", by=boss, person=cast.cashier)
    services.publish([roster], by=boss)
    day = shift.date
    services.change_shift(shift, NewShift(day, read_hours("8-12"), person=cast.cashier), by=boss, version=1)
    services.change_shift(shift, NewShift(day, read_hours("9-17"), person=cast.cashier), by=boss, version=2)
    assert unpublished([roster]) == []


def test_until_it_is_published_again_the_person_keeps_the_old_promise(cast, boss, roster):
    shift = make_shift(roster, "9-17", by=boss, person=cast.cashier)
    services.publish([roster], by=boss)
    services.change_shift(shift, NewShift(shift.date, read_hours("12-20"), person=cast.cashier), by=boss, version=1)
    assert Assignment.objects.promised().get().published_starts_at == shift.starts_at


def test_giving_a_shift_to_somebody_else_tells_both(cast, boss, roster):
    shift = make_shift(roster, by=boss, person=cast.cashier)
    services.publish([roster], by=boss)
    OutboxMessage.objects.all().delete()
    services.assign(shift, cast.teammate, by=boss, version=1)
    result = services.publish([roster], by=boss)
    assert (result.added, result.cancelled, result.people) == (1, 1, 2)
    assert {name for name, _title in told()} == {"Adaeze", "Kunle"}
    assert not Assignment.objects.promised().of(cast.cashier).exists()


def test_a_cancelled_shift_is_told_and_no_longer_promised(cast, boss, roster):
    shift = make_shift(roster, by=boss, person=cast.cashier)
    services.publish([roster], by=boss)
    services.delete_shift(shift, by=boss, version=1)
    assert services.publish([roster], by=boss).cancelled == 1
    assert not Assignment.objects.promised().exists()
    assert OutboxMessage.objects.order_by("-pk")[0].body.startswith("Cancelled: ")


def test_two_shifts_of_one_person_may_change_places(cast, boss, roster):
    one = make_shift(roster, "9-12", by=boss, person=cast.cashier)
    two = make_shift(roster, "14-18", by=boss, person=cast.cashier)
    services.publish([roster], by=boss)
    services.change_shift(one, NewShift(one.date, read_hours("19-22"), person=cast.cashier), by=boss, version=1)
    services.change_shift(two, NewShift(one.date, read_hours("9-12"), person=cast.cashier), by=boss, version=1)
    services.change_shift(one, NewShift(one.date, read_hours("14-18"), person=cast.cashier), by=boss, version=2)
    assert services.publish([roster], by=boss).changed == 2


def test_nothing_planned_is_nothing_to_publish(boss, roster):
    with pytest.raises(Refused, match="nothing to publish yet"):
        services.publish([roster], by=boss)


def test_a_plan_that_moved_since_the_review_is_not_published(cast, boss, roster):
    make_shift(roster, by=boss, person=cast.cashier)
    seen = fingerprint(unpublished([roster]))
    make_shift(roster, by=cast.branch_manager, person=cast.teammate)
    with pytest.raises(Conflict):
        services.publish([roster], by=boss, expected=seen)
    assert not Publication.objects.exists()


def test_a_warning_asks_for_a_reason_and_keeps_it(cast, boss, roster):
    make_rule("rest", 11)
    make_shift(roster, "14-22", by=boss, person=cast.cashier, day=0)
    make_shift(roster, "6-12", by=boss, person=cast.cashier, day=1)
    with pytest.raises(Refused) as refused:
        services.publish([roster], by=boss)
    assert refused.value.code == "needs_reason"
    services.publish([roster], by=boss, reason="Two people are ill")
    assert Assignment.objects.exclude(override_reason="").get().override_reason == "Two people are ill"


def test_a_blocking_rule_stops_publishing_whatever_the_reason(cast, boss, roster):
    shift = make_shift(roster, by=boss, person=cast.cashier)
    cast.cashier.left_on = shift.date - timedelta(days=1)
    cast.cashier.save()
    with pytest.raises(Refused, match="cannot be published"):
        services.publish([roster], by=boss, reason="Please")
    assert not OutboxMessage.objects.exists()


def test_another_teams_manager_may_not_publish(cast, boss, roster):
    make_shift(roster, by=boss, person=cast.cashier)
    with pytest.raises(Forbidden):
        services.publish([roster], by=cast.stranger_manager)


def test_the_queries_do_not_grow_with_the_shifts(cast, boss, roster, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for days in ([0], range(1, 7)):
        for day in days:
            make_shift(roster, by=boss, person=cast.cashier, day=day)
            make_shift(roster, by=boss, person=cast.teammate, day=day)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            services.publish([roster], by=boss, reason="x")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_shift_that_comes_back_to_its_person_is_no_change(cast, boss, roster):
    shift = make_shift(roster, "9-17", by=boss, person=cast.cashier)
    services.publish([roster], by=boss)
    services.assign(shift, cast.teammate, by=boss, version=1)
    services.change_shift(shift, NewShift(shift.date, read_hours("8-12"), person=cast.teammate), by=boss, version=2)
    services.change_shift(shift, NewShift(shift.date, read_hours("9-17"), person=cast.cashier), by=boss, version=3)
    assert unpublished([roster]) == []
    with pytest.raises(Refused, match="already works"):
        make_shift(roster, "16-20", by=boss, person=cast.cashier)
    with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
        other = make_shift(roster, "16-20", by=boss)
        Assignment.objects.create(shift=other, person=cast.cashier, created_by=boss)


def test_one_more_shift_is_not_called_the_whole_week(cast, boss, roster):
    make_shift(roster, "9-17", by=boss, person=cast.cashier)
    services.publish([roster], by=boss)
    make_shift(roster, "9-17", by=boss, person=cast.cashier, day=1)
    make_shift(roster, "9-17", by=boss, person=cast.teammate, day=1)
    services.publish([roster], by=boss)
    assert [title.split(" week ")[0] for _, title in told()] == ["Your", "1 change to your", "Your"]
    assert "New: " in OutboxMessage.objects.get(title__startswith="1 change").body
