"""Reviews as plain rows: strings, numbers and lists, alike for the API, the pages and a cache.

The three lists are kept as copies; who may ask for them is for their doors to say, before they look.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from config import keyset
from config.caching import cached
from reviews.models import Rating, Review, Score, in_words
from roster.times import week_label
from staff.models import Person

NEWEST = ("-week_start", "-id")
Row = dict[str, Any]


@cached("my_reviews")
def my_reviews(*, person: int, cursor: str = "", limit: int = keyset.PAGE) -> Row:
    """A page of what was submitted about a person, for themselves: {"results", "next"}. One query."""
    return _page(Review.objects.submitted().filter(person=person), cursor, limit)


@cached("reviews_of_staff")
def reviews_of_staff(*, person: int, cursor: str = "", limit: int = keyset.PAGE) -> Row:
    """The same for whoever may read that person's reviews: drafts are in neither. One query."""
    return _page(Review.objects.submitted().filter(person=person), cursor, limit)


@cached("reviews_by_manager")
def reviews_by_manager(*, reviewer: int, week: date | None = None, cursor: str = "", limit: int = keyset.PAGE) -> Row:
    """A page of what a reviewer has written, drafts too; `week` is any day of the week wanted. One query."""
    written = Review.objects.filter(reviewer=reviewer)
    return _page(written.in_week_of(week) if week else written, cursor, limit)


def review_row(review: Review) -> Row:
    """One review as a row. One query."""
    [row] = rows_of([for_rows(Review.objects.filter(pk=review.pk)).get()])
    return row


def for_rows(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """Joined with all that a row needs, the last review before it by the same reviewer included."""
    earlier = Review.objects.submitted().filter(
        person=OuterRef("person"), reviewer=OuterRef("reviewer"), week_start__lt=OuterRef("week_start")
    )
    last = earlier.order_by("-week_start").values("overall")[:1]
    joined = reviews.select_related("person", "reviewer", "branch", "department")
    return joined.annotate(last=Subquery(last), marks=marks())


def marks() -> ArraySubquery:
    """A review's scores as plain values within its own row: a list costs no query more for them."""
    scores = Score.objects.filter(review=OuterRef("pk")).order_by("criterion__position", "criterion")
    return ArraySubquery(
        scores.values(mark=JSONObject(criterion="criterion_id", name="criterion__name", value="value"))
    )


def rows_of(reviews: Iterable[Review]) -> list[Row]:
    """Reviews that come from `for_rows` as rows."""
    return [_row(review) for review in reviews]


def _page(reviews: QuerySet[Review], cursor: str, limit: int) -> Row:
    page = keyset.page(for_rows(reviews), order=NEWEST, after=cursor, size=limit)
    return {"results": rows_of(page.rows), "next": page.next}


def _row(review: Any) -> Row:
    overall, last = review.overall, review.last
    return {
        "id": str(review.pk),
        "person": _in_short(review.person),
        "reviewer": _in_short(review.reviewer),
        "branch": review.branch.name if review.branch else "",
        "department": review.department.name if review.department else "",
        "week_start": review.week_start.isoformat(),
        "week_label": week_label(review.week_start),
        "state": review.state,
        "scores": [
            {**mark, "criterion": str(mark["criterion"]), "word": str(Rating(mark["value"]).label)}
            for mark in review.marks
        ],
        "overall": str(overall) if overall is not None else None,
        "word": in_words(overall) if overall is not None else "",
        "change": change_of(overall, last),
        "comment": review.comment,
        "submitted_at": _instant(review.submitted_at),
        "acknowledged_at": _instant(review.acknowledged_at),
        "version": review.version,
    }


def change_of(overall: Decimal | None, last: Decimal | None) -> str | None:
    """The step since the last review by the same reviewer: "+0.25", "−0.50", "0.00"; None without a last one."""
    if overall is None or last is None:
        return None
    step = overall - last
    return f"{'+' if step > 0 else '−' if step < 0 else ''}{abs(step):.2f}"


def _in_short(person: Person) -> Row:
    return {"id": str(person.pk), "name": person.full_name}


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
