"""Who could work a shift: the team's people, best first, each with what the work rules say of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q

from roster.rules import WARN, Breach, Policy, Stint, added_by
from roster.selectors.desk import WEEK
from roster.selectors.judgement import policy_in, stints_of, worker
from roster.selectors.teams import Opening
from roster.times import hours_label, span_label
from staff.models import Person
from staff.selectors.papers import lapsing_of, with_lapsing


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person for the shift. `reason` is the rule's sentence; a blocked person cannot be chosen."""

    pk: int
    name: str
    initials: str
    detail: str
    reason: str
    is_blocked: bool
    is_best: bool = False

    @property
    def is_warned(self) -> bool:
        return bool(self.reason) and not self.is_blocked


def candidates(opening: Opening, *, also: int | None = None) -> list[Candidate]:
    """The team's people, ranked: without a breach first, then by the role, then by the hours they still want.

    `also` is somebody from outside who has the shift already. Three queries.
    """
    people = _team(opening, also)
    stints, policy = stints_of([person.pk for person in people], opening.week), policy_in(opening.week)
    found = [_weigh(person, opening, stints[person.pk], policy) for person in people]
    ranked = [candidate for _, candidate in sorted(found, key=lambda each: each[0])]
    if ranked and opening.stint and not ranked[0].reason:
        ranked[0] = replace(ranked[0], is_best=True)
    return ranked


def _team(opening: Opening, also: int | None) -> list[Person]:
    """Who belongs to the team in that week; the rules say who of them is not employed on the day."""
    team = Q(branch=opening.branch, department=opening.department, sub_department=opening.sub_department)
    employed = Q(hired_on__lt=opening.week + WEEK) & (Q(left_on=None) | Q(left_on__gte=opening.week))
    people = Person.objects.filter((team & employed) | Q(pk=also)).with_places()
    return list(with_lapsing(people, until=opening.week + WEEK))


def _weigh(
    person: Person, opening: Opening, stints: list[Stint], policy: Policy
) -> tuple[tuple[object, ...], Candidate]:
    """The person's place in the ranking, and how they appear in it."""
    own = opening.shift.pk if opening.shift else None
    others = [stint for stint in stints if stint.shift_id != own]
    wanted, broken = opening.stint, list[Breach]()
    if wanted:
        broken = added_by(wanted, worker(person, lapsing_of(person)), others, policy, opening.week)
    blocks = [breach for breach in broken if breach.is_block]
    reasons = blocks[:1] or [breach for breach in broken if breach.level == WARN]
    before = sum((s.hours for s in others if opening.week <= s.date < opening.week + WEEK), Decimal(0))
    after = before + wanted.hours if wanted else before
    rank = bool(blocks), bool(reasons), person.role_id != opening.role_id, after - person.contract_hours, str(person)
    return rank, Candidate(
        pk=person.pk,
        name=person.full_name,
        initials=person.initials,
        detail=", ".join([person.role.name, *_that_day(others, opening.day), _hours(before, after, person)]),
        reason=" ".join(breach.sentence for breach in reasons),
        is_blocked=bool(blocks),
    )


def _that_day(stints: Iterable[Stint], day: date) -> list[str]:
    return [f"works {span_label(s.starts_at, s.ends_at, s.zone)}" for s in stints if s.date == day]


def _hours(before: Decimal, after: Decimal, person: Person) -> str:
    contract = hours_label(person.contract_hours)
    if before == after:
        return f"{before.normalize():f} of {contract}"
    over = ", over" if after > person.contract_hours else ""
    return f"{after.normalize():f} of {contract} with this{over}"
