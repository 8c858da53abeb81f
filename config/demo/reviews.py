"""The demo's reviews: eight past weeks of every team by the manager who plans it, and the present week begun."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from config.demo import bulk
from config.demo.rosters import PAST, Team, teams
from reviews.models import Criterion, Review, Score, overall_of
from roster.times import place, week_of
from staff.models import Person
from staff.roles import Category

REVIEW = (
    "id person_id reviewer_id branch_id department_id week_start comment overall version created_at changed_at "
    "submitted_at acknowledged_at"
)
SCORE = "review_id criterion_id value weight"
BEGUN = 4  # of the stage's people have a draft for the present week

# How good a person's weeks are on the whole, and how often that occurs.
STANDARDS = {(5, 5, 4, 5, 4): 5, (4, 5, 4, 4, 3): 9, (3, 4, 4, 3, 3): 5, (2, 3, 3, 2, 3): 1}
PRAISE = (
    "", "", "", "", "Calm on Saturday’s long queue.", "Showed the new ones how refunds work.", "Kept the till square.",
    "Stayed on when the delivery came late.", "Customers asked for them by name.",
)  # fmt: skip
BLAME = (
    "Late three times; we agreed to swap the early shift.", "Left without cleaning up twice.",
    "Short with customers on Friday; we have talked about it.", "Two days missed without a word.",
)  # fmt: skip


@dataclass
class Rows:
    """What is to be written, table by table."""

    reviews: list[tuple[object, ...]] = field(default_factory=list)
    scores: list[tuple[object, ...]] = field(default_factory=list)


def fill(now: datetime) -> int:
    """Write the weeks that are missing in the entered organisation; return how many reviews.

    A reviewer's week that has a review stays as it is, whatever has been done to it.
    """
    there = set(Review.objects.values_list("reviewer_id", "week_start").distinct())
    criteria = list(Criterion.objects.active())
    wanted = [row for team in teams() for row in _of(team, now, there)]
    rows = Rows()
    for pk, (team, person, week, is_draft) in zip(bulk.ids(Review, len(wanted)), wanted, strict=True):
        _add(rows, pk, criteria, team, person, week, now, is_draft=is_draft)
    bulk.insert(Review, REVIEW.split(), rows.reviews)
    bulk.insert(Score, SCORE.split(), rows.scores)
    return len(wanted)


def _of(team: Team, now: datetime, there: Collection[tuple[int, date]]) -> Iterator[tuple[Team, Person, date, bool]]:
    """Whom the team's planner reviews, and for which weeks."""
    staff = [person for person in team.people if person.role.category == Category.GENERAL and person != team.planner]
    this_week = week_of(now.astimezone(team.branch.zone).date(), team.branch.week_start)
    for number in range(PAST, 0, -1):
        week = this_week - timedelta(weeks=number)
        if (team.planner.pk, week) not in there:
            yield from ((team, person, week, False) for person in staff)
    if team.is_stage and (team.planner.pk, this_week) not in there:
        yield from ((team, person, this_week, True) for person in staff[-BEGUN:])


def _add(
    rows: Rows,
    pk: int,
    criteria: list[Criterion],
    team: Team,
    person: Person,
    week: date,
    now: datetime,
    *,
    is_draft: bool,
) -> None:
    dice = Random(f"{person.employee_number} {week}")
    usual = Random(person.employee_number).choices(list(STANDARDS), list(STANDARDS.values()))[0]
    values = [max(1, dice.choice(usual) - (dice.random() < 0.02)) for _ in criteria]
    comment = dice.choice(BLAME if min(values) < 3 else PRAISE)
    overall = overall_of(zip(values, [criterion.weight for criterion in criteria], strict=True))
    # Written on the evening of the week's last day; read the day after, but for the latest.
    submitted = place(week + timedelta(days=6), time(17, dice.randrange(60)), team.branch.zone)
    read = submitted + timedelta(hours=20) if submitted + timedelta(days=8) < now else None
    at, moments = (now, (None, None)) if is_draft else (submitted, (submitted, read))
    about = (person.pk, team.planner.pk, person.branch_id, person.department_id, week)
    rows.reviews.append((pk, *about, comment, overall, 1, at, at, *moments))
    rows.scores.extend(
        (pk, criterion.pk, value, criterion.weight) for criterion, value in zip(criteria, values, strict=True)
    )
