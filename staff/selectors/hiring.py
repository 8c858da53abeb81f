"""What the pages of hiring show: unfinished ones, and whom and where the user may hire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

from config import keyset
from staff.models import Branch, Department, HiringDraft, Person, Role, SubDepartment
from staff.models.hiring import FIRST, LAST, steps_of
from staff.roles import Category, may, reach_of
from staff.selectors.careers import roles_up_to

LATEST = ("-changed_at", "-id")
PLACES: dict[str, type[Model]] = {"branch": Branch, "department": Department, "sub_department": SubDepartment}


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A draft as the list shows it: where it stands among the steps that the viewer has."""

    id: int
    name: str
    step: str
    number: int
    of: int
    begun_by: str
    is_own: bool
    changed_at: datetime


def unfinished(user: Person, *, after: str = "") -> tuple[tuple[Unfinished, ...], str | None]:
    """The hirings that the user may go on with, the latest first, and the cursor of what follows. One query."""
    drafts = HiringDraft.objects.visible_to(user).select_related("begun_by")
    page = keyset.page(drafts, order=LATEST, after=after)
    return tuple(_unfinished(draft, user) for draft in page.rows), page.next


def _unfinished(draft: HiringDraft, user: Person) -> Unfinished:
    steps = list(steps_of(user))
    step = next_step(draft, user)
    return Unfinished(
        id=draft.pk,
        name=str(draft),
        step=step,
        number=steps.index(step) + 1,
        of=len(steps),
        begun_by=draft.begun_by.full_name,
        is_own=draft.begun_by_id == user.pk,
        changed_at=draft.changed_at,
    )


def next_step(draft: HiringDraft, user: Person) -> str:
    """Where the user goes on: at the draft's own step, or the next one that the table gives them."""
    steps = list(steps_of(user))
    return draft.step if draft.step in steps else LAST if FIRST in draft.content else FIRST


def grantable_roles(user: Person) -> QuerySet[Role]:
    """The roles that the user may bring somebody in with: up to their own category at the top, else general ones,
    and for a department's manager those of the department."""
    if may(user, "hire_anyone"):
        return roles_up_to(user)
    roles = Role.objects.filter(category=Category.GENERAL).select_related("department", "sub_department")
    for place in ("department", "sub_department"):
        own = reach_of(user).places.get(f"{place}_id")
        if own:
            roles = roles.filter(Q(**{place: own}) | Q(**{place: None}))
    return roles


def places_to_hire_at(user: Person, name: str) -> QuerySet[Any]:
    """The branches, departments or sub-departments at which the user may hire; `name` is the person's column."""
    rows: QuerySet[Any] = PLACES[name]._default_manager.all()
    if name == "sub_department":
        rows = rows.select_related("department")
    if may(user, "hire_anyone"):
        return rows
    own = reach_of(user).places
    if own.get(f"{name}_id"):
        return rows.filter(pk=own[f"{name}_id"])
    department = own.get("department_id")
    return rows.filter(department=department) if name == "sub_department" and department else rows
