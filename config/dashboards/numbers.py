"""The numbers of each role, as api.md lists them. What the product does not keep yet is left out, never a zero.

A new number is a Number, named in the rows of NUMBERS that show it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, Value

from config.caching import cached
from notifications.selectors import unread_count
from reviews.models import in_words
from reviews.selectors.figures import OwnFigures, ReachFigures, own_figures, reach_figures, to_review
from roster.selectors.overview import TeamWeek, team_weeks, teams_of
from roster.selectors.schedule import Agenda, Calendar, agenda, calendar_of
from roster.times import hours_label, week_label
from staff.models import Branch, Department, Person
from staff.roles import column_of
from staff.selectors.papers import OwnWish, PaperCounts, own_wishes, paper_counts
from staff.services.people import RECENTLY

GENERAL, OPERATOR = "general", "operator"
OWN_PAPERS, PAPERS = "/account/documents/", "/admin/staff/person/?papers=incomplete"
PLANNER, SCHEDULE, INBOX, TEAM, REVIEWS = "/planner/", "/schedule/", "/notifications/", "/team/", "/reviews/"
TICK = 5  # minutes
MANY_INCOMPLETE = 10
TENTH = Decimal("0.1")
Figure = int | Decimal


def column(person: Person) -> str:
    """Whose home a person gets: the column of the permission table, in the words of api.md."""
    if person.is_operator:
        return OPERATOR
    found = column_of(person.role)
    return GENERAL if found == "self" else found


class Facts:
    """What the numbers are made of. Each part is read once, and only if a number of the role wants it."""

    def __init__(self, person: Person, now: datetime, *, with_weeks: bool = True) -> None:
        self.person, self.now, self.with_weeks = person, now, with_weeks

    @cached_property
    def calendar(self) -> Calendar:
        return calendar_of(self.person)

    @cached_property
    def agenda(self) -> Agenda:
        return agenda(self.person, now=self.now)

    @cached_property
    def unread(self) -> int:
        return unread_count(self.person)

    @property
    def teams(self) -> list[dict[str, Any]]:
        """The people in reach who are employed today, counted by team."""
        return self.reach.teams

    @property
    def weeks(self) -> list[TeamWeek]:
        return self.reach.weeks

    @cached_property
    def reach(self) -> ReachCounts:
        return _reach(self.person, at=self.tick, with_weeks=self.with_weeks)

    @cached_property
    def places_open(self) -> Places:
        return _places()

    @property
    def tick(self) -> datetime:
        """Now, as the counts of a whole reach know it: they are counted anew every five minutes."""
        return self.now - timedelta(
            minutes=self.now.minute % TICK, seconds=self.now.second, microseconds=self.now.microsecond
        )

    @cached_property
    def own_wishes(self) -> tuple[OwnWish, ...]:
        return own_wishes(person=self.person, today=self.calendar.today(self.now))

    @cached_property
    def papers(self) -> PaperCounts:
        return paper_counts(today=self.calendar.today(self.now))

    @cached_property
    def own_reviews(self) -> OwnFigures:
        return own_figures(person=self.person.pk, today=self.calendar.today(self.now))

    @cached_property
    def reviews(self) -> ReachFigures:
        return reach_figures(self.person, today=self.calendar.today(self.now))

    @cached_property
    def to_review(self) -> int:
        return to_review(self.person, today=self.calendar.today(self.now))

    @property
    def reviews_complete(self) -> Decimal | None:
        """How many in a hundred of the general staff have a review of the last whole week; None without staff."""
        staff = self.people("general")
        return (Decimal(100 * self.reviews.staff_last_week) / staff).quantize(TENTH) if staff else None

    @property
    def next_weeks(self) -> list[TeamWeek]:
        return [week for week in self.weeks if week.is_next]

    @property
    def unpublished(self) -> int:
        """How many teams have no published roster for the next week."""
        return sum(not week.is_published for week in self.next_weeks)

    @property
    def rosters_this_week(self) -> int:
        return sum(week.is_published for week in self.weeks if not week.is_next)

    def people(self, kind: str = "people") -> int:
        return sum(row[kind] for row in self.teams)

    def places(self, kind: str) -> int:
        """In how many branches or departments the people in reach work."""
        return len({row[kind] for row in self.teams if row[kind]})


@dataclass(frozen=True, slots=True)
class Places:
    """How many places of each kind the organisation has; closed branches are left out."""

    branches: int
    departments: int


@dataclass(frozen=True, slots=True)
class ReachCounts:
    """The teams in somebody's reach, and how far each is with its weeks."""

    teams: list[dict[str, Any]]
    weeks: list[TeamWeek]


@cached("dashboard")
def _reach(person: Person, *, at: datetime, with_weeks: bool) -> ReachCounts:
    today = calendar_of(person).today(at)
    teams = teams_of(
        Person.objects.visible_to(person).employed(today),
        hires=Count("pk", filter=Q(hired_on__gte=today.replace(day=1))),
        active=Count("pk", filter=Q(last_login__gte=at - RECENTLY)),
    )
    return ReachCounts(teams, team_weeks(person, teams, now=at) if with_weeks else [])


@cached("reference")
def _places() -> Places:
    kinds = (("branch", Branch.objects.filter(is_active=True)), ("department", Department.objects.all()))
    parts = [rows.order_by().values_list(Value(kind), "pk") for kind, rows in kinds]
    found = Counter(kind for kind, _ in parts[0].union(parts[1], all=True))
    return Places(found["branch"], found["department"])


def _plain(figure: Figure) -> str:
    return f"{figure:,}"


def _no_hint(facts: Facts) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Number:
    """One number: its name in the API, its words on the page, and how it is counted and written.

    A count of None is of something that is not there yet: the number is left out.
    """

    name: str
    label: str
    count: Callable[[Facts], Figure | None]
    url: str = ""
    is_a_need: bool = False
    write: Callable[[Any], str] = _plain
    hint: Callable[[Facts], str] = _no_hint


@dataclass(frozen=True, slots=True)
class Stat:
    """A number that was counted, as a tile shows it."""

    name: str
    label: str
    number: Figure
    value: str
    hint: str
    url: str
    attention: bool


UPCOMING = Number("upcoming_shifts", "Upcoming shifts", lambda facts: facts.agenda.ahead, SCHEDULE)
HOURS = Number("hours_this_week", "Hours this week", lambda facts: facts.agenda.week.hours, SCHEDULE, write=hours_label)
UNREAD = Number("unread", "Unread", lambda facts: facts.unread, INBOX)
TEAM_SIZE = Number("team_size", "Team size", lambda facts: facts.people(), TEAM)
BRANCH_STAFF = Number("branch_staff", "Branch staff", lambda facts: facts.people(), TEAM)
DEPARTMENT_STAFF = Number("department_staff", "Department staff", lambda facts: facts.people(), TEAM)
ROSTERS = Number(
    "rosters", "Rosters this week and next", lambda facts: sum(w.revision is not None for w in facts.weeks), PLANNER
)
UNFILLED = Number(
    "unfilled_shifts", "Open shifts ahead", lambda facts: sum(w.unfilled for w in facts.weeks), PLANNER, is_a_need=True
)
OWN_DEPARTMENTS = Number("departments", "Departments", lambda facts: facts.places("department_id"))
OWN_BRANCHES = Number("branches", "Branches", lambda facts: facts.places("branch_id"))
TOTAL = Number("total_staff", "Staff", lambda facts: facts.people(), TEAM)
ACTIVE = Number("active_in_30_days", "Signed in, last 30 days", lambda facts: facts.people("active"))
HIRES = Number("hires_this_month", "Hired this month", lambda facts: facts.people("hires"), TEAM)
DEPARTMENTS = Number("departments", "Departments", lambda facts: facts.places_open.departments)
BRANCHES = Number("branches", "Branches", lambda facts: facts.places_open.branches)
THIS_WEEK = Number("rosters_this_week", "Rosters this week", lambda facts: facts.rosters_this_week, PLANNER)
UNPUBLISHED = Number(
    "unpublished_teams", "Teams without next week", lambda facts: facts.unpublished, PLANNER, is_a_need=True
)

MY_AVERAGE = Number(
    "my_average",
    "My reviews, 4 weeks",
    lambda facts: facts.own_reviews.average,
    REVIEWS,
    hint=lambda facts: in_words(facts.own_reviews.average) if facts.own_reviews.average else "",
)
LAST_REVIEW = Number(
    "last_review",
    "Last review",
    lambda facts: facts.own_reviews.last.overall if facts.own_reviews.last else None,
    REVIEWS,
    hint=lambda facts: week_label(facts.own_reviews.last.week_start) if facts.own_reviews.last else "",
)
PENDING_REVIEWS = Number("pending_reviews", "Reviews to write this week", lambda facts: facts.to_review, REVIEWS)
REVIEWS_THIS_WEEK = Number("reviews_this_week", "Reviews this week", lambda facts: facts.reviews.this_week, REVIEWS)
MONTH_REVIEWS = Number("month_reviews", "Reviews, 4 weeks", lambda facts: facts.reviews.month, REVIEWS)
REVIEWS_COMPLETE = Number(
    "reviews_complete", "Staff reviewed last week", lambda facts: facts.reviews_complete, REVIEWS, write="{} %".format
)
MISSING_PAPERS = Number("documents_missing", "Documents missing", lambda facts: facts.papers.missing, PAPERS)
EXPIRING_PAPERS = Number(
    "documents_expiring",
    "Documents expiring, 60 days",
    lambda facts: facts.papers.expiring,
    "/admin/staff/document/?validity=expiring",
)
# The Auditor is to look where more than ten people lack something.
INCOMPLETE_PAPERS = Number(
    "incomplete_documents",
    "People with incomplete documents",
    lambda facts: facts.papers.incomplete,
    PAPERS,
    hint=lambda facts: "More than 10: look into it" if facts.papers.incomplete > MANY_INCOMPLETE else "",
)


def _average(name: str, label: str) -> Number:
    """The mean of the month's submitted reviews in reach, in words beside it."""
    return Number(
        name,
        label,
        lambda facts: facts.reviews.average,
        REVIEWS,
        hint=lambda facts: in_words(facts.reviews.average) if facts.reviews.average else "",
    )


TEAM_AVERAGE = _average("team_average", "Team average, 4 weeks")
AVERAGE = _average("average", "Review average, 4 weeks")
COMPANY_AVERAGE = _average("company_average", "Company average, 4 weeks")

NUMBERS: dict[str, tuple[Number, ...]] = {
    GENERAL: (UPCOMING, HOURS, UNREAD, MY_AVERAGE, LAST_REVIEW),
    "team": (TEAM_SIZE, ROSTERS, PENDING_REVIEWS, REVIEWS_THIS_WEEK, TEAM_AVERAGE, UNFILLED),
    "branch": (BRANCH_STAFF, ROSTERS, OWN_DEPARTMENTS, MONTH_REVIEWS, AVERAGE),
    "department": (DEPARTMENT_STAFF, ROSTERS, OWN_BRANCHES, MONTH_REVIEWS, AVERAGE),
    "people": (TOTAL, ACTIVE, HIRES, MISSING_PAPERS, EXPIRING_PAPERS, DEPARTMENTS, BRANCHES, AVERAGE),
    "executive": (TOTAL, DEPARTMENTS, BRANCHES, THIS_WEEK, UNPUBLISHED, MONTH_REVIEWS, COMPANY_AVERAGE),
    "audit": (TOTAL, DEPARTMENTS, BRANCHES, THIS_WEEK, REVIEWS_COMPLETE, INCOMPLETE_PAPERS),
    OPERATOR: (),
}


def facts_for_numbers(person: Person, *, now: datetime) -> Facts:
    """The facts that the numbers of a role alone ask for: Human Resource's need no roster."""
    return Facts(person, now, with_weeks=column(person) != "people")


def stats_of(facts: Facts, only: Container[str] | None = None) -> tuple[Stat, ...]:
    """The numbers of the person's role, or those of them that are named, as far as there is something to count."""
    numbers = NUMBERS[column(facts.person)]
    counted = ((number, number.count(facts)) for number in numbers if only is None or number.name in only)
    return tuple(_stat(number, figure, facts) for number, figure in counted if figure is not None)


def _stat(number: Number, figure: Figure, facts: Facts) -> Stat:
    waits = number.is_a_need and figure > 0
    hint = "Needs you" if waits else number.hint(facts)
    return Stat(number.name, number.label, figure, number.write(figure), hint, number.url, waits)
