"""How far the teams in reach are with this week and the next: one line a team and week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from roster.models import Assignment, Roster, Shift
from roster.selectors.changes import untold
from roster.times import week_label, week_of
from staff.models import Person
from staff.roles import Category

WEEK = timedelta(days=7)
Key = tuple[int, int, int | None]


@dataclass(frozen=True, slots=True)
class Team:
    """The people who work at one branch in one department, or in a part of it."""

    branch_id: int
    branch: str
    department_id: int
    department: str
    sub_department_id: int | None
    this_week: date

    def __str__(self) -> str:
        return f"{self.branch}, {self.department}"

    @property
    def keys(self) -> tuple[Key, Key]:
        """Where its roster may stand: with the team itself, or with the whole department."""
        place = self.branch_id, self.department_id
        return (*place, self.sub_department_id), (*place, None)


@dataclass(frozen=True, slots=True)
class TeamWeek:
    """One team's week. `unfilled` counts the open shifts that lie ahead, `untold` what publishing would tell."""

    team: Team
    week_start: date
    is_next: bool
    revision: int | None = None
    shifts: int = 0
    unfilled: int = 0
    untold: int = 0

    @property
    def is_published(self) -> bool:
        return bool(self.revision)

    @property
    def state(self) -> str:
        """ "missing", "draft", "changed" or "published" """
        if not self.revision:
            return "draft" if self.shifts else "missing"
        return "changed" if self.untold else "published"

    @property
    def dates(self) -> str:
        return week_label(self.week_start)

    @property
    def label(self) -> str:
        return f"{'Next' if self.is_next else 'This'} week, {self.dates}"

    @property
    def detail(self) -> str:
        """ "24 shifts, 3 open" """
        shifts = "1 shift" if self.shifts == 1 else f"{self.shifts} shifts"
        return f"{shifts}, {self.unfilled} open" if self.unfilled else shifts

    @property
    def url(self) -> str:
        """The planner, opened at this team's week."""
        team = self.team
        where = {"branch": team.branch_id, "department": team.department_id, "week": self.week_start}
        return f"{reverse('planner')}?{urlencode(where)}"


def team_weeks(user: Person, teams: Iterable[dict[str, Any]], *, now: datetime) -> list[TeamWeek]:
    """This week and the next of every team among the rows of `teams_of`. One query."""
    known = [_team(row, now) for row in teams if row["general"] and row["branch_id"] and row["department_id"]]
    if not known:
        return []
    first, last = min(team.this_week for team in known), max(team.this_week for team in known) + WEEK
    counted = _counted(Roster.objects.visible_to(user).filter(week_start__gte=first, week_start__lte=last), now)
    rosters = {(row[:3], row[3]): row[4:] for row in counted}
    weeks = []
    for team in known:
        for is_next in (False, True):
            week = team.this_week + WEEK * is_next
            counts = next((rosters[key, week] for key in team.keys if (key, week) in rosters), ())
            weeks.append(TeamWeek(team, week, is_next, *counts))
    return weeks


def teams_of(people: QuerySet[Person], **counts: Any) -> list[dict[str, Any]]:
    """People counted by team, with further counts by name; nobody is left out. One query."""
    rows: Iterable[Any] = (
        people.order_by("branch__name", "department__position", "department__name", "sub_department__name")
        .values("branch_id", "department_id", "sub_department_id")
        .annotate(
            branch_name=F("branch__name"),
            zone=F("branch__timezone"),
            week_start=F("branch__week_start"),
            department_name=Coalesce("sub_department__name", "department__name"),
            people=Count("pk"),
            general=Count("pk", filter=Q(role__category=Category.GENERAL)),
            **counts,
        )
    )
    return list(rows)


def _team(row: dict[str, Any], now: datetime) -> Team:
    return Team(
        branch_id=row["branch_id"],
        branch=row["branch_name"],
        department_id=row["department_id"],
        department=row["department_name"],
        sub_department_id=row["sub_department_id"],
        this_week=week_of(now.astimezone(ZoneInfo(row["zone"])).date(), row["week_start"]),
    )


def _counted(rosters: QuerySet[Roster], now: datetime) -> Iterable[tuple[Any, ...]]:
    """Each roster's team, week, revision, shifts, open shifts ahead, and changes that nobody was told of."""
    shifts = Shift.objects.standing().filter(roster=OuterRef("pk"))
    ahead = Shift.objects.unfilled().filter(roster=OuterRef("pk"), starts_at__gt=now)
    changes = Assignment.objects.filter(untold(), shift__roster=OuterRef("pk"))
    return rosters.order_by().values_list(
        "branch_id",
        "department_id",
        "sub_department_id",
        "week_start",
        "revision",
        _number(shifts, "roster"),
        _number(ahead, "roster"),
        _number(changes, "shift__roster"),
    )


def _number(rows: QuerySet[Any], group: str) -> Coalesce:
    """How many rows of a subquery there are, 0 for none."""
    counted = rows.order_by().values(group).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
