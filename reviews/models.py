"""How it went: a manager's review of one person's week, scored by criteria that the organisation sets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from config.tenancy import Owned
from staff.models import Branch, Department, Person
from staff.roles import reviewed_by

LONGEST_COMMENT = 2000
HUNDREDTH = Decimal("0.01")
WEEK = timedelta(days=7)
MONTH = 4 * WEEK  # whole weeks, so that no figure starts over on the first of a month


class Rating(models.IntegerChoices):
    """The scale of every criterion, and in words also of a mean."""

    POOR = 1, "Poor"
    BELOW_AVERAGE = 2, "Below average"
    AVERAGE = 3, "Average"
    GOOD = 4, "Good"
    EXCELLENT = 5, "Excellent"


LOW = Rating.BELOW_AVERAGE  # from here down a score says why


def overall_of(scores: Iterable[tuple[int, Decimal]]) -> Decimal:
    """The weighted mean of (value, weight), rounded half up to two places; at least one weight is above zero."""
    rows = list(scores)
    total = sum((value * weight for value, weight in rows), Decimal(0))
    return (total / sum((weight for _, weight in rows), Decimal(0))).quantize(HUNDREDTH, ROUND_HALF_UP)


def in_words(overall: Decimal) -> str:
    """A mean in the words of the scale, the nearest one: 4.25 is "Good"."""
    return str(Rating(int(overall.quantize(Decimal(1), ROUND_HALF_UP))).label)


class CriterionQuerySet(models.QuerySet["Criterion"]):
    """Criteria, as adjectives."""

    def active(self) -> Self:
        """Those that a review written now is scored by."""
        return self.filter(is_active=True)


class Criterion(Owned):
    """What weekly reviews are scored by. Reference data of the organisation; a heavier one counts for more."""

    name = models.CharField(max_length=40)
    weight = models.DecimalField(
        max_digits=4,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(HUNDREDTH), MaxValueValidator(Decimal(10))],
        help_text="How much it counts beside the others, up to 10.",
    )
    position = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(1000)], help_text="Order on screens."
    )
    is_active = models.BooleanField(default=True, help_text="New reviews are scored by it.")

    objects = CriterionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="criterion_name_once"),
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="criterion_weighs_something"),
        ]

    def __str__(self) -> str:
        return self.name


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reviews, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        """One's own once they are submitted, those one writes, and the submitted ones of the people in reach."""
        written = models.Q(reviewer=user)
        read = models.Q(person=user) | reviewed_by(user, "person__")
        return self.filter(written | models.Q(submitted_at__isnull=False) & read)

    def submitted(self) -> Self:
        return self.filter(submitted_at__isnull=False)

    def in_week_of(self, day: date) -> Self:
        """Of the week that holds the day. Branches begin their weeks on different days, so it is a span of starts."""
        return self.filter(week_start__gt=day - WEEK, week_start__lte=day)

    def in_month_to(self, day: date) -> Self:
        """Of the last four weeks, the one that holds the day included."""
        return self.filter(week_start__gt=day - MONTH, week_start__lte=day)


class Review(Owned):
    """One reviewer's word on one person's week. A draft is its reviewer's alone; submitting locks it.

    `branch` and `department` are where the person stood then; `overall` is there once every criterion has a score.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews_written")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, null=True, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="+")
    week_start = models.DateField()
    comment = models.CharField(max_length=LONGEST_COMMENT, blank=True)
    overall = models.DecimalField(max_digits=3, decimal_places=2, null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, editable=False)
    acknowledged_at = models.DateTimeField(null=True, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-week_start", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person", "week_start", "reviewer"],
                name="review_once_a_week",
                violation_error_message="You have already reviewed this person for that week.",
            ),
            models.CheckConstraint(
                condition=~models.Q(person=models.F("reviewer")),
                name="review_of_somebody_else",
                violation_error_message="Nobody reviews themselves.",
            ),
            models.CheckConstraint(
                condition=models.Q(submitted_at=None) | models.Q(overall__isnull=False),
                name="review_submitted_is_scored",
            ),
            models.CheckConstraint(
                condition=models.Q(acknowledged_at=None) | models.Q(submitted_at__isnull=False),
                name="review_acknowledged_was_submitted",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "person", "-week_start", "-id"], name="review_by_person"),
            models.Index(fields=["organisation", "reviewer", "-week_start", "-id"], name="review_by_reviewer"),
            models.Index(fields=["organisation", "-week_start", "-id"], name="review_by_week"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, week of {self.week_start:%-d %b %Y}"

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None

    @property
    def state(self) -> str:
        """ "draft", "submitted" or "acknowledged" """
        if self.acknowledged_at:
            return "acknowledged"
        return "submitted" if self.submitted_at else "draft"


class Score(Owned):
    """One criterion's score in a review, with the weight by which it was counted."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    value = models.PositiveSmallIntegerField(choices=Rating)
    weight = models.DecimalField(max_digits=4, decimal_places=2)

    class Meta:
        ordering = ["criterion__position", "criterion_id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "review", "criterion"], name="score_once_a_criterion"),
            models.CheckConstraint(condition=models.Q(value__range=(1, 5)), name="score_from_1_to_5"),
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="score_weighs_something"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.get_value_display()}"
