"""Who sees and does what: the one place that answers it.

A role carries a category, a reach and a duty; PERMISSIONS says which columns of the product's table hold which
verb. Nothing here reads a role's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from django.db.models import Q, TextChoices

from config.errors import Forbidden

if TYPE_CHECKING:
    from staff.models import Person, Role


class Category(TextChoices):
    SENIOR_ADMIN = "senior_admin", "Senior admin"
    ADMIN = "admin", "Admin"
    GENERAL = "general", "General"


class Reach(TextChoices):
    ORGANISATION = "organisation", "The whole organisation"
    DEPARTMENT = "department", "One department in every branch"
    BRANCH = "branch", "One branch"
    TEAM = "team", "One team: branch and department"
    SELF = "self", "Themselves"


class Duty(TextChoices):
    LINE = "line", "Runs people, within the reach"
    AUDIT = "audit", "Reads everything, changes nothing"
    EXECUTIVE = "executive", "Runs the organisation"
    PEOPLE = "people", "Human Resource: people and places"


RANK = {Category.GENERAL: 0, Category.ADMIN: 1, Category.SENIOR_ADMIN: 2}

LINE = frozenset({"team", "branch", "department"})
TOP = frozenset({"executive", "people"})
READERS = TOP | {"audit"}

# The column of an operator who visits the organisation: no role has it (staff/visiting.py).
VISITOR = "visitor"

# Verb → the columns of product.md's table that hold it. What a person may do for themselves (see their own
# profile, change their own e-mail) is not here: it belongs to the person, not to the role.
PERMISSIONS: dict[str, frozenset[str]] = {
    "enter_admin": LINE | READERS,
    "see_directory": LINE | READERS | {VISITOR},
    "see_profiles": READERS | {"branch"},
    "see_papers": READERS,
    "edit_people": frozenset({"people"}),
    "erase_people": frozenset({"people"}),
    "hire": LINE | TOP,
    "hire_anyone": TOP,
    "see_rosters": LINE | READERS | {VISITOR},
    "plan_rosters": LINE | TOP,
    "manage_places": frozenset({"people"}),
    "import_people": frozenset({"people"}),
    "export_people": frozenset({"people"}),
    "read_audit": READERS,
    "set_work_rules": TOP,
    "see_monitoring": READERS,
    "acknowledge_alerts": TOP,
    "set_alert_rules": frozenset(),
    "see_reviews": LINE | READERS,
    "write_reviews": LINE | TOP,
    "set_criteria": frozenset({"people"}),
    "change_careers": TOP,
    "propose_changes": frozenset({"department"}),
    "end_employment": TOP,
    "see_salaries": READERS,
    "see_access_log": READERS,
    "end_sessions": frozenset({"people"}),
    "set_second_step": TOP,
}
# What whoever runs the installation may do beside what their role gives them.
OPERATORS = frozenset({"see_monitoring", "acknowledge_alerts", "set_alert_rules"})

# How far a role goes. Whoever goes further is not reviewed from below, even where the two work in one team.
EXTENT = {Reach.SELF: 0, Reach.TEAM: 1, Reach.BRANCH: 2, Reach.DEPARTMENT: 2, Reach.ORGANISATION: 3}


class Place(Protocol):
    """Anything that stands at a branch and a department: a person, a roster, a shift."""

    @property
    def branch_id(self) -> int | None: ...
    @property
    def department_id(self) -> int | None: ...
    @property
    def sub_department_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom and what a user reaches: everything, the rows that match `places`, or only themselves."""

    person: int
    everything: bool = False
    places: dict[str, int] = field(default_factory=dict)

    def over_people(self) -> Q:
        """The condition on people; a user always reaches themselves."""
        if self.everything:
            return Q()
        own = Q(pk=self.person)
        return own | Q(**self.places) if self.places else own

    def over_places(self, prefix: str = "") -> Q:
        """The condition on rows that stand at a branch and department, reached through `prefix`."""
        if self.everything:
            return Q()
        if not self.places:
            return Q(pk__in=[])
        return Q(**{f"{prefix}{name}": value for name, value in self.places.items()})

    def covers(self, place: Place) -> bool:
        """Whether one place lies within the reach, without asking the database."""
        if self.everything:
            return True
        return bool(self.places) and all(getattr(place, name) == value for name, value in self.places.items())


def column_of(role: Role) -> str:
    """The role's column in product.md's table: its duty at the top, its reach below."""
    return role.duty if role.reach == Reach.ORGANISATION else role.reach


def may(user: Person, verb: str) -> bool:
    """Whether the user's role (or running the installation) holds the verb; whom it concerns is a matter of reach."""
    return column_of(user.role) in PERMISSIONS[verb] or (user.is_operator and verb in OPERATORS)


def holding(verb: str, prefix: str = "") -> Q:
    """`may` as the condition on roles, reached through `prefix`; operators' own verbs are not in it."""
    columns = PERMISSIONS[verb]
    at_the_top = Q(**{f"{prefix}reach": Reach.ORGANISATION, f"{prefix}duty__in": sorted(columns)})
    return at_the_top | Q(**{f"{prefix}reach__in": sorted(columns - {Reach.ORGANISATION})})


def require(user: Person, verb: str) -> None:
    """Refuse early, before the request is looked at, whoever does not hold the verb at all."""
    if not may(user, verb):
        raise Forbidden()


def reach_of(user: Person) -> Scope:
    """The user's reach. A manager without the place that their reach needs reaches nobody else."""
    reach = user.role.reach
    if reach == Reach.ORGANISATION:
        return Scope(person=user.pk, everything=True)
    branch, department = {"branch_id": user.branch_id}, {"department_id": user.department_id}
    sub_department = {"sub_department_id": user.sub_department_id} if user.sub_department_id else {}
    wanted: dict[str, int | None] = {
        Reach.DEPARTMENT: department,
        Reach.BRANCH: branch,
        Reach.TEAM: {**branch, **department, **sub_department},
    }.get(Reach(reach), {})
    places = {name: value for name, value in wanted.items() if value is not None}
    return Scope(person=user.pk, places=places if len(places) == len(wanted) else {})


def may_hire(user: Person, role: Role, place: Place) -> bool:
    """Whether the user may bring in somebody with this role at this place: general staff of their own reach,
    or for the top of the organisation anybody up to their own category."""
    if is_above(role, user):
        return False
    if may(user, "hire_anyone"):
        return True
    return may(user, "hire") and role.category == Category.GENERAL and reach_of(user).covers(place)


def may_read_reviews(user: Person, person: Person) -> bool:
    """Whether another's submitted reviews are for the user: within reach, and of a role that goes no further."""
    if not may(user, "see_reviews") or user.pk == person.pk or not reach_of(user).covers(person):
        return False
    return EXTENT[Reach(person.role.reach)] <= EXTENT[Reach(user.role.reach)]


def may_review(user: Person, person: Person) -> bool:
    """Whether the user writes reviews of this person; nobody writes any of themselves."""
    return may(user, "write_reviews") and may_read_reviews(user, person)


def reviewed_by(user: Person, prefix: str = "") -> Q:
    """`may_read_reviews` as the condition on people, reached through `prefix`."""
    if not may(user, "see_reviews"):
        return Q(pk__in=[])
    reaches = [reach for reach, extent in EXTENT.items() if extent <= EXTENT[Reach(user.role.reach)]]
    below = Q(**{f"{prefix}role__reach__in": reaches}) & ~Q(**{f"{prefix}pk": user.pk})
    return reach_of(user).over_places(prefix) & below


def may_see_papers(user: Person, person: Person) -> bool:
    """Documents, next of kin and guarantors: one's own, and for the columns of the table, who leave a row behind."""
    return user.pk == person.pk or may(user, "see_papers")


def may_see_profile(user: Person, person: Person) -> bool:
    """Contacts, birth date and address: one's own, and for the columns of the table within reach."""
    return user.pk == person.pk or may(user, "see_profiles")


def may_see_salary(user: Person, person: Person) -> bool:
    """What somebody is paid: one's own, and for the columns of the table; another's is a read that is logged."""
    return user.pk == person.pk or may(user, "see_salaries")


def may_change_career(user: Person, person: Person) -> bool:
    """Whether the user moves, promotes or pays this person, or proposes it: never themselves, and nobody whose
    category is above their own. The person is within reach, or the door has answered 404."""
    holds = may(user, "change_careers") or may(user, "propose_changes")
    return holds and user.pk != person.pk and not is_above(person.role, user)


def is_above(role: Role, user: Person) -> bool:
    """Whether a role's category is above the user's own: nobody grants it, and nobody touches who holds it."""
    return RANK[Category(role.category)] > RANK[Category(user.role.category)]
