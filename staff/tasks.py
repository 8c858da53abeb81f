"""What the worker does for people and the audit log."""

from __future__ import annotations

import logging

from django.db import connection

from config import tenancy
from config.celery import app
from config.jobs import in_each_organisation
from staff.auditing.chain import verify

log = logging.getLogger(__name__)


class ChainBroken(Exception):
    """Somebody has touched the audit log; the text names the first broken row."""


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
