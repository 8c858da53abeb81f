"""The demo's careers: a few people who rose, moved or left lately, one who will, and proposals that wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from config.demo import chain
from staff.models import Branch, Clearance, EmploymentEvent, Kind, Leaving, Person, Role
from staff.roles import Category, Duty, Reach
from staff.services import ChangeDetails, LeavingDetails, change_career, set_clearance, terminate

LEFT = (
    (Leaving.RESIGNED, "Moves to Accra with the family", 9, Clearance.CLEARED, ""),
    (Leaving.CONTRACT_ENDED, "The season is over", 20, Clearance.PENDING, ""),
    (Leaving.TERMINATED, "Absent for two weeks without a word", 33, Clearance.ISSUES, "Uniform and locker key"),
    (Leaving.RETIRED, "Thirty years of work", -21, Clearance.PENDING, ""),
)


def fill(now: datetime) -> int:
    """Write them in the entered organisation, once; where a Group Head is missing (a small one), nothing."""
    head = Person.objects.filter(role__reach=Reach.DEPARTMENT, email__startswith="group.head@").first()
    hr = Person.objects.filter(role__duty=Duty.PEOPLE).select_related("role").order_by("pk").first()
    if hr is None or head is None or EmploymentEvent.objects.exclude(kind=Kind.HIRE).exists():
        return 0
    today, staff = now.date(), _general_staff(head)
    for (leaving, reason, days, clearance, note), person in zip(LEFT, staff, strict=False):
        details = LeavingDetails(leaving, reason, today - timedelta(days=days))
        event = terminate(person, details, by=hr)
        set_clearance(event, clearance, by=hr, note=note)
    rising, moving, proposed, better = staff[len(LEFT) : len(LEFT) + 4]
    role = Role.objects.filter(category=Category.ADMIN, reach=Reach.TEAM, department=None).order_by("pk")[0]
    elsewhere = Branch.objects.exclude(people=moving).order_by("pk")[0]
    week_ago, next_month = today - timedelta(days=7), today + timedelta(days=30)
    change_career(rising, ChangeDetails({"role": role}, week_ago, "Ran the floor for three months"), by=hr)
    change_career(moving, ChangeDetails({"branch": elsewhere}, next_month, "Closer to home"), by=hr)
    change_career(proposed, ChangeDetails({"role": role}, None, "The team asks for it"), by=head)
    change_career(better, ChangeDetails({"salary": Decimal(140_000)}, None, "Three good years"), by=head)
    return len(LEFT) + 4


def _general_staff(head: Person) -> list[Person]:
    """General staff of the head's department, away from the team that the demo is played on."""
    branch, department = chain.STAGE
    people = Person.objects.filter(department=head.department_id, role__category=Category.GENERAL)
    people = people.exclude(email__in=[f"{login}@acemall.example" for login in chain.LOGINS])
    return list(people.exclude(branch__name=branch, department__name=department).order_by("pk")[5:13])
