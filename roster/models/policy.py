"""What an organisation sets once and rosters follow: shift templates and work rules."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models

from config.tenancy import Owned
from staff.models import Branch


class ShiftTemplate(Owned):
    """A named span of the day that planners pick instead of typing hours."""

    name = models.CharField(max_length=40)
    starts = models.TimeField()
    ends = models.TimeField(help_text="Before or at the start means the next day.")
    break_minutes = models.PositiveSmallIntegerField("unpaid break, minutes", default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["starts", "name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="shift_template_name_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.starts:%H:%M}–{self.ends:%H:%M}"


class WorkRuleQuerySet(models.QuerySet["WorkRule"]):
    """Work rules, as adjectives."""

    def in_force(self, first: date, last: date) -> Self:
        """Rules that hold on some day of the span."""
        return self.filter(starts_on__lte=last).filter(models.Q(ends_on=None) | models.Q(ends_on__gte=first))


class WorkRule(Owned):
    """One dated policy row: what is checked, how strict, and its limit. A branch's row beats the organisation's."""

    class Kind(models.TextChoices):
        REST = "rest", "Rest between two shifts, hours"
        WEEKLY_HOURS = "weekly_hours", "Hours a week"
        DAYS_IN_ROW = "days_in_row", "Days in a row"
        WEEKLY_REST = "weekly_rest", "Longest rest in a week, hours"
        MINOR_DAY = "minor_day", "Under 18: hours a day"
        MINOR_WEEK = "minor_week", "Under 18: hours a week"
        MINOR_NIGHT = "minor_night", "Under 18: latest hour of the day"

    class Level(models.TextChoices):
        BLOCK = "block", "Block"
        WARN = "warn", "Warn"
        INFO = "info", "Inform"

    kind = models.CharField(max_length=16, choices=Kind)
    level = models.CharField(max_length=5, choices=Level)
    limit = models.DecimalField(max_digits=5, decimal_places=1)
    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, null=True, blank=True, related_name="work_rules")
    starts_on = models.DateField(default=date(2000, 1, 1))
    ends_on = models.DateField(null=True, blank=True)

    objects = WorkRuleQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "branch", "starts_on"],
                name="work_rule_once_a_day",
                nulls_distinct=False,
                violation_error_message="This rule already has a row that begins on that day.",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="work_rule_ends_after_start",
                violation_error_message="The last day cannot be before the first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.limit.normalize():f} ({self.level})"
