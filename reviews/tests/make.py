"""Plain functions that make criteria and reviews."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from reviews import services
from reviews.defaults import add_defaults
from reviews.models import Criterion, Review
from reviews.services import Answers
from roster.times import week_of
from staff.models import Person


def this_monday() -> date:
    """The first day of the present week of the cast's branches."""
    return week_of(timezone.now().date())


def make_criteria() -> list[Criterion]:
    """The four weekly criteria."""
    add_defaults()
    return list(Criterion.objects.active())


def answers(values: str = "4454", comment: str | None = None) -> Answers:
    """Scores in the order of the criteria: "4454"; "-" leaves one out."""
    scored = zip(make_criteria(), values, strict=False)
    return Answers({criterion.pk: int(value) for criterion, value in scored if value != "-"}, comment)


def make_draft(
    person: Person, values: str = "4454", *, by: Person, week: date | None = None, comment: str = "Well done."
) -> Review:
    return services.start_review(person, week or this_monday(), answers(values, comment), by=by)


def make_review(
    person: Person, values: str = "4454", *, by: Person, weeks_ago: int = 0, comment: str = "Well done."
) -> Review:
    """A submitted review."""
    week = this_monday() - timedelta(weeks=weeks_ago)
    return services.submit_review(make_draft(person, values, by=by, week=week, comment=comment), by=by)
