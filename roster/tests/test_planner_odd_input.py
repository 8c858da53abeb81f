"""Whatever a hurried or hostile hand sends to the planner: one answer below 500, and the plan as it was."""

from datetime import date
from itertools import product

import pytest

from config import tenancy
from config.testing import ACE, OTHER
from roster.models import Roster, Shift
from roster.tests.make import make_roster, make_shift, next_monday

pytestmark = pytest.mark.django_db

ODD = [
    "", "-1", "0", "9" * 40, "1.5", "٩" * 12, "\x00", "💥", "x" * 5000, "' OR 1=1 --", "<script>", "[]", "2026-02-30",
]  # fmt: skip
# What each form reads of its fields; a copy leaves the shift alone, so it asks for no version.
ACTIONS = {
    "": ("hours", "date", "person", "role", "version"),
    "/move": ("date", "person", "version"),
    "/copy": ("date", "person"),
    "/open": ("version",),
    "/delete": ("version",),
}
# What each page reads of its address.
PAGES = {
    "": ("branch", "department", "week", "day"),
    "review": ("week",),
    "copy-week": ("week",),
    "who": ("team", "date", "person", "shift", "role", "hours"),
    "shifts/new": ("team", "date", "person"),
}


@pytest.fixture
def shift(cast):
    """A shift of the cashier on Monday, 9 to 17."""
    with tenancy.organisation(ACE):
        return make_shift(make_roster(cast), "9-17", by=cast.floor_manager, person=cast.cashier)


@pytest.fixture
def boss(cast, signed_in):
    """The floor manager's browser."""
    return signed_in(cast.floor_manager)


def typed(cast, shift, **fields) -> dict:
    person, version = cast.cashier.pk, shift.version
    return {"hours": "10-18", "date": next_monday().isoformat(), "person": person, "version": version, **fields}


def plan() -> list[tuple[date, str, int | None]]:
    with tenancy.organisation(ACE):
        shifts = Shift.objects.standing().with_holder().select_related("branch").order_by("pk")
        return [(shift.date, shift.hours_label, shift.holder_id) for shift in shifts]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_odd_field_is_refused_and_changes_nothing(cast, boss, shift, action):
    before = plan()
    for field, value in product(ACTIONS[action], ODD):
        if value or field not in ("person", "role"):  # nobody, and no role, is an answer of its own
            response = boss.post(f"/planner/shifts/{shift.pk}{action}", typed(cast, shift, **{field: value}))
            assert response.status_code in (409, 412, 422), (field, value[:20], response.status_code)
            assert plan() == before, (field, value[:20])


@pytest.mark.parametrize("page", PAGES)
def test_an_odd_address_never_breaks(boss, shift, page):
    for name in PAGES[page]:
        for value in ODD:
            assert boss.get(f"/planner/{page}", {name: value}).status_code < 500, (name, value[:20])


@pytest.mark.parametrize("path", ["/planner/publish", "/planner/copy-week", "/planner/shifts/new"])
def test_an_odd_address_writes_nothing(boss, shift, path):
    before = plan()
    for name in ("branch", "department", "team"):
        for value in ODD[1:]:
            response = boss.post(path, {"team": value} if name == "team" else {}, query_params={name: value})
            assert response.status_code < 500, (name, value[:20])
    assert plan() == before
    with tenancy.organisation(ACE):
        assert Roster.objects.get().week_start == next_monday()


@pytest.mark.parametrize("action", ["", "/move", "/copy"])
def test_ids_of_another_organisation_in_the_form_are_nobodys(cast, boss, shift, action):
    before = plan()
    with tenancy.organisation(OTHER):
        theirs = {"person": cast.other_cashier.pk, "role": cast.other_cashier.role_id}
    for field, pk in theirs.items():
        if action and field == "role":
            continue
        response = boss.post(f"/planner/shifts/{shift.pk}{action}", typed(cast, shift, **{field: pk}))
        assert response.status_code == 422, field
        assert plan() == before
