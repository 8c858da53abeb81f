"""Roster, shift and assignment: the plan, and the promise that was published from it.

A shift is one position to fill, so it has at most one active assignment; "two open shifts" are two rows. The plan
lives in Shift and in Assignment's own columns; what people were told lives in Assignment's `published_*` columns and
changes only when the roster is published. Staff read the promise, managers the plan.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models

from config.tenancy import Owned
from roster.times import counted_hours, span_label
from staff.models import Branch, Department, Person, Role, SubDepartment
from staff.roles import reach_of

if TYPE_CHECKING:
    from decimal import Decimal

LONGEST_SHIFT = timedelta(hours=16)


class RosterQuerySet(models.QuerySet["Roster"]):
    """Rosters, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        """Those of the teams that the user reaches; general staff see schedules, not rosters."""
        return self.filter(reach_of(user).over_places())

    def in_week(self, monday: date) -> Self:
        return self.filter(week_start=monday)

    def with_team(self) -> Self:
        return self.select_related("branch", "department", "sub_department")


class Roster(Owned):
    """One team's week. `revision` counts its publications; 0 is a draft that nobody was told about."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="rosters")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="rosters")
    sub_department = models.ForeignKey(
        SubDepartment, on_delete=models.PROTECT, null=True, blank=True, related_name="rosters"
    )
    week_start = models.DateField()
    revision = models.PositiveIntegerField(default=0, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RosterQuerySet.as_manager()

    class Meta:
        ordering = ["-week_start", "branch__name", "department__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "week_start", "branch", "department", "sub_department"],
                name="roster_once_a_week",
                nulls_distinct=False,
                violation_error_message="This team already has a roster for that week.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team}, week of {self.week_start:%d %b %Y}"

    @property
    def team(self) -> str:
        """The team's name: "Bodija, SuperMarket"."""
        part = self.sub_department or self.department
        return f"{self.branch.name}, {part.name}"

    @property
    def is_published(self) -> bool:
        return self.revision > 0

    @property
    def last_day(self) -> date:
        return self.week_start + timedelta(days=6)


class ShiftQuerySet(models.QuerySet["Shift"]):
    """Shifts, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        return self.filter(reach_of(user).over_places())

    def in_week(self, monday: date) -> Self:
        """Shifts that start in the seven days from `monday`, by the branch's own calendar."""
        return self.filter(date__gte=monday, date__lt=monday + timedelta(days=7))

    def standing(self) -> Self:
        """Not cancelled."""
        return self.filter(cancelled_at=None)

    def with_holder(self) -> Self:
        """Each with `holder_id`, whose it is (None: open), and `holder_reason`, why a warning was set aside."""
        held = Assignment.objects.active().filter(shift=models.OuterRef("pk"))
        return self.annotate(
            holder_id=models.Subquery(held.values("person_id")[:1]),
            holder_reason=models.Subquery(held.values("override_reason")[:1]),
        )

    def unfilled(self) -> Self:
        """Standing, and nobody's."""
        filled = Assignment.objects.active().filter(shift=models.OuterRef("pk"))
        return self.standing().filter(~models.Exists(filled))


class Shift(Owned):
    """One position to fill on one day. Times are UTC; `date` is the branch's own day on which it starts."""

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="shifts")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="shifts")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="shifts")
    sub_department = models.ForeignKey(
        SubDepartment, on_delete=models.PROTECT, null=True, blank=True, related_name="shifts"
    )
    role = models.ForeignKey(Role, on_delete=models.PROTECT, null=True, blank=True, related_name="shifts")
    date = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    break_minutes = models.PositiveSmallIntegerField("unpaid break, minutes", default=0)
    note = models.CharField(max_length=200, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, editable=False, related_name="+")

    # Read by ShiftQuerySet.with_holder(), and by nothing else.
    holder_id: int | None
    holder_reason: str | None

    objects = ShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="shift_ends_after_start",
                violation_error_message="A shift must end after it starts.",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__lte=models.F("starts_at") + LONGEST_SHIFT),
                name="shift_at_most_16_hours",
                violation_error_message="A shift can be 16 hours long at most.",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "roster", "date"], name="shift_by_roster"),
            models.Index(fields=["organisation", "branch", "starts_at"], name="shift_by_branch"),
        ]

    def __str__(self) -> str:
        return f"{self.date:%a %d %b} {self.hours_label}"

    @property
    def hours_label(self) -> str:
        """The hours in the branch's zone: "22:00–06:00 +1"."""
        return span_label(self.starts_at, self.ends_at, self.branch.zone)

    @property
    def hours(self) -> Decimal:
        """Hours that count: really elapsed, without the unpaid break."""
        return counted_hours(self.starts_at, self.ends_at, self.break_minutes)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments, as adjectives."""

    def active(self) -> Self:
        """In the plan: given, and not taken back."""
        return self.filter(removed_at=None)

    def promised(self) -> Self:
        """Published and still standing: what the person was told."""
        return self.filter(published_starts_at__isnull=False)

    def of(self, person: Person) -> Self:
        return self.filter(person=person)

    def promised_between(self, first: datetime, last: datetime) -> Self:
        """Promised, and starting in the half-open span."""
        return self.filter(published_starts_at__gte=first, published_starts_at__lt=last)

    def visible_to(self, user: Person) -> Self:
        """A manager's reach, and for everybody the promises made to themselves."""
        own = models.Q(person=user, published_starts_at__isnull=False)
        return self.filter(own | reach_of(user).over_places("shift__"))


class Assignment(Owned):
    """A shift given to a person. The database refuses two that overlap, in the plan and in what was promised."""

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="assignments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    # Kept equal to the shift's times by a trigger: the exclusion constraint sees one table only, and under row-level
    # security a range cannot be searched by an index, a plain instant can.
    during = DateTimeRangeField(editable=False, null=True)
    starts_at = models.DateTimeField(editable=False, null=True)
    override_reason = models.CharField(max_length=200, blank=True, help_text="Why a warning was set aside.")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, editable=False, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    published_starts_at = models.DateTimeField(null=True, editable=False)
    published_ends_at = models.DateTimeField(null=True, editable=False)
    published_break_minutes = models.PositiveSmallIntegerField(default=0, editable=False)
    published_role = models.CharField(max_length=80, blank=True, editable=False)
    published_note = models.CharField(max_length=200, blank=True, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    # What the person was told before the last change, for "moved from 09:00".
    previous_label = models.CharField(max_length=60, blank=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "shift"],
                condition=models.Q(removed_at=None),
                name="assignment_one_person_a_shift",
                violation_error_message="Somebody already has this shift.",
            ),
            models.CheckConstraint(
                condition=models.Q(published_starts_at=None, published_ends_at=None)
                | models.Q(published_ends_at__gt=models.F("published_starts_at")),
                name="assignment_promise_is_whole",
            ),
            ExclusionConstraint(
                name="assignment_no_overlap",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(removed_at=None),
                violation_error_message="This person already works at that time.",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "person", "published_starts_at"], name="assignment_by_person"),
            models.Index(
                fields=["organisation", "person", "starts_at"],
                name="assignment_by_plan",
                condition=models.Q(removed_at=None),
            ),
            models.Index(
                fields=["organisation", "published_starts_at"],
                name="assignment_by_start",
                condition=models.Q(published_starts_at__isnull=False),
            ),
            models.Index(fields=["organisation", "shift"], name="assignment_by_shift"),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.shift}"

    @property
    def is_promised(self) -> bool:
        """Whether the person has been told of it and it still stands for them."""
        return self.published_starts_at is not None

    def differs_from_promise(self) -> bool:
        """Whether the plan now says something else than what the person was told."""
        shift = self.shift
        return (
            self.published_starts_at,
            self.published_ends_at,
            self.published_break_minutes,
            self.published_role,
            self.published_note,
        ) != (shift.starts_at, shift.ends_at, shift.break_minutes, shift.role.name if shift.role else "", shift.note)


class Publication(Owned):
    """One publishing of a roster: who, when, and how much changed for people since the one before."""

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="publications")
    revision = models.PositiveIntegerField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-revision"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "roster", "revision"], name="publication_revision_once")
        ]

    def __str__(self) -> str:
        return f"{self.roster}, revision {self.revision}"

    @property
    def total(self) -> int:
        return self.added + self.changed + self.cancelled
