"""What the worker does for people: letters, careers and plans on their day, and the nightly walk of the audit log."""

from __future__ import annotations

import logging

from django.db import connection
from django.utils import timezone

from config import tenancy
from config.celery import app
from config.jobs import in_each_organisation
from staff.auditing.chain import verify
from staff.services import apply_due, letters
from staff.services.plans import begin_next_plan, end_plan
from staff.services.visits import end_overdue

log = logging.getLogger(__name__)


class ChainBroken(Exception):
    """Somebody has touched the audit log; the text names the first broken row."""


@app.task(name="staff.tasks.send_letters")
def send_letters(organisation_id: int) -> int:
    """Send what waits in one organisation; sent as a hint after the fact's commit."""
    return letters.send_waiting(organisation_id)


@app.task(name="staff.tasks.sweep_letters")
def sweep_letters() -> int:
    """Send what a lost hint left waiting, and what a mail server refused before."""
    return sum(letters.send_waiting(pk) for pk in letters.organisations_that_wait(timezone.now()))


@app.task(name="staff.tasks.apply_career_changes")
def apply_career_changes() -> int:
    """Let planned changes of careers come about whose day has begun, in every organisation."""
    return in_each_organisation(apply_due)


@app.task(name="staff.tasks.begin_next_plans")
def begin_next_plans() -> int:
    """Let planned changes of plans come about whose day has come, in every organisation."""
    return in_each_organisation(begin_next_plan)


@app.task(name="staff.tasks.end_plans")
def end_plans() -> int:
    """Let plans whose last day is over fall to the smallest, in every organisation."""
    return in_each_organisation(end_plan)


@app.task(name="staff.tasks.end_visits")
def end_visits() -> int:
    """Write down the end of visits whose hour is over; they opened nothing any more."""
    return in_each_organisation(end_overdue)


@app.task(name="staff.tasks.verify_audit")
def verify_audit() -> int:
    """Walk every organisation's audit log; returns how many entries hold. The run fails where one does not."""
    return in_each_organisation(_hold)


def _hold(organisation: int) -> int:
    with tenancy.organisation(organisation), connection.cursor() as cursor:
        verdict = verify(cursor, organisation)
    if not verdict.holds:
        raise ChainBroken(verdict.fault)
    # The log leaves the database: who could write the whole chain anew cannot reach what stood here last night.
    log.info("The audit log of organisation %s holds; its head is %s.", organisation, verdict.head)
    return verdict.entries
