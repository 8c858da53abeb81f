"""Every page and endpoint that is read: its number of queries is data (query_budgets.txt) and does not grow with rows.

After a deliberate change: `WRITE_QUERY_BUDGETS=1 make test ARGS="config/tests/test_query_budgets.py -n0"`, then read
the difference before committing it. A page or list may need 10 at most, the planner 12, the Health page 11.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import tenancy, testing
from config.testing import ACE
from config.tests.access import Visitor, make_world, routes, url_of
from monitoring.models import Alert, AlertRule
from notifications.kinds import Kind
from notifications.models import Notification
from reviews.models import Criterion, Review, Score
from roster.models import Assignment, Roster, Shift, ShiftTemplate
from staff.models import (
    AccessEntry,
    Branch,
    Consent,
    Department,
    Document,
    DocumentRequest,
    Education,
    EmploymentEvent,
    Erasure,
    Experience,
    Guarantor,
    HiringDraft,
    NextOfKin,
    Person,
    PrivacyNotice,
    Role,
    SecurityEvent,
    State,
)
from staff.models import Kind as EventKind
from staff.roles import Category, Reach

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

BUDGETS = Path(__file__).with_name("query_budgets.txt")
# The Health page asks one thing each of eight places, of which none may take the others down with it.
MOST = {"planner": 12, "planner-review": 12, "operations": 11}
READERS = ("cashier", "floor_manager", "hr")
# Django's own pages that list nothing of ours.
LEFT_OUT = {"admin:jsi18n", "api-schema", "api-docs"}


def fill(world, size: int) -> None:
    """Bring everything that a list can show to `size` rows."""
    boss, cashier = world.people["floor_manager"], world.people["cashier"]
    team = {"branch": cashier.branch, "department": cashier.department}
    here = Person.objects.count()
    Person.objects.bulk_create(
        Person(
            first_name="Person", last_name=f"Number {n}", email=f"n{n}@acemall.example", employee_number=f"N{n}",
            role=cashier.role, hired_on=cashier.hired_on, **team,
        )
        for n in range(here, size)
    )  # fmt: skip
    Branch.objects.bulk_create(Branch(name=f"Branch {n}", code=f"B{n}") for n in range(Branch.objects.count(), size))
    Department.objects.bulk_create(Department(name=f"Line {n}") for n in range(Department.objects.count(), size))
    Role.objects.bulk_create(
        Role(name=f"Role {n}", category=Category.GENERAL, reach=Reach.SELF) for n in range(Role.objects.count(), size)
    )
    ShiftTemplate.objects.bulk_create(
        ShiftTemplate(name=f"T{n}", starts="09:00", ends="17:00") for n in range(ShiftTemplate.objects.count(), size)
    )
    now = timezone.now()
    rule = AlertRule.objects.get(pk=world.own["alertrule"])
    Alert.objects.bulk_create(
        Alert(rule=rule, level="warning", message="It was", opened_at=now, closed_at=now)
        for _ in range(Alert.objects.count(), size)
    )
    for person in (world.people[name] for name in READERS):
        Notification.objects.bulk_create(
            Notification(person=person, kind=Kind.GENERAL, title=f"Note {n}", created_at=now)
            for n in range(Notification.objects.filter(person=person).count(), size)
        )
    _fill_careers(cashier, boss, size)
    _fill_security(size)
    _fill_reviews(cashier, boss, size)
    _fill_papers(cashier, boss, size)
    _fill_background(cashier, boss, size)
    _fill_privacy(cashier, boss, size)
    _fill_roster(Roster.objects.get(pk=world.own["roster"]), boss, size)
    _fill_weeks(Roster.objects.get(pk=world.own["roster"]), size)
    _count_rows()


def _count_rows() -> None:
    """Let PostgreSQL count what nobody will commit: taking tables for empty, it read one list for minutes."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute("SELECT analyse_table(%s)", [table])


def _fill_careers(person: Person, boss: Person, size: int) -> None:
    """Changes that came about, leavers, and lines of the access log."""
    now = timezone.now()
    past = {"state": State.APPLIED, "at": now, "applied_at": now, "by": boss, "effective_on": now.date()}
    count = EmploymentEvent.objects.count()
    EmploymentEvent.objects.bulk_create(
        EmploymentEvent(person=person, kind=EventKind.TRANSFER, salary_after=n + 1, **past) for n in range(count, size)
    )
    EmploymentEvent.objects.bulk_create(
        EmploymentEvent(person=person, kind=EventKind.TERMINATION, leaving="resigned", clearance="pending", **past)
        for _ in range(count, size)
    )
    AccessEntry.objects.bulk_create(
        AccessEntry(person=person, what="salary", by=boss, at=now) for _ in range(AccessEntry.objects.count(), size)
    )


def _fill_security(size: int) -> None:
    """Events of as many people."""
    people = list(Person.objects.order_by("pk")[:size])
    SecurityEvent.objects.bulk_create(
        SecurityEvent(kind="probe_burst", person=person, at=timezone.now(), address="203.0.113.5", device="curl")
        for person in people[SecurityEvent.objects.count() :]
    )


def _fill_reviews(person: Person, boss: Person, size: int) -> None:
    criterion = Criterion.objects.active()[0]
    Criterion.objects.bulk_create(
        Criterion(name=f"C{n}", is_active=False) for n in range(Criterion.objects.count(), size)
    )
    first = Review.objects.filter(person=person).order_by("week_start")[0]
    fresh = Review.objects.bulk_create(
        Review(
            person=person, reviewer=boss, branch=person.branch, department=person.department, overall=4,
            week_start=first.week_start - timedelta(weeks=n + 1), changed_at=first.changed_at,
            submitted_at=first.submitted_at,
        )
        for n in range(size - Review.objects.count())
    )  # fmt: skip
    Score.objects.bulk_create(Score(review=review, criterion=criterion, value=4, weight=1) for review in fresh)


def _fill_papers(person: Person, boss: Person, size: int) -> None:
    now = timezone.now()
    added = {"person": person, "added_by": boss, "added_at": now}
    Document.objects.bulk_create(
        Document(kind="cv", key="0" * 32, name="cv.pdf", media_type="application/pdf", size=9, **added)
        for _ in range(Document.objects.count(), size)
    )
    for model in (NextOfKin, Guarantor):
        fresh = [model(name="Ada", phone="0805 555 0100", **added) for _ in range(model.objects.count(), size)]
        model.objects.bulk_create(fresh)
    asked = set(DocumentRequest.objects.values_list("person", flat=True))
    DocumentRequest.objects.bulk_create(
        DocumentRequest(person=each, kind="cv", due_on=now.date(), asked_by=boss, asked_at=now)
        for each in Person.objects.exclude(pk__in=asked)[: size - len(asked)]
    )


def _fill_background(person: Person, boss: Person, size: int) -> None:
    now = timezone.now()
    added = {"person": person, "added_by": boss, "added_at": now}
    for model, words in ((Education, {"institution": "I", "qualification": "Q"}), (Experience, {"employer": "E"})):
        model.objects.bulk_create(model(**words, **added) for _ in range(model.objects.count(), size))
    HiringDraft.objects.bulk_create(
        HiringDraft(begun_by=boss, begun_at=now, changed_by=boss, changed_at=now, sealed='{"basics": {}}')
        for _ in range(HiringDraft.objects.count(), size)
    )


def _fill_privacy(person: Person, boss: Person, size: int) -> None:
    """Answers, notices and rows of erasures."""
    now = timezone.now()
    Consent.objects.bulk_create(
        Consent(person=person, kind="picture", version=1, is_given=bool(n % 2), at=now, door="page")
        for n in range(Consent.objects.count(), size)
    )
    first = PrivacyNotice.objects.count()
    PrivacyNotice.objects.bulk_create(
        PrivacyNotice(version=n + 1, text="We keep little.", at=now, by=boss) for n in range(first, size)
    )
    Erasure.objects.bulk_create(
        Erasure(person=person, by=boss, at=now, reason="They asked", counts={})
        for _ in range(Erasure.objects.count(), size)
    )


def _fill_roster(roster: Roster, boss: Person, size: int) -> None:
    people = list(Person.objects.filter(branch=roster.branch_id, department=roster.department_id).order_by("pk"))
    starts = Shift.objects.get(roster=roster, assignments__person__email__contains="adaeze").starts_at
    fresh = [
        Shift(
            roster=roster, branch_id=roster.branch_id, department_id=roster.department_id, date=roster.week_start,
            role=people[0].role, starts_at=starts, ends_at=starts + timedelta(hours=8), changed_by=boss,
        )
        for _ in range(roster.shifts.count(), size)
    ]  # fmt: skip
    Shift.objects.bulk_create(fresh)
    free = [person for person in people if not person.assignments.exists()]
    Assignment.objects.bulk_create(
        Assignment(shift=shift, person=person, created_by=boss) for shift, person in zip(fresh, free, strict=False)
    )


def _fill_weeks(roster: Roster, size: int) -> None:
    Roster.objects.bulk_create(
        Roster(
            branch_id=roster.branch_id, department_id=roster.department_id,
            week_start=roster.week_start - timedelta(weeks=n),
        )
        for n in range(Roster.objects.count(), size)
    )  # fmt: skip


def counted(world) -> dict[tuple[str, str], int]:
    """The number of queries of every readable route, for each of the readers who is let in."""
    found = {}
    for role in READERS:
        visitor = Visitor(role, world)
        for route in routes():
            if route.name in LEFT_OUT or route.name.startswith("admin:password"):
                continue
            url = url_of(route, world.own) + ("?limit=200" if route.pattern.startswith("api/") else "")
            # Django remembers the last 9,000 queries; beyond that a page would seem to need none.
            reset_queries()
            with CaptureQueriesContext(connection) as queries:
                outcome = visitor.outcome("GET", url)
            if outcome == "yes":
                found[route.name, role] = len(testing.of_the_page(queries))
    return found


def test_every_read_keeps_its_budget_for_20_rows_and_for_200(cast):
    world = make_world(cast)
    with tenancy.organisation(ACE):
        fill(world, 20)
    few = counted(world)
    with tenancy.organisation(ACE):
        fill(world, 200)
    many = counted(world)
    grown = {key: (few[key], many[key]) for key in few if many[key] > few[key]}
    assert not grown, f"These need more queries for more rows (20, 200): {grown}"
    if os.environ.get("WRITE_QUERY_BUDGETS"):
        lines = [f"{name:<48}{role:<16}{count}" for (name, role), count in sorted(many.items())]
        BUDGETS.write_text("# Queries of each route that is read, by reader.\n" + "\n".join(lines) + "\n")
    table = {}
    for text in BUDGETS.read_text().splitlines():
        if not text.startswith("#"):
            name, role, count = text.split()
            table[name, role] = int(count)
    assert set(table) == set(many), f"Without a budget, or gone: {set(table) ^ set(many)}"
    over = {key: (count, table[key]) for key, count in many.items() if count > table[key]}
    assert not over, f"Over budget (needed, allowed): {over}"
    too_dear = {key: count for key, count in table.items() if count > MOST.get(key[0], 10)}
    assert not too_dear, f"A budget may not be raised beyond 10 (the planner 12, Health 11): {too_dear}"
