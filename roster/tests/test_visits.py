"""An operator's visit at the planner: the week is seen, and nothing of it is touched."""

import pytest

from config import tenancy
from config.testing import ACE, OTHER
from roster.models import Shift
from roster.services import open_roster
from roster.tests.make import make_shift, next_monday
from staff.tests.make import make_operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(cast, signed_in):
    """The browser of an operator who visits the other organisation."""
    with tenancy.organisation(ACE):
        operator = make_operator(cast.ceo.role)
    client = signed_in(operator)
    client.post(f"/organisations/{OTHER}/visit", {"reason": "Rosters look empty to them"})
    return client


def test_a_planned_week_is_seen_and_not_touched(away, cast):
    with tenancy.organisation(OTHER):
        other = cast.other_cashier
        roster = open_roster(other.branch, other.department, None, next_monday(), by=cast.other_hr)
        shift = make_shift(roster, by=cast.other_hr, person=other)
    page = away.get(f"/planner/?branch={other.branch_id}&week={next_monday()}").content.decode()
    assert other.full_name in page
    assert "Read only" in page
    for verb in ("delete", "move", "open"):
        assert away.post(f"/planner/shifts/{shift.pk}/{verb}").status_code == 403
    with tenancy.organisation(OTHER):
        assert Shift.objects.get(pk=shift.pk).version == shift.version
