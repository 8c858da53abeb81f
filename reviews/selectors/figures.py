"""Reviews counted: the numbers of the homes, and who has fallen low over the month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Avg, CharField, Count, DecimalField, F, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, JSONObject, Round

from config.caching import cached
from reviews.models import WEEK, Review
from staff.models import Person
from staff.roles import Category, reviewed_by

LOW_PERSON, LOW_DEPARTMENT = Decimal("2.50"), Decimal("3.00")
LATEST, WEAKEST = 10, 5
FIGURES = ("this_week", "month", "average", "staff_last_week", "weakest")

TWO_PLACES = DecimalField(max_digits=3, decimal_places=2)
PERSON, DEPARTMENT = "person", "department"


@dataclass(frozen=True, slots=True)
class InShort:
    """A submitted review in short."""

    id: int
    week_start: date
    reviewer: str
    overall: Decimal


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """What a person's own home shows; None where nobody has reviewed them yet. A month is four weeks."""

    average: Decimal | None
    last: InShort | None
    waiting: tuple[InShort, ...]  # of the latest, those that the person has not acknowledged


@dataclass(frozen=True, slots=True)
class Flag:
    """Somebody, or a department, and their month."""

    id: int
    name: str
    average: Decimal
    reviews: int

    @property
    def is_low(self) -> bool:
        """Whether a department with this mean needs attention."""
        return self.average < LOW_DEPARTMENT


@dataclass(frozen=True, slots=True)
class ReachFigures:
    """What a manager's home shows of the people whose reviews concern them. A month is four weeks."""

    this_week: int
    month: int
    average: Decimal | None
    staff_last_week: int  # general staff with a review of the last whole week
    weakest: tuple[Flag, ...]  # the departments with the lowest means over the month


@dataclass(frozen=True, slots=True)
class LowFlags:
    """People below 2.5 and departments below 3.0 over the month, the lowest first."""

    people: tuple[Flag, ...]
    departments: tuple[Flag, ...]

    def __bool__(self) -> bool:
        return bool(self.people or self.departments)


@cached("my_reviews")
def own_figures(*, person: int, today: date) -> OwnFigures:
    """One's own month and the latest reviews. One query, none where a copy is kept."""
    own = Review.objects.submitted().filter(person=person)
    month = own.in_month_to(today).order_by().values("person").annotate(mean=_mean()).values("mean")
    # The mean rides along as a scalar subquery.
    rows: list[Any] = list(own.select_related("reviewer").annotate(month=Subquery(month))[:LATEST])
    if not rows:
        return OwnFigures(None, None, ())
    latest = [(row, InShort(row.pk, row.week_start, str(row.reviewer), row.overall)) for row in rows]
    waiting = tuple(shown for row, shown in latest if row.acknowledged_at is None)
    return OwnFigures(rows[0].month, latest[0][1], waiting)


@cached("review_figures")
def reach_figures(person: Person, *, today: date) -> ReachFigures:
    """The submitted reviews of those in somebody's reach, whoever wrote them. One query, none where a copy is kept."""
    this_week = Q(week_start__gt=today - WEEK)
    last_week = Q(week_start__gt=today - 2 * WEEK, week_start__lte=today - WEEK)
    staff = last_week & Q(person__role__category=Category.GENERAL)
    month = _month_of(person, today).order_by()
    counted = month.annotate(all=Value(1)).values("all")
    counted = counted.annotate(
        this_week=Count("pk", filter=this_week),
        month=Count("pk"),
        average=_mean(),
        staff_last_week=Count("person", filter=staff, distinct=True),
    )
    # The departments ride along as one value.
    rows = counted.annotate(weakest=ArraySubquery(_weakest(month))).values(*FIGURES)
    row = next(iter(rows), None)
    if row is None:
        return ReachFigures(0, 0, None, 0, ())
    weakest = tuple(Flag(**{**each, "average": Decimal(each["average"])}) for each in row.pop("weakest"))
    return ReachFigures(**row, weakest=weakest)


@cached("review_figures")
def to_review(person: Person, *, today: date) -> int:
    """How many of the people whom somebody reviews have no submitted review of theirs for the present week. One
    query, none where a copy is kept."""
    done = Review.objects.submitted().in_week_of(today).filter(reviewer=person).values("person")
    return Person.objects.filter(reviewed_by(person)).employed(today).exclude(pk__in=done).count()


def low_flags(user: Person, *, today: date) -> LowFlags:
    """Who and which departments have fallen low among the reviews in the user's reach. One query.

    A department is judged by what the user reads of it: a branch manager's by their own branch alone.
    """
    month = _month_of(user, today).order_by()
    full_name = Concat("person__first_name", Value(" "), "person__last_name", output_field=CharField())
    people = _below(month.annotate(about=F("person"), name=full_name), PERSON, LOW_PERSON)
    placed = month.filter(department__isnull=False).annotate(about=F("department"), name=F("department__name"))
    rows = sorted(people.union(_below(placed, DEPARTMENT, LOW_DEPARTMENT), all=True), key=lambda row: row[3:0:-1])
    flags = [(kind, Flag(*values)) for kind, *values in rows]
    return LowFlags(*(tuple(flag for kind, flag in flags if kind == wanted) for wanted in (PERSON, DEPARTMENT)))


def _weakest(month: QuerySet[Review]) -> QuerySet[Any, Any]:
    by_department = month.filter(department__isnull=False).values("department", "department__name")
    ordered = by_department.annotate(average=_mean(), reviews=Count("pk")).order_by("average", "department")
    # As text, because JSON would make a float of it.
    mean = Cast("average", CharField())
    flag = JSONObject(id="department", name="department__name", average=mean, reviews="reviews")
    return ordered.values(flag=flag)[:WEAKEST]


def _month_of(user: Person, today: date) -> QuerySet[Review]:
    return Review.objects.submitted().in_month_to(today).filter(reviewed_by(user, "person__"))


def _mean() -> Round:
    """The mean of overalls to two places, half up, as every screen shows it: a limit is compared with what is seen."""
    return Round(Avg("overall"), 2, output_field=TWO_PLACES)


def _below(reviews: QuerySet[Review], kind: str, limit: Decimal) -> QuerySet[Any, Any]:
    """What is reviewed (`about`, `name`) with a mean below the limit: (kind, id, name, mean, reviews)."""
    grouped = reviews.annotate(kind=Value(kind, output_field=CharField())).values("kind", "about", "name")
    low = grouped.annotate(average=_mean(), reviews=Count("pk")).filter(average__lt=limit)
    return low.values_list("kind", "about", "name", "average", "reviews")
