"""Branches, departments, sub-departments and roles: added and changed by Human Resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Q

from config.errors import Forbidden, Invalid, Refused, refusing
from staff.models import Branch, Department, Person, Role, SubDepartment
from staff.roles import Category, is_above, may
from staff.services.fitness import UNPRINTABLE, refuse_faults
from staff.services.room import hold_room_for_branch

P = TypeVar("P", Branch, Department, SubDepartment, Role)

EDITABLE: dict[type, frozenset[str]] = {
    Branch: frozenset({"name", "code", "timezone", "week_start", "opens", "closes", "is_active"}),
    Department: frozenset({"name", "position"}),
    SubDepartment: frozenset({"name", "department"}),
    Role: frozenset({"name", "category", "reach", "duty", "department", "sub_department"}),
}
SENTENCES = {
    # Raised by a trigger of the roster's: the hours and weeks of its shifts were read by this calendar.
    "branch_keeps_its_calendar": "This branch has rosters, which were planned by its time zone and first day of the "
    "week; open a new branch for another calendar.",
    "branch_name_once": "There is already a branch with this name.",
    "branch_code_once": "There is already a branch with this code.",
    "branch_week_start_is_a_day": "The week starts on a day from 0 (Monday) to 6 (Sunday).",
    "department_name_once": "There is already a department with this name.",
    "sub_department_name_once": "This department already has a sub-department with this name.",
    "role_name_once": "There is already a role with this name.",
    "role_duty_goes_with_reach": "A role with the whole organisation audits, leads or is Human Resource; "
    "any other role has the duty “line”.",
    "role_general_reaches_self": "A general role reaches only its holder.",
}
UNSHOWN = "This contains a character that cannot be shown."
POWER = ("category", "reach", "duty")


def add_branch(details: Mapping[str, Any], *, by: Person) -> Branch:
    """Open a branch; Human Resource only. Raises Invalid per field, Refused for a name or code that is in use, PlanFull
    beyond the plan's room for branches that are active."""
    return _save(Branch(), details, by=by)


def change_branch(branch: Branch, changes: Mapping[str, Any], *, by: Person) -> Branch:
    """Change a branch; employee numbers that carry its old code stay as they are."""
    return _save(branch, changes, by=by)


def add_department(details: Mapping[str, Any], *, by: Person) -> Department:
    """Add a department that every branch may have."""
    return _save(Department(), details, by=by)


def change_department(department: Department, changes: Mapping[str, Any], *, by: Person) -> Department:
    """Rename a department or move it on the screens."""
    return _save(department, changes, by=by)


def add_sub_department(details: Mapping[str, Any], *, by: Person) -> SubDepartment:
    """Add a part of a department."""
    return _save(SubDepartment(), details, by=by)


def change_sub_department(part: SubDepartment, changes: Mapping[str, Any], *, by: Person) -> SubDepartment:
    """Rename a sub-department, or move it while nobody works in it and no role belongs to it."""
    department = changes.get("department", part.department)
    moves = department is not None and department.pk != part.department_id
    if moves and (part.people.exists() or part.roles.exists()):
        raise Refused(f"{part} cannot move to another department while people or roles belong to it.")
    return _save(part, changes, by=by)


def add_role(details: Mapping[str, Any], *, by: Person) -> Role:
    """Add a role with its category, reach and duty."""
    return _save(Role(), details, by=by)


def change_role(role: Role, changes: Mapping[str, Any], *, by: Person) -> Role:
    """Change a role, for everybody who holds it.

    Raises Forbidden for more or less power in one's own role and for a role that is, or would be, above one's own
    category; Refused for a department that a holder is not in.
    """
    wanted = changes.get("category")
    if is_above(role, by) or (wanted in Category.values and is_above(Role(category=wanted), by)):
        raise Forbidden("Nobody changes a role above their own category.")
    if role.pk == by.role_id and any(changes.get(name, getattr(role, name)) != getattr(role, name) for name in POWER):
        raise Forbidden("Nobody changes what their own role may do.")
    for place in ("department", "sub_department"):
        home = changes.get(place)
        if home is not None and role.people.filter(~Q(**{place: home}) | Q(**{place: None})).exists():
            raise Refused(f"Somebody with the role {role} does not work in {home}.")
    return _save(role, changes, by=by)


def _save(row: P, changes: Mapping[str, Any], *, by: Person) -> P:
    if not may(by, "manage_places"):
        raise Forbidden("Only Human Resource changes branches, departments and roles.")
    was_open = isinstance(row, Branch) and bool(row.pk) and row.is_active
    for name in EDITABLE[type(row)] & changes.keys():
        value = changes[name]
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    refuse_faults(
        {name: UNSHOWN for name, value in changes.items() if isinstance(value, str) and UNPRINTABLE.search(value)}
    )
    try:
        row.clean_fields(exclude=["organisation"])
    except ValidationError as error:
        refuse_faults({field: " ".join(messages) for field, messages in error.message_dict.items()})
    _refuse_misfit(row)
    if isinstance(row, Branch) and row.is_active and not was_open:
        hold_room_for_branch()
    with refusing(SENTENCES):
        row.save()
    return row


def _refuse_misfit(row: Branch | Department | SubDepartment | Role) -> None:
    if isinstance(row, Branch) and row.opens == row.closes:
        raise Invalid("A branch opens and closes at different times.", fields={"closes": "Differs from opening."})
    if isinstance(row, Role) and row.sub_department and row.sub_department.department_id != row.department_id:
        sentence = f"{row.sub_department} belongs to another department."
        raise Invalid(sentence, fields={"sub_department": sentence})
