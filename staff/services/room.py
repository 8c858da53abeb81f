"""Room in an organisation's plan: nobody is brought in and no branch opened beyond it, also not by two at once.

A plan that has become too small throws nobody out: only additions are refused.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet

from config import tenancy
from staff.models import Branch, Organisation, Person
from staff.plans import PLANS, Plan, PlanFull


def hold_room_for_people(more: int = 1) -> None:
    """Refuse so many more people who may sign in than the plan has room for; holds the organisation's row until the
    transaction ends, so that of two for the last place one waits and is then refused.

    Raises PlanFull.
    """
    refuse_people_beyond(_held_plan(), more)


def hold_room_for_branch() -> None:
    """The same for one more active branch. Raises PlanFull."""
    _refuse_beyond(_held_plan(), "branches", _branches_here, 1)


def refuse_people_beyond(plan: Plan, more: int) -> None:
    """Raise PlanFull where so many more people are too many; the caller holds the organisation's row."""
    _refuse_beyond(plan, "people", _people_here, more)


def room_for_people() -> int | None:
    """How many more people the entered organisation's plan has room for now; None where it has no cap."""
    plan = Plan(_here().values_list("plan", flat=True).get())
    cap = PLANS[plan].people
    return None if cap is None else max(cap - _people_here(), 0)


def _held_plan() -> Plan:
    return Plan(_here().select_for_update(no_key=True).values_list("plan", flat=True).get())


def _here() -> QuerySet[Organisation]:
    """By name, although row-level security shows the application no other: the owner's commands see them all."""
    return Organisation.objects.filter(pk=tenancy.current() or 0)


def _refuse_beyond(plan: Plan, things: str, count: Callable[[], int], more: int) -> None:
    cap = PLANS[plan].people if things == "people" else PLANS[plan].branches
    if cap is None or (here := count()) + more <= cap:
        return
    raise PlanFull(plan, cap=f"{cap} {things}", here=here, more=more)


def _people_here() -> int:
    """Whoever may sign in takes a place; whoever has left or lost their access has given it back."""
    return Person.objects.filter(is_active=True).count()


def _branches_here() -> int:
    return Branch.objects.filter(is_active=True).count()
