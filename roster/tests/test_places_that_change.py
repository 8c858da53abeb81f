"""A branch or a role that changes under rosters: nothing vanishes, and nobody is told of what did not change."""

import pytest

from config.errors import Refused
from roster import services
from roster.entry import read_hours
from roster.selectors import unpublished
from roster.services import NewShift
from roster.tests.make import make_roster, make_shift
from staff.services import change_branch, change_role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("change", [{"week_start": 6}, {"timezone": "Europe/London"}])
def test_a_branch_with_rosters_keeps_its_calendar(cast, ace, change):
    make_roster(cast)
    with pytest.raises(Refused, match="rosters"):
        change_branch(cast.bodija, change, by=cast.hr)
    cast.bodija.refresh_from_db()
    assert (cast.bodija.week_start, cast.bodija.timezone) == (0, "Africa/Lagos")


def test_a_branch_without_rosters_changes_freely(cast, ace):
    make_roster(cast)
    change_branch(cast.akobo, {"week_start": 6}, by=cast.hr)
    change_branch(cast.bodija, {"name": "New Bodija"}, by=cast.hr)


def test_a_renamed_role_changes_nobodys_shift(cast, ace):
    roster, boss = make_roster(cast), cast.floor_manager
    new = NewShift(roster.week_start, read_hours("9-17"), role=cast.cashier.role, person=cast.cashier)
    services.add_shift(roster, new, by=boss)
    make_shift(roster, "9-17", by=boss, person=cast.teammate)
    services.publish([roster], by=boss)
    change_role(cast.cashier.role, {"name": "Till Staff"}, by=cast.hr)
    assert unpublished([roster]) == []
