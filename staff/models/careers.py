"""Careers: every change of somebody's role, place or pay is one event, which keeps what stood before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import F, Q

from config.sealed import SealedDecimalField
from config.tenancy import Owned
from staff.models.people import Person
from staff.models.places import Branch, Department, Role, SubDepartment
from staff.roles import EXTENT, RANK, Category, Reach, may, reach_of

if TYPE_CHECKING:
    from datetime import date

LONGEST_REASON = 500
PLACES = ("branch", "department", "sub_department")
# What an event holds twice, as `…_before` and `…_after`.
STANDING = ("role", *PLACES, "contract_hours", "salary")
SALARIES = ("salary_before", "salary_after")


class Kind(models.TextChoices):
    """What an event is. Those of a change are derived from before and after, never chosen."""

    HIRE = "hire", "Hire"
    PROMOTION = "promotion", "Promotion"
    DEMOTION = "demotion", "Demotion"
    TRANSFER = "transfer", "Transfer"
    TRANSFER_PROMOTION = "transfer_promotion", "Transfer and promotion"
    TRANSFER_DEMOTION = "transfer_demotion", "Transfer and demotion"
    SALARY_CHANGE = "salary_change", "Salary change"
    TERMINATION = "termination", "Termination"
    RESTORE = "restore", "Restore"


NEVER_PROPOSED = (Kind.HIRE, Kind.TERMINATION, Kind.RESTORE)


class State(models.TextChoices):
    """Where an event stands. Proposed and planned ones are open; the others have ended."""

    PROPOSED = "proposed", "Proposed"
    DECLINED = "declined", "Declined"
    PLANNED = "planned", "Planned"
    APPLIED = "applied", "Applied"
    WITHDRAWN = "withdrawn", "Withdrawn"


OPEN = (State.PROPOSED, State.PLANNED)
# What everybody may hear of who may see the person's history: not what was only proposed or never came about.
KNOWN = (State.PLANNED, State.APPLIED)


class Leaving(models.TextChoices):
    """Why somebody leaves."""

    TERMINATED = "terminated", "Terminated"
    RESIGNED = "resigned", "Resigned"
    RETIRED = "retired", "Retired"
    CONTRACT_ENDED = "contract_ended", "Contract ended"


class Clearance(models.TextChoices):
    """Whether somebody who leaves has given back what belongs to the organisation."""

    PENDING = "pending", "Pending"
    CLEARED = "cleared", "Cleared"
    ISSUES = "issues", "Issues"


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody's role, place and pay at one moment."""

    role: Role
    branch: Branch | None
    department: Department | None
    sub_department: SubDepartment | None
    contract_hours: Decimal
    salary: Decimal | None

    @property
    def level(self) -> tuple[int, int]:
        """How high the role stands: by its category, and within one category by how far it reaches."""
        return RANK[Category(self.role.category)], EXTENT[Reach(self.role.reach)]

    @property
    def places(self) -> tuple[object, ...]:
        return self.branch, self.department, self.sub_department


def kind_of(before: Standing, after: Standing) -> Kind:
    """What a change is: another role is a promotion, or a demotion where it stands lower; another place a transfer;
    both are both; neither is a salary change. A role that stands as high as the one before counts as a promotion."""
    moved = before.places != after.places
    if before.role == after.role:
        return Kind.TRANSFER if moved else Kind.SALARY_CHANGE
    if after.level < before.level:
        return Kind.TRANSFER_DEMOTION if moved else Kind.DEMOTION
    return Kind.TRANSFER_PROMOTION if moved else Kind.PROMOTION


def skips_level(before: Role, after: Role) -> bool:
    """Whether a whole category lies between two roles: from general staff straight to senior admin, or back."""
    return abs(RANK[Category(after.category)] - RANK[Category(before.category)]) > 1


class EmploymentEventQuerySet(models.QuerySet["EmploymentEvent"]):
    """Events, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        """One's own and those of whom one sees the profile, as far as they are so or will be; who may propose also
        sees what became of their own proposals, and who decides sees all."""
        if may(user, "see_salaries"):
            return self.all()
        seen = Q(person=user)
        if may(user, "see_profiles"):
            seen |= reach_of(user).over_places("person__")
        visible = seen & Q(state__in=KNOWN)
        if may(user, "propose_changes"):
            # Only as long as they may: whoever hired or paid people in an office that they left has no more to read.
            visible |= Q(by=user) & ~Q(kind__in=NEVER_PROPOSED)
        return self.filter(visible)

    def open(self) -> Self:
        """Proposed or planned: not yet come about, and not yet out of the question."""
        return self.filter(state__in=OPEN)

    def applied(self) -> Self:
        return self.filter(state=State.APPLIED)

    def due(self, day: date) -> Self:
        """Planned for that day at the latest."""
        return self.filter(state=State.PLANNED, effective_on__lte=day)

    def leavings(self) -> Self:
        """Of people who have left, or have a last working day ahead, and were not restored."""
        return self.filter(kind=Kind.TERMINATION, state__in=KNOWN, undone_at=None)

    def without_salaries(self) -> Self:
        """Not read, so not unsealed either: for everything that does not show them."""
        return self.defer(*SALARIES)

    def with_places(self) -> Self:
        """Joined with everything that a line of history names."""
        named = [f"{name}_{side}" for name in ("role", *PLACES) for side in ("before", "after")]
        return self.select_related("by", "decided_by", *named)


def _two(model: type[models.Model]) -> tuple[Any, Any]:
    """The keys `…_before` and `…_after`, without indexes: nobody looks for events by a role or a place."""
    first, second = (
        models.ForeignKey(model, on_delete=models.PROTECT, null=True, db_index=False, editable=False, related_name="+")
        for _ in range(2)
    )
    return first, second


class EmploymentEvent(Owned):
    """One step of somebody's career. `by` is who did or proposed it, None where nobody was there to say so.

    `effective_on` is the first day of what is new, and the last working day of a termination.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    effective_on = models.DateField()
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    decided_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=200, blank=True, help_text="Why it was declined, or did not come about.")

    role_before, role_after = _two(Role)
    branch_before, branch_after = _two(Branch)
    department_before, department_after = _two(Department)
    sub_department_before, sub_department_after = _two(SubDepartment)
    contract_hours_before = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    contract_hours_after = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    salary_before = SealedDecimalField(null=True)
    salary_after = SealedDecimalField(null=True)

    leaving = models.CharField(max_length=14, choices=Leaving, blank=True)
    clearance = models.CharField(max_length=7, choices=Clearance, blank=True)
    clearance_note = models.CharField(max_length=300, blank=True)
    snapshot = models.JSONField(null=True, help_text="Who they were on leaving; never what they were paid.")
    undone_at = models.DateTimeField(null=True)

    objects = EmploymentEventQuerySet.as_manager()

    class Meta:
        ordering = ["-effective_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person"],
                condition=Q(state__in=["proposed", "planned"]),
                name="event_one_open_a_person",
                violation_error_message="Another change of this person is still open.",
            ),
            models.CheckConstraint(
                condition=Q(kind="termination") ^ Q(leaving="", clearance=""), name="event_leaving_says_how"
            ),
            models.CheckConstraint(condition=Q(state="applied") ^ Q(applied_at=None), name="event_applied_once_it_is"),
            models.CheckConstraint(
                condition=(Q(by=None) | ~Q(person=F("by"))) & (Q(decided_by=None) | ~Q(person=F("decided_by"))),
                name="event_by_somebody_else",
                violation_error_message="Nobody changes their own career.",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "person", "-effective_on", "-id"], name="event_by_person"),
            models.Index(fields=["organisation", "effective_on"], condition=Q(state="planned"), name="event_planned"),
            models.Index(
                fields=["organisation", "-effective_on", "-id"], condition=Q(kind="termination"), name="event_leaving"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} of {self.person}, {self.effective_on:%-d %b %Y}"

    @property
    def label(self) -> str:
        """What it is called: of a change that leaves the pay alone nobody says salary."""
        if self.kind == Kind.SALARY_CHANGE and self.contract_hours_before != self.contract_hours_after:
            return "Change of contract"
        return str(Kind(self.kind).label)

    @property
    def skips_level(self) -> bool:
        """Whether the change wants a reason."""
        return bool(self.role_before and self.role_after and skips_level(self.role_before, self.role_after))

    @property
    def changes_anything(self) -> bool:
        """Whether anything is to be another; who proposes pay without seeing the present one may name that."""
        return any(getattr(self, f"{name}_before") != getattr(self, f"{name}_after") for name in STANDING)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def set_standing(self, side: str, standing: Standing) -> None:
        """Write down what stands `side`: "before" or "after"."""
        for name in STANDING:
            setattr(self, f"{name}_{side}", getattr(standing, name))
