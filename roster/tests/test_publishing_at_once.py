"""Two managers at the same moment: real transactions on two connections."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest
from django.db import connections

from config import tenancy
from config.errors import Refused
from config.testing import ACE
from notifications.models import OutboxMessage
from roster import services
from roster.entry import read_hours
from roster.models import Assignment, Publication, Shift
from roster.selectors import unpublished
from roster.services import NewShift, publishing
from roster.tests.make import make_roster, make_shift

pytestmark = pytest.mark.django_db(transaction=True)


def both(first, second):
    """Run two functions at the same moment, each inside the organisation; their results or refusals."""
    start = Barrier(2)

    def run(work):
        try:
            start.wait(5)
            with tenancy.organisation(ACE):
                return work()
        except Refused as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, (first, second)))


def inside(work):
    try:
        with tenancy.organisation(ACE):
            return work()
    finally:
        connections.close_all()


def test_two_managers_publishing_at_once_publish_once(cast):
    with tenancy.organisation(ACE):
        roster = make_roster(cast)
        for day in range(5):
            make_shift(roster, by=cast.floor_manager, person=cast.cashier, day=day)
    results = both(
        lambda: services.publish([roster], by=cast.floor_manager),
        lambda: services.publish([roster], by=cast.branch_manager),
    )
    assert sorted(result.total for result in results) == [0, 5]
    with tenancy.organisation(ACE):
        assert Publication.objects.count() == 1
        assert OutboxMessage.objects.count() == 1


def test_two_managers_giving_one_person_two_shifts_at_once_give_one(cast):
    with tenancy.organisation(ACE):
        roster = make_roster(cast)
    results = both(
        lambda: make_shift(roster, "9-17", by=cast.floor_manager, person=cast.cashier),
        lambda: make_shift(roster, "12-20", by=cast.branch_manager, person=cast.cashier),
    )
    assert sum(isinstance(result, Refused) for result in results) == 1
    with tenancy.organisation(ACE):
        assert Assignment.objects.count() == 1
        assert Shift.objects.count() == 1


def test_two_managers_changing_one_shift_at_once_never_lose_a_change_silently(cast):
    with tenancy.organisation(ACE):
        shift = make_shift(make_roster(cast), "9-17", by=cast.floor_manager)

    def change(hours, by):
        return lambda: services.change_shift(shift, NewShift(shift.date, read_hours(hours)), by=by, version=1)

    results = both(change("8-12", cast.floor_manager), change("12-20", cast.branch_manager))
    assert sum(isinstance(result, Refused) for result in results) == 1
    with tenancy.organisation(ACE):
        assert Shift.objects.get().version == 2


def test_an_edit_during_publishing_waits_so_that_people_are_told_what_was_promised(cast, monkeypatch):
    with tenancy.organisation(ACE):
        roster = make_roster(cast)
        shift = make_shift(roster, "9-17", by=cast.floor_manager, person=cast.cashier)
    edit = Thread(
        target=lambda: inside(
            lambda: services.change_shift(
                shift,
                NewShift(shift.date, read_hours("12-20"), person=cast.cashier),
                by=cast.branch_manager,
                version=1,
            )
        )
    )
    judged = publishing._answer_for

    def edit_meanwhile(*args):
        edit.start()
        edit.join(1)
        return judged(*args)

    monkeypatch.setattr(publishing, "_answer_for", edit_meanwhile)
    with tenancy.organisation(ACE):
        services.publish([roster], by=cast.floor_manager)
    edit.join(10)
    with tenancy.organisation(ACE):
        assert "09:00–17:00" in OutboxMessage.objects.get().body
        assert Assignment.objects.get().published_starts_at == shift.starts_at
        assert [change.kind for change in unpublished([roster])] == ["changed"]
