"""The demo's careers: a few people who rose, moved or left lately, one who will, and proposals that wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from config.demo import chain
from staff.models import Branch, Clearance, Leaving, Person, Role
from staff.services import ChangeDetails, LeavingDetails, change_career, set_clearance, terminate

LEFT = (
    (Leaving.RESIGNED, "Moves to Accra with the family", 9, Clearance.CLEARED, ""),
    (Leaving.CONTRACT_ENDED, "The season is over", 20, Clearance.PENDING, ""),
    (Leaving.TERMINATED, "Absent for two weeks without a word", 33, Clearance.ISSUES, "Uniform and locker key"),
    (Leaving.RETIRED, "Thirty years of work", -21, Clearance.PENDING, ""),
)


def fill(hr: Person, now: datetime) -> None:
    """Write them before there are rosters, so that who has left stands on none."""
    head = Person.objects.select_related("role").get(email="group.head@acemall.example")
    today, staff = now.date(), _cashiers(head)
    for (leaving, reason, days, clearance, note), person in zip(LEFT, staff, strict=False):
        details = LeavingDetails(leaving, reason, today - timedelta(days=days))
        event = terminate(person, details, by=hr)
        set_clearance(event, clearance, by=hr, note=note)
    rising, moving, proposed, better = staff[len(LEFT) : len(LEFT) + 4]
    # Rises within the team and category, so that who plans the team stays who plans it.
    next_role = Role.objects.exclude(pk=rising.role_id).get(name="Customer Service Relations")
    floor = Role.objects.get(name="Floor Manager")
    elsewhere = Branch.objects.exclude(pk=moving.branch_id or 0).exclude(name=chain.STAGE[0]).order_by("pk")[0]
    week_ago, next_month = today - timedelta(days=7), today + timedelta(days=30)
    change_career(rising, ChangeDetails({"role": next_role}, week_ago, "Calm with every customer"), by=hr)
    change_career(moving, ChangeDetails({"branch": elsewhere}, next_month, "Closer to home"), by=hr)
    change_career(proposed, ChangeDetails({"role": floor}, None, "The team asks for it"), by=head)
    change_career(better, ChangeDetails({"salary": Decimal(140_000)}, None, "Three good years"), by=head)


def _cashiers(head: Person) -> list[Person]:
    """Cashiers of the head's department, away from the team that the demo is played on."""
    branch, department = chain.STAGE
    people = Person.objects.filter(department=head.department_id, role__name="Cashier").select_related("role")
    people = people.exclude(email__in=[f"{login}@acemall.example" for login in chain.LOGINS])
    return list(people.exclude(branch__name=branch, department__name=department).order_by("pk")[5:13])
