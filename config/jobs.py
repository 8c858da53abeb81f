"""What jobs share: one thing in each organisation, so that one's failure never stops the others; one hint a commit."""

from __future__ import annotations

import logging
from collections.abc import Callable

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

from config import tenancy

log = logging.getLogger(__name__)


class SomeOrganisationsFailed(Exception):
    """The job did its work wherever it could; the text says where it could not."""


def in_each_organisation(work: Callable[[int], int]) -> int:
    """Call `work(organisation id)` for every active organisation and return the sum of its answers.

    Raises SomeOrganisationsFailed at the end, so that the run is recorded as failed, after all had their turn.
    """
    done, failed = 0, []
    for pk in tenancy.each_organisation():
        try:
            done += work(pk)
        except SoftTimeLimitExceeded:
            raise  # the job's own time is over; the others have their turn in its next run
        except Exception as error:
            log.exception("The job failed in organisation %s; the others go on.", pk)
            failed.append(f"{pk} ({type(error).__name__}: {error})")
            # A connection that the failure broke must not fail the next organisation too.
            connection.close_if_unusable_or_obsolete()
    if failed:
        raise SomeOrganisationsFailed(f"Failed in organisation {'; '.join(failed)}")
    return done


def once_after_commit(hook: Callable[[], None]) -> None:
    """Call `hook` after the commit, once, however often an equal one is asked for in the transaction."""
    if all(other != hook for _, other, *_ in connection.run_on_commit):
        transaction.on_commit(hook)
