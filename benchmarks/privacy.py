"""A copy of all that is kept about one person, after two years of shifts."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from benchmarks import stage
from benchmarks.report import Figure
from config import tenancy
from config.testing import ACE
from reviews.tests.make import make_review
from roster.models import Assignment, Shift
from roster.services import open_roster
from staff.models import Person
from staff.roles import Category, Duty, Reach
from staff.services.exporting import export
from staff.tests import make
from staff.tests.files import make_papers

WEEKS, SHIFTS_A_WEEK, RUNS = 104, 5, 5


def exported() -> tuple[Figure]:
    """The zip of somebody with 520 shifts, reviews, papers and all that the audit log has of it."""
    with stage.database():
        with tenancy.organisation(ACE):
            person = _with_two_years(stage.crew(SuperMarket=10))
        stage.analyse()
        seconds = [stage.seconds_of(lambda: _export(person)) for _ in range(RUNS)]
    return (Figure(sorted(seconds)[RUNS // 2], f"median of {RUNS}"),)


def _export(person: Person) -> None:
    with tenancy.organisation(ACE):
        export(person, by=person).file.close()


def _with_two_years(crew: stage.Crew) -> Person:
    department, people = crew.teams[0]
    person = people[0]
    for week in range(1, WEEKS + 1):
        roster = open_roster(crew.branch, department, None, stage.monday_in(-week), by=crew.manager)
        first = timezone.now() - timedelta(weeks=week)
        shifts = Shift.objects.bulk_create(
            Shift(
                roster=roster, branch=crew.branch, department=department, date=(first + timedelta(days=day)).date(),
                starts_at=first + timedelta(days=day), ends_at=first + timedelta(days=day, hours=8),
                changed_by=crew.manager,
            )
            for day in range(SHIFTS_A_WEEK)
        )  # fmt: skip
        Assignment.objects.bulk_create(
            Assignment(shift=shift, person=person, created_by=crew.manager) for shift in shifts
        )
        make_review(person, by=crew.manager, weeks_ago=week)
    everywhere = {"category": Category.SENIOR_ADMIN, "reach": Reach.ORGANISATION, "duty": Duty.PEOPLE}
    make_papers(person, by=make.make_person("Halima", "Sule", make.make_role("Human Resource", **everywhere)))
    return person
