"""An organisation's plan: given by operators, now or from a day, and taken back when its last day is over.

Nobody loses a person, a branch or a row by a smaller plan: features close, and beyond the caps nothing is added.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from config import tenancy
from config.caching import touch
from config.errors import Invalid
from staff.models import Organisation, Person
from staff.plans import SMALLEST, TRIAL_DAYS, WARNED, Plan
from staff.roles import Duty
from staff.services.telling import tell
from staff.services.turns import hold_organisation

FIELDS = ("plan", "plan_until", "next_plan", "next_plan_on")
LONGEST = timedelta(days=3660)
# Whom it concerns what the organisation may use.
TOLD = (Duty.PEOPLE, Duty.EXECUTIVE)


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A plan: from today or a later day on, and with a last day or without."""

    plan: Plan
    until: date | None = None
    begins_on: date | None = None


def change_plan(organisation_id: int, change: PlanChange) -> Organisation:
    """Give an organisation another plan, from today or a later day on; what was planned before is forgotten.

    A trial of which nobody says when it ends lasts TRIAL_DAYS. Operators only: their doors have seen to it.
    Raises Invalid for days that make no sense.
    """
    today = timezone.localdate()
    _refuse_odd(change, today)
    with tenancy.organisation(organisation_id):
        held = hold_organisation()  # two operators, or two beats, come one after the other
        if change.begins_on and change.begins_on > today:
            return _keep(held, next_plan=change.plan, next_plan_on=change.begins_on)
        until = change.until or _last_day(change.plan, today)
        return _keep(held, plan=change.plan, plan_until=until, next_plan="", next_plan_on=None)


def begin_next_plan(organisation_id: int, today: date | None = None) -> int:
    """Let the plan come about whose day has come; returns how many did: one or none, however often it is asked."""
    today = today or timezone.localdate()
    with tenancy.organisation(organisation_id):
        row = hold_organisation()
        _warn_of_next(row, today)
        if row.next_plan_on is None or row.next_plan_on > today:
            return 0
        before, day = Plan(row.plan), row.next_plan_on
        until = _last_day(Plan(row.next_plan), today)
        row = _keep(row, plan=row.next_plan, plan_until=until, next_plan="", next_plan_on=None)
        label = Plan(row.plan).label
        _tell(f"plan:{day}", f"Your plan is now {label}", f"It was {before.label} until yesterday.")
    return 1


def end_plan(organisation_id: int, today: date | None = None) -> int:
    """Let a plan whose last day is over fall to the smallest; returns how many did."""
    today = today or timezone.localdate()
    with tenancy.organisation(organisation_id):
        row = hold_organisation()
        _warn_of_end(row, today)
        if row.plan_until is None or row.plan_until >= today:
            return 0
        before, day = Plan(row.plan), row.plan_until
        _keep(row, plan=SMALLEST, plan_until=None)
        said = f"Its last day was {day:%-d %B %Y}. Everybody and everything stays; your plan is now {SMALLEST.label}."
        _tell(f"plan_over:{day}", f"Your plan {before.label} has ended", said)
    return 1


def _refuse_odd(change: PlanChange, today: date) -> None:
    faults = {}
    for name, day in {"until": change.until, "begins_on": change.begins_on}.items():
        if day and not today <= day <= today + LONGEST:
            faults[name] = "This day is over, or ten years away and more."
    if change.until and change.begins_on and change.begins_on > today:
        faults["until"] = "Say the last day once the plan has begun."
    elif change.until and change.plan == SMALLEST:
        faults["until"] = f"{SMALLEST.label} has no last day: it is what a plan falls to."
    if faults:
        raise Invalid(" ".join(dict.fromkeys(faults.values())), fields=faults)


def _last_day(plan: Plan, begins_on: date) -> date | None:
    """The last day of a plan of which nobody has said one: trials end, whichever way they began."""
    return begins_on + timedelta(days=TRIAL_DAYS) if plan == Plan.TRIAL else None


def _keep(row: Organisation, **values: object) -> Organisation:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=FIELDS)
    # What was answered by the API before the plan closed it is not given out again (config/fastpath.py).
    touch("staff.Organisation")
    return row


def _warn_of_next(row: Organisation, today: date) -> None:
    if row.next_plan_on and today < row.next_plan_on <= today + timedelta(days=WARNED):
        title = f"Your plan changes to {Plan(row.next_plan).label} on {row.next_plan_on:%-d %B %Y}"
        _tell(f"plan_ahead:{row.next_plan}:{row.next_plan_on}", title, f"It is {Plan(row.plan).label} until then.")


def _warn_of_end(row: Organisation, today: date) -> None:
    if row.plan_until and row.next_plan_on and row.next_plan_on <= row.plan_until + timedelta(days=1):
        return  # it does not fall: the next plan takes its place, and is told of
    if row.plan_until and today <= row.plan_until <= today + timedelta(days=WARNED):
        said = f"After that it is {SMALLEST.label}: nobody is thrown out, but what it does not include closes."
        title = f"The last day of your plan {Plan(row.plan).label} is {row.plan_until:%-d %B %Y}"
        _tell(f"plan_ends:{row.plan}:{row.plan_until}", title, said)


def _tell(key: str, title: str, body: str) -> None:
    """Tell Human Resource and the Chief Officers; the key makes it once, however often it is said."""
    concerned = Person.objects.active().filter(role__duty__in=TOLD)
    for pk in concerned.values_list("pk", flat=True):
        tell(pk, "general", key=f"{key}:{pk}", title=title, body=body)
