"""The team's week: everybody whom a manager reviews, what is said of each so far, and what is still missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from config import keyset
from reviews.models import LOW, WEEK, Criterion, Rating, Review
from reviews.selectors.rows import marks
from roster.models import Assignment
from roster.selectors.overview import teams_of
from roster.times import day_bounds, week_label, week_of
from staff.models import Person
from staff.roles import may, reviewed_by
from staff.selectors import BY_NAME

PAGE = 40
PLACES = ("branch_id", "department_id", "sub_department_id")
# What a line still needs, in the order in which the page counts it; each is a state of config/templatetags/ui.py.
NEW, UNFINISHED, REASON, READY = "unscored", "unfinished", "reason", "ready"
LEFT = {REASON: "need a reason", UNFINISHED: "unfinished", NEW: "not started"}


@dataclass(frozen=True, slots=True)
class Team:
    """People of one place, some of whom the user reviews; without a branch they are head office."""

    places: dict[str, int | None]
    name: str
    zone: ZoneInfo
    week_start: int

    @property
    def key(self) -> str:
        """Its short name in addresses: "3-5-0" is branch 3, department 5, no part of it."""
        return "-".join(str(self.places[name] or 0) for name in PLACES)


@dataclass(frozen=True, slots=True)
class Answer:
    """One criterion of one person's review: the name of its form field, and what is chosen."""

    field: str
    criterion: Criterion
    value: int | None
    scale: ClassVar[list[tuple[int, str]]] = list(Rating.choices)

    @property
    def word(self) -> str:
        return str(Rating(self.value).label) if self.value else ""


@dataclass(frozen=True, slots=True)
class Other:
    """What another reviewer has submitted about the same week."""

    reviewer: str
    overall: Decimal
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the team, with the user's own review of the week as far as it goes."""

    person_id: int
    name: str
    first_name: str
    initials: str
    detail: str
    answers: tuple[Answer, ...]
    comment: str
    version: int
    state: str
    overall: Decimal | None
    last: Decimal | None
    review_id: int | None
    is_submitted: bool
    others: tuple[Other, ...]
    error: str = ""
    is_active: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the user may still write into it."""
        return self.state in (NEW, UNFINISHED, REASON, READY)

    @property
    def missing(self) -> int:
        return sum(answer.value is None for answer in self.answers)

    @property
    def word(self) -> str:
        """ "2 to go" on the chip of an unfinished line; elsewhere its usual word."""
        return f"{self.missing} to go" if self.state == UNFINISHED else ""

    @property
    def low(self) -> str:
        """Why a reason is asked for: "Punctuality is 1, Poor"."""
        low = [
            (answer.criterion, Rating(answer.value)) for answer in self.answers if answer.value and answer.value <= LOW
        ]
        return "; ".join(f"{criterion} is {rating.value}, {rating.label}" for criterion, rating in low)

    def differs(self, scores: Mapping[int, int | None], comment: str | None) -> bool:
        """Whether answers say anything else than what stands here."""
        if any(answer.value != scores.get(answer.criterion.pk, answer.value) for answer in self.answers):
            return True
        return comment is not None and comment.replace("\r\n", "\n").strip() != self.comment

    @property
    def fields(self) -> str:
        """The names of its form fields, for a request that sends this line alone."""
        own = [f"c{self.person_id}", f"v{self.person_id}", *(answer.field for answer in self.answers)]
        return ",".join(own)


@dataclass(frozen=True, slots=True)
class TeamWeek:
    """One team's week on one page, and where else the user may turn. `team` None: nobody is in reach."""

    team: Team | None
    teams: tuple[Team, ...]
    week: date
    today: date
    lines: tuple[Line, ...]
    criteria: tuple[Criterion, ...]
    can_write: bool
    misread: str = ""
    after: str = ""
    next: str | None = None

    @property
    def label(self) -> str:
        return week_label(self.week)

    @property
    def zone(self) -> ZoneInfo:
        return self.team.zone if self.team else ZoneInfo("UTC")

    @property
    def ready(self) -> int:
        return sum(line.state == READY for line in self.lines)

    @property
    def scored(self) -> int:
        return sum(line.state == READY or not line.is_open for line in self.lines)

    @property
    def submitted(self) -> int:
        return sum(not line.is_open for line in self.lines)

    @property
    def left(self) -> str:
        """ "1 need a reason, 2 not started": what keeps the others from being submitted."""
        counts = Counter(line.state for line in self.lines)
        return ", ".join(f"{counts[state]} {words}" for state, words in LEFT.items() if counts[state])

    @property
    def submit_label(self) -> str:
        """What the button does: "Submit 3 ready reviews"."""
        return f"Submit {self.ready} ready review{'' if self.ready == 1 else 's'}"

    @property
    def step(self) -> str:
        """Where the week stands: "score", "submit" or "answer"."""
        if not any(line.is_open for line in self.lines):
            return "answer"
        return "submit" if all(not line.is_open or line.state == READY for line in self.lines) else "score"

    @property
    def acknowledged(self) -> int:
        return sum(line.state == "acknowledged" for line in self.lines)

    def url(self, **changes: date | str | None) -> str:
        """The address of this page, with some of it changed; None leaves a part out."""
        parts = {"team": self.team.key if self.team else None, "week": self.week, **changes}
        return f"{reverse('reviews')}?" + urlencode({name: value for name, value in parts.items() if value})

    @property
    def here(self) -> str:
        """The query that leads back to this page of the team."""
        return self.url(cursor=self.after).partition("?")[2]

    @property
    def previous_url(self) -> str:
        return self.url(week=self.week - WEEK)

    @property
    def next_url(self) -> str | None:
        """The week after; None for one that has not begun."""
        return self.url(week=self.week + WEEK) if self.week + WEEK <= self.today else None

    @property
    def today_url(self) -> str | None:
        """The way back to the present week; None when it is the one on show."""
        return None if self.next_url is None else self.url(week=None)

    @property
    def more_url(self) -> str:
        return self.url(cursor=self.next) if self.next else ""

    def line_of(self, person: int) -> Line | None:
        return next((line for line in self.lines if line.person_id == person), None)

    def with_lines(self, changed: dict[int, Line]) -> TeamWeek:
        """The page with some of its lines as they were typed instead of as they stand."""
        return replace(self, lines=tuple(changed.get(line.person_id, line) for line in self.lines))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page asks for, as it was typed."""

    team: str = ""
    week: str = ""
    cursor: str = ""


def team_week(user: Person, asked: Asked, *, now: datetime) -> TeamWeek | None:
    """The team and week that were asked for, else the user's own team and the present week. Four queries.

    None for a team beyond the reach. Raises Invalid for a cursor that is not one of this list's.
    """
    teams, can_write = teams_in_reach(user), may(user, "write_reviews")
    team = _chosen(teams, asked.team, user)
    if team is None:
        return None if asked.team else TeamWeek(None, (), now.date(), now.date(), (), (), can_write)
    today = now.astimezone(team.zone).date()
    week, misread = _week(asked.week, team, today)
    criteria = tuple(Criterion.objects.active())
    page = keyset.page(_people(user, team, week), order=BY_NAME, after=asked.cursor, size=PAGE)
    lines = _lines(page.rows, criteria, _reviews(user, page.rows, week), user, can_write=can_write)
    shown = tuple(_activated(lines))
    return TeamWeek(team, teams, week, today, shown, criteria, can_write, misread, asked.cursor, page.next)


def teams_in_reach(user: Person) -> tuple[Team, ...]:
    """The teams of the people whose reviews concern the user, by branch and department. One query."""
    teams = []
    for row in teams_of(Person.objects.filter(reviewed_by(user))):
        where = ", ".join(filter(None, [row["branch_name"] or "Head office", row["department_name"]]))
        # Head office lives by the organisation's clock, which is a query more.
        zone = ZoneInfo(row["zone"] or user.organisation.timezone)
        teams.append(Team({name: row[name] for name in PLACES}, where, zone, row["week_start"] or 0))
    return tuple(teams)


def _chosen(teams: Sequence[Team], asked: str, user: Person) -> Team | None:
    if asked:
        return next((team for team in teams if team.key == asked), None)
    own = {name: getattr(user, name) for name in PLACES}
    # Whoever has no team of their own lands in a branch before head office.
    likely = [team for team in teams if team.places == own and user.branch_id] or [
        team for team in teams if team.places["branch_id"]
    ]
    return next(iter([*likely, *teams]), None)


def _week(asked: str, team: Team, today: date) -> tuple[date, str]:
    """The first day of the week asked for; of the present one, with a word about it, where it makes no sense."""
    this = week_of(today, team.week_start)
    if not asked:
        return this, ""
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        day = date.min
    if not this - 520 * WEEK <= day:
        return this, f"“{asked[:20]}” is not a day of a week that was reviewed, so this is the present week."
    if day > today:
        return this, "That week has not begun yet, so this is the present one."
    return week_of(day, team.week_start), ""


def _people(user: Person, team: Team, week: date) -> Any:
    """Those of the team whom the user's reviews concern and who were employed in the week."""
    begins, ends = day_bounds(week, team.zone)[0], day_bounds(week + timedelta(days=6), team.zone)[1]
    shifts = Assignment.objects.promised_between(begins, ends).filter(person=OuterRef("pk")).order_by()
    before = Review.objects.submitted().filter(person=OuterRef("pk"), reviewer=user, week_start__lt=week)
    counted = shifts.values("person").annotate(number=Count("pk")).values("number")
    return (
        Person.objects.filter(reviewed_by(user), **team.places)
        .filter(Q(left_on=None) | Q(left_on__gte=week), hired_on__lt=week + WEEK)
        .select_related("role")
        .annotate(
            shifts=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
            last=Subquery(before.order_by("-week_start").values("overall")[:1]),
        )
    )


def _reviews(user: Person, people: Iterable[Person], week: date) -> list[Any]:
    """The user's own reviews of the week, and what others have submitted."""
    here = Review.objects.filter(week_start=week, person__in=[person.pk for person in people])
    seen = here.filter(Q(reviewer=user) | Q(submitted_at__isnull=False))
    return list(seen.select_related("reviewer").annotate(marks=marks()).order_by("pk"))


def _lines(
    people: Iterable[Any], criteria: Sequence[Criterion], reviews: Sequence[Any], user: Person, *, can_write: bool
) -> list[Line]:
    # Whoever only reads is shown the first of what others wrote in the place of a review of their own.
    shown = {each.person_id: each for each in reversed(reviews) if each.reviewer_id == user.pk or not can_write}
    return [_line(person, criteria, shown.get(person.pk), _others(person, reviews, user)) for person in people]


def _line(person: Any, criteria: Sequence[Criterion], review: Any, others: tuple[Other, ...]) -> Line:
    values = {mark["criterion"]: mark["value"] for mark in review.marks} if review else {}
    answers = tuple(Answer(f"s{person.pk}-{each.pk}", each, values.get(each.pk)) for each in criteria)
    comment = review.comment if review else ""
    shifts = f"{person.shifts} shift{'' if person.shifts == 1 else 's'}" if person.shifts else "No shifts"
    return Line(
        person_id=person.pk,
        name=person.full_name,
        first_name=person.first_name,
        initials=person.initials,
        detail=f"{person.role.name}. {shifts} in this week",
        answers=answers,
        comment=comment,
        version=review.version if review else 0,
        state=_state(review, answers, comment),
        overall=review.overall if review else None,
        last=person.last,
        review_id=review.pk if review else None,
        is_submitted=bool(review and review.submitted_at),
        others=others,
    )


def _state(review: Review | None, answers: Sequence[Answer], comment: str) -> str:
    if review and review.submitted_at:
        return review.state
    scored = [answer.value for answer in answers if answer.value]
    if not scored:
        return UNFINISHED if comment else NEW
    if len(scored) < len(answers):
        return UNFINISHED
    return REASON if min(scored) <= LOW and not comment else READY


def _others(person: Person, reviews: Iterable[Any], user: Person) -> tuple[Other, ...]:
    return tuple(
        Other(review.reviewer.full_name, review.overall, reverse("review", args=[review.pk]))
        for review in reviews
        if review.person_id == person.pk and review.reviewer_id != user.pk
    )


def _activated(lines: Sequence[Line]) -> list[Line]:
    """The first line that still asks for something is the one that stands open."""
    waiting = next((line for line in lines if line.is_open and line.state != READY), None)
    return [replace(line, is_active=line is waiting) for line in lines]
