"""What the screens of careers show: a history, who leaves, what waits for a decision, who opened what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet

from config import keyset
from staff.models import AccessEntry, EmploymentEvent, Kind, Leaving, Person, Role, State
from staff.models.careers import OPEN, PLACES
from staff.roles import RANK, Category, Reach, may

BY_DAY = ("-effective_on", "-id")
MOST = 50  # lines of a history on a page; all of it is at the API
DECIDED = 10  # of one's own proposals
NAMED = {"role": "Role", "branch": "Branch", "department": "Department", "sub_department": "Sub-department"}


@dataclass(frozen=True, slots=True)
class CareerNow:
    """Where somebody's career stands: their pay, the last event of all, when the last change began, what is open, and
    whether they have left: a leaving that is only planned, of somebody whose access was taken away, is none yet."""

    salary: Decimal | None = field(repr=False)
    last: EmploymentEvent | None
    last_day: date | None
    open: EmploymentEvent | None
    has_left: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """One event as people read it; never with a salary."""

    id: int
    person_id: int
    person: str
    kind: str
    label: str
    state: str
    day: date
    lines: tuple[str, ...]
    reason: str
    outcome: str
    by: str
    decided_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Pay:
    """What somebody was paid from a day on."""

    day: date
    label: str
    amount: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who has left, or whose last working day is known."""

    id: int
    person_id: int
    name: str
    initials: str
    role: str
    branch: str
    day: date
    leaving: str
    reason: str
    clearance: str
    note: str
    is_ahead: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """A line of the access log, by the reader's clock."""

    who: str
    what: str
    at: datetime


def career_of(person: Person) -> CareerNow:
    """Where somebody's career stands, in one query. The pay is that of the event that was applied last."""
    return careers_of([person])[person.pk]


def careers_of(people: Collection[Person]) -> dict[int, CareerNow]:
    """Where the careers of many people stand, by their ids, in one query; none for nobody."""
    events: dict[int, list[EmploymentEvent]] = {person.pk: [] for person in people}
    for event in EmploymentEvent.objects.filter(person__in=events).select_related("by").order_by("pk"):
        events[event.person_id].append(event)
    return {pk: _career(found) for pk, found in events.items()}


def _career(events: Sequence[EmploymentEvent]) -> CareerNow:
    applied = sorted((event for event in events if event.applied_at), key=lambda each: (each.applied_at, each.pk))
    return CareerNow(
        salary=applied[-1].salary_after if applied else None,
        last=events[-1] if events else None,
        last_day=max((event.effective_on for event in applied), default=None),
        open=next((event for event in events if event.state in OPEN), None),
        has_left=any(event.kind == Kind.TERMINATION and event.undone_at is None for event in applied),
    )


def history(person: Person, *, viewer: Person) -> tuple[Moment, ...]:
    """The person's career as far as the viewer sees it, the latest first."""
    events = EmploymentEvent.objects.visible_to(viewer).filter(person=person).without_salaries().with_places()
    return tuple(moment_of(event, person) for event in events.order_by(*BY_DAY)[:MOST])


def open_changes(user: Person) -> tuple[Moment, ...]:
    """What waits for a decision or for its day, the next day first; and what became of one's own proposals."""
    events = EmploymentEvent.objects.visible_to(user).without_salaries().with_places().select_related("person")
    waiting = events.open().order_by("effective_on", "pk")[: 4 * MOST]
    decided = events.filter(by=user, decided_at__isnull=False).exclude(state__in=OPEN).order_by("-decided_at")
    return tuple(moment_of(event, event.person) for event in (*waiting, *decided[:DECIDED]))


def moment_of(event: EmploymentEvent, person: Person) -> Moment:
    """An event as people read it; it comes with places."""
    return Moment(
        id=event.pk,
        person_id=person.pk,
        person=person.full_name,
        kind=event.kind,
        label=event.label,
        state=event.state,
        day=event.effective_on,
        lines=lines_of(event),
        reason=event.reason,
        outcome=event.outcome,
        by=event.by.full_name if event.by else "",
        decided_by=event.decided_by.full_name if event.decided_by else "",
        at=event.at,
    )


def lines_of(event: EmploymentEvent) -> tuple[str, ...]:
    """What an event says, a line for each thing that it changes."""
    if event.kind == Kind.TERMINATION:
        return (f"{Leaving(event.leaving).label}; the last working day",)
    if event.kind == Kind.RESTORE:
        return ("The leaving is undone",)
    pairs = {
        title: (getattr(event, f"{name}_before"), getattr(event, f"{name}_after")) for name, title in NAMED.items()
    }
    hours = event.contract_hours_before, event.contract_hours_after
    pairs["Contract"] = _in_hours(hours[0]), _in_hours(hours[1])
    if event.kind == Kind.HIRE:
        return tuple(f"{title}: {after}" for title, (_, after) in pairs.items() if after)
    return tuple(
        f"{title}: {before or 'none'} → {after or 'none'}"
        for title, (before, after) in pairs.items()
        if before != after
    )


def salary_page(person: Person, *, currency: str) -> tuple[Pay, ...]:
    """What somebody is and was paid, the latest first. Whoever calls this writes the access log."""
    events = EmploymentEvent.objects.filter(person=person).applied().order_by("-applied_at", "-pk")
    known = [event for event in events if event.salary_after is not None and event.salary_after != event.salary_before]
    return tuple(Pay(event.effective_on, event.label, money(event.salary_after, currency)) for event in known)


def money(amount: Decimal | None, currency: str) -> str:
    """An amount as people write it: "NGN 150,000.00"."""
    return "" if amount is None else f"{currency} {amount:,.2f}"


def what_it_means(event: EmploymentEvent, *, salary: str) -> tuple[str, ...]:
    """What a change does beside what it says, for whoever is about to make it. `salary` is worded by the caller."""
    person, role = event.person, event.role_after
    changes = event.role_before_id != event.role_after_id
    moves = any(getattr(event, f"{place}_before_id") != getattr(event, f"{place}_after_id") for place in PLACES)
    said = [
        (event.state == State.PROPOSED, "It is a proposal: the Chief Officers and Human Resource decide."),
        (event.state == State.PLANNED, f"Until {event.effective_on:%-d %B %Y} everything stays as it is."),
        (bool(salary), salary),
        (changes and role is not None, f"As {role}, {person} reaches {_reach(role)}."),
        (changes, f"{person} is signed out everywhere then, and signs in again."),
        (changes or moves, "Shifts that are planned already stay as they are, until a planner changes them."),
        (event.state != State.PROPOSED, f"{person} is told."),
    ]
    return tuple(sentence for holds, sentence in said if holds)


def leavers(user: Person, *, clearance: str = "", after: str = "") -> tuple[tuple[Leaver, ...], str | None]:
    """Those who have left or will, within the user's reach, the latest first, and the cursor of what follows."""
    events = EmploymentEvent.objects.visible_to(user).leavings().without_salaries()
    events = events.select_related("person", "role_before", "branch_before")
    found = events.filter(clearance=clearance) if clearance else events
    page = keyset.page(found, order=BY_DAY, after=after)
    return tuple(_leaver(event) for event in page.rows), page.next


def _leaver(event: EmploymentEvent) -> Leaver:
    person = event.person
    return Leaver(
        id=event.pk,
        person_id=person.pk,
        name=person.full_name,
        initials=person.initials,
        role=str(event.role_before or ""),
        branch=str(event.branch_before or ""),
        day=event.effective_on,
        leaving=str(Leaving(event.leaving).label),
        reason=event.reason,
        clearance=event.clearance,
        note=event.clearance_note,
        is_ahead=event.state == State.PLANNED,
    )


def access_log(person: Person, *, viewer: Person) -> tuple[Opening, ...]:
    """Who opened what of this person last, for who may read the log."""
    if not may(viewer, "see_access_log"):
        return ()
    entries = AccessEntry.objects.visible_to(viewer).filter(person=person).select_related("by")
    zone = viewer.home_zone
    return tuple(Opening(entry.by.full_name, entry.what, entry.at.astimezone(zone)) for entry in entries[:MOST])


def roles_up_to(user: Person) -> QuerySet[Role]:
    """The roles that the user may give or propose: up to their own category."""
    rank = RANK[Category(user.role.category)]
    allowed = [category for category in Category if RANK[category] <= rank]
    return Role.objects.filter(category__in=allowed).select_related("department", "sub_department")


def _in_hours(hours: Decimal | None) -> str:
    return "" if hours is None else f"{float(hours):g} h a week"


def _reach(role: Role | None) -> str:
    label = str(Reach(role.reach).label) if role else ""
    return label[:1].lower() + label[1:]
