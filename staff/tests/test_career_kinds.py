"""The kind of a change follows from before and after alone, for every pair of standings."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from staff.models import Branch, Department, Kind, Role, Standing, SubDepartment
from staff.models.careers import kind_of, skips_level
from staff.roles import EXTENT, RANK, Category, Reach

ROLES = [
    Role(pk=number, name=f"{category} {reach}", category=category, reach=reach)
    for number, (category, reach) in enumerate(
        (category, reach)
        for category in Category
        for reach in Reach
        if category != Category.GENERAL or reach == Reach.SELF
        for _ in range(2)  # two roles that stand alike
    )
]
standings = st.builds(
    Standing,
    role=st.sampled_from(ROLES),
    branch=st.sampled_from([None, Branch(pk=1, name="Bodija"), Branch(pk=2, name="Akobo")]),
    department=st.sampled_from([None, Department(pk=1, name="SuperMarket"), Department(pk=2, name="Eatery")]),
    sub_department=st.sampled_from([None, SubDepartment(pk=1, name="Cinema")]),
    contract_hours=st.sampled_from([Decimal(24), Decimal(40)]),
    salary=st.sampled_from([None, Decimal("90000"), Decimal("120000")]),
)


@given(standings, standings)
def test_the_kind_is_derived_from_role_and_place(before, after):
    kind = kind_of(before, after)
    role_changed, moved = before.role != after.role, before.places != after.places
    assert ("promotion" in kind or "demotion" in kind) == role_changed
    assert ("transfer" in kind) == moved
    assert (kind == Kind.SALARY_CHANGE) == (not role_changed and not moved)


@given(standings, standings)
def test_down_is_a_demotion_by_category_and_within_one_by_reach(before, after):
    ranks = RANK[before.role.category], RANK[after.role.category]
    extents = EXTENT[before.role.reach], EXTENT[after.role.reach]
    lower = ranks[1] < ranks[0] or (ranks[1] == ranks[0] and extents[1] < extents[0])
    assert ("demotion" in kind_of(before, after)) == (before.role != after.role and lower)


@given(standings, standings)
def test_there_and_back_is_never_up_twice_unless_both_stand_alike(before, after):
    there, back = kind_of(before, after), kind_of(after, before)
    if "promotion" in there and "promotion" in back:
        assert before.level == after.level
    assert ("transfer" in there) == ("transfer" in back)


@given(st.sampled_from(ROLES), st.sampled_from(ROLES))
def test_a_level_is_skipped_between_general_and_senior_alone(one, other):
    ends = {one.category, other.category}
    assert skips_level(one, other) == (ends == {Category.GENERAL, Category.SENIOR_ADMIN})
