"""What publishing some rosters would say and ask, before anybody publishes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roster.models import Assignment, Roster
from roster.rules import Breach
from roster.selectors.changes import Change, fingerprint, unpublished
from roster.selectors.judgement import breaches_of, workers
from staff.models import Person


@dataclass(frozen=True, slots=True)
class Check:
    """The changes that people would hear of, and the rules that the plan of those people breaks here."""

    changes: tuple[Change, ...]
    breaches: tuple[Breach, ...]

    @property
    def fingerprint(self) -> str:
        """Names exactly these changes; publishing refuses if they are others by then."""
        return fingerprint(self.changes)


def check(rosters: Sequence[Roster]) -> Check:
    """What publishing these rosters of one week would do. Six queries."""
    changes = unpublished(rosters)
    if not changes:
        return Check((), ())
    people = Person.objects.filter(pk__in={change.person_id for change in changes})
    ours = set(Assignment.objects.active().filter(shift__roster__in=rosters).values_list("shift_id", flat=True))
    week = rosters[0].week_start
    found = breaches_of(workers(people, week), week)
    return Check(tuple(changes), tuple(breach for breach in found if breach.shift_id in ours))
