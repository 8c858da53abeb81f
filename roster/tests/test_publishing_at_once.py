"""Two managers at the same moment: real transactions on two connections."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from config import tenancy
from config.errors import Refused
from config.testing import ACE
from notifications.models import OutboxMessage
from roster import services
from roster.entry import read_hours
from roster.models import Assignment, Publication, Shift
from roster.services import NewShift
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
