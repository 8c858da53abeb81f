"""The homes: what each role comes to, the next thing first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from urllib.parse import urlencode

from django.urls import reverse

from config.dashboards.numbers import OWN_PAPERS, PLANNER, SCHEDULE, Facts, Stat, column, stats_of
from notifications.selectors import day_label, moment_label, notes
from reviews.selectors.figures import Flag, InShort
from roster.selectors.overview import TeamWeek
from roster.selectors.schedule import Day, MyShift
from roster.times import week_label
from staff.models import Branch, Organisation, Person
from staff.roles import may, reach_of
from staff.selectors.papers import OwnWish

NOTICES, AT_ONCE, WEEKS = 5, 2, 12
TILES = {"upcoming_shifts", "my_average", "last_review"}
GREETINGS = ((5, "Good evening"), (12, "Good morning"), (18, "Good afternoon"), (24, "Good evening"))
# What waits longest comes first.
URGENCY = ("missing", "draft", "changed", "published")


@dataclass(frozen=True, slots=True)
class Notice:
    """One of the latest notifications."""

    title: str
    body: str
    url: str
    created_label: str
    unread: bool


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for the reader, and the button that leads to it."""

    title: str
    detail: str
    url: str
    button: str
    icon: str = "planner"


@dataclass(frozen=True, slots=True)
class NeedKind:
    """A reason why a team's week waits for its planner, and how that is said for one team and for many."""

    waits: Callable[[TeamWeek], bool]
    title: Callable[[TeamWeek], str]
    many: str
    button: Callable[[TeamWeek], str]
    icon: str


@dataclass(frozen=True, slots=True)
class BranchLine:
    """How far one branch is with the next week."""

    name: str
    value: str
    hint: str
    url: str
    attention: bool


@dataclass(frozen=True, slots=True)
class GeneralHome:
    """What general staff come to."""

    greeting: str
    now_label: str
    next_shift: MyShift | None
    week: tuple[Day, ...]
    hours_this_week: Decimal
    contract_hours: Decimal
    stats: tuple[Stat, ...]
    needs: tuple[Need, ...]
    notices: tuple[Notice, ...]
    schedule_url: str = SCHEDULE


@dataclass(frozen=True, slots=True)
class ManagerHome:
    """What managers and those above them come to."""

    greeting: str
    now_label: str
    stats: tuple[Stat, ...]
    needs: tuple[Need, ...]
    weeks: tuple[TeamWeek, ...]
    only_waiting: bool  # whether `weeks` are only those not published for next week, else all of the reach
    branches: tuple[BranchLine, ...]
    weakest: tuple[Flag, ...]  # departments by their reviews; for those above all of them


@dataclass(frozen=True, slots=True)
class OperatorHome:
    """What the installation's operator comes to: where they are, and nothing of anybody's organisation."""

    greeting: str
    now_label: str
    organisation: str


@dataclass(frozen=True, slots=True)
class VisitorHome:
    """What an operator who visits an organisation comes to."""

    now_label: str
    organisation: str
    people: int
    branches: int


def general_home(person: Person, *, now: datetime) -> GeneralHome:
    """The home of general staff. Five queries, none where copies are kept; one more for somebody without a branch."""
    facts = Facts(person, now)
    week = facts.agenda.week
    return GeneralHome(
        greeting=_greeting(facts),
        now_label=_now_label(facts),
        next_shift=facts.agenda.next_shift,
        week=week.days,
        hours_this_week=week.hours,
        contract_hours=person.contract_hours,
        # The page shows the others beside what they are about.
        stats=stats_of(facts, only=TILES),
        needs=(*_to_hand_in(facts), *(_to_acknowledge(review) for review in facts.own_reviews.waiting)),
        notices=_notices(facts),
    )


def manager_home(person: Person, *, now: datetime) -> ManagerHome:
    """The home of everybody who reaches others. Up to four queries, six for the whole organisation; none where copies
    are kept."""
    facts = Facts(person, now)
    whole = reach_of(person).everything
    return ManagerHome(
        greeting=_greeting(facts),
        now_label=_now_label(facts),
        stats=stats_of(facts),
        # Those above all teams are asked by the notice alone: their home is about the teams.
        needs=(*(() if whole else _to_hand_in(facts)), *(_needs(facts) if may(person, "plan_rosters") else ())),
        weeks=_weeks([week for week in facts.weeks if not whole or (week.is_next and not week.is_published)]),
        only_waiting=whole,
        branches=_branches(facts) if whole or column(person) == "department" else (),
        weakest=facts.reviews.weakest if whole else (),
    )


def operator_home(person: Person, *, now: datetime) -> OperatorHome:
    """The home of the installation's operator. One query."""
    facts = Facts(person, now)
    return OperatorHome(_greeting(facts), _now_label(facts), Organisation.objects.get(pk=person.organisation_id).name)


def visitor_home(person: Person, *, now: datetime) -> VisitorHome:
    """The home of an operator who visits: how large the organisation is, and the way on. Three queries."""
    facts = Facts(person, now)
    return VisitorHome(
        _now_label(facts),
        person.organisation.name,
        people=Person.objects.filter(is_active=True).count(),
        branches=Branch.objects.filter(is_active=True).count(),
    )


def _to_hand_in(facts: Facts) -> tuple[Need, ...]:
    """What the person was asked for, one by one; what their role requires besides, in one row."""
    asked = [wish for wish in facts.own_wishes if wish.due_on]
    needs = [
        Need(f"Hand in: {wish.label}", _asked_until(wish), f"{OWN_PAPERS}?kind={wish.kind}", "Hand in", "doc")
        for wish in asked
    ]
    others = [wish.label for wish in facts.own_wishes if not wish.due_on]
    if others:
        title = f"{_counted(len(others), 'document is', 'documents are')} wanted of you"
        needs.append(Need(title, ", ".join(others), OWN_PAPERS, "Hand in", "doc"))
    return tuple(needs)


def _asked_until(wish: OwnWish) -> str:
    return " · ".join(filter(None, [f"Until {wish.due_on:%-d %B}", wish.message]))


def _to_acknowledge(review: InShort) -> Need:
    where = reverse("review", args=[review.id])
    return Need(f"Your review of {week_label(review.week_start)}", f"By {review.reviewer}", where, "Read it", "star")


def _greeting(facts: Facts) -> str:
    hour = facts.now.astimezone(facts.calendar.zone).hour
    words = next(words for until, words in GREETINGS if hour < until)
    return f"{words}, {facts.person.first_name}"


def _now_label(facts: Facts) -> str:
    """ "Thursday 15 January, 14:42 in Bodija" """
    here = f" in {facts.person.branch.name}" if facts.person.branch else ""
    return f"{facts.now.astimezone(facts.calendar.zone):%A %-d %B, %H:%M}{here}"


def _notices(facts: Facts) -> tuple[Notice, ...]:
    zone = facts.calendar.zone
    now = facts.now.astimezone(zone)
    notices = []
    for row in notes(facts.person, only_unread=False, cursor="").rows[:NOTICES]:
        then = row.created_at.astimezone(zone)
        when = moment_label(then, now)
        if then.date() != now.date():
            when = f"{day_label(then.date(), now.date())}, {then:%H:%M}"
        notices.append(Notice(row.title, row.body, row.url, when, row.is_unread))
    return tuple(notices)


def _needs(facts: Facts) -> tuple[Need, ...]:
    """What somebody who plans should do next. Many teams with one need make one row.

    Those above the teams are asked only about weeks that are not out: the rest is the teams' own work.
    """
    kinds = NEED_KINDS[:1] if reach_of(facts.person).everything else NEED_KINDS
    return tuple(need for kind in kinds for need in _needs_of(kind, [week for week in facts.weeks if kind.waits(week)]))


def _needs_of(kind: NeedKind, weeks: list[TeamWeek]) -> list[Need]:
    if len(weeks) > AT_ONCE:
        where = f"{weeks[0].team}; {weeks[1].team} and {len(weeks) - 2} more"
        return [Need(kind.many.format(len(weeks)), where, weeks[0].url, "Open the planner", kind.icon)]
    return [
        Need(kind.title(week), f"{week.team}, {week.dates}: {week.detail}", week.url, kind.button(week), kind.icon)
        for week in weeks
    ]


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


NEED_KINDS = (
    NeedKind(
        waits=lambda week: week.is_next and not week.is_published,
        title=lambda week: "Next week is not published",
        many="{} teams have no published roster for next week",
        button=lambda week: "Finish it" if week.shifts else "Plan it",
        icon="planner",
    ),
    NeedKind(
        waits=lambda week: week.state == "changed",
        title=lambda week: _counted(week.untold, "change that nobody was told of", "changes that nobody was told of"),
        many="{} rosters have changes that nobody was told of",
        button=lambda week: "Review",
        icon="refresh",
    ),
    NeedKind(
        waits=lambda week: week.is_published and week.unfilled > 0,
        title=lambda week: _counted(week.unfilled, "open shift", "open shifts"),
        many="{} published rosters have open shifts",
        button=lambda week: "Fill",
        icon="plus",
    ),
)


def _weeks(weeks: Iterable[TeamWeek]) -> tuple[TeamWeek, ...]:
    """What waits first, then what is done; as many as fit."""
    return tuple(sorted(weeks, key=lambda week: (URGENCY.index(week.state), week.week_start))[:WEEKS])


def _branches(facts: Facts) -> tuple[BranchLine, ...]:
    """How many of each branch's teams have their next week published."""
    lines = []
    for name, group in groupby(facts.next_weeks, key=lambda week: week.team.branch):
        weeks = list(group)
        done = sum(week.is_published for week in weeks)
        url = f"{PLANNER}?{urlencode({'branch': weeks[0].team.branch_id, 'week': weeks[0].week_start})}"
        lines.append(BranchLine(name, f"{done} of {len(weeks)}", "published", url, done < len(weeks)))
    return tuple(lines)
