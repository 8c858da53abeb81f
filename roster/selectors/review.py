"""What publishing a planner's page would do: the changes that people would hear of, and the rules they break."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from roster.models import Assignment
from roster.rules import Breach
from roster.selectors.changes import Change, ChangeKind, fingerprint, unpublished
from roster.selectors.desk import Desk
from roster.selectors.judgement import breaches_of, workers
from staff.models import Person


@dataclass(frozen=True, slots=True)
class PersonChanges:
    """What one person would be told."""

    name: str
    initials: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything to look at before publishing. `expected` names exactly these changes."""

    desk: Desk
    changes: tuple[Change, ...]
    people: tuple[PersonChanges, ...]
    blocks: tuple[Breach, ...]
    warnings: tuple[Breach, ...]
    answered: tuple[Breach, ...]
    expected: str

    def count(self, kind: ChangeKind) -> int:
        return sum(change.kind is kind for change in self.changes)

    @property
    def sentence(self) -> str:
        """ "18 new, 1 changed, 1 cancelled; 12 people will be told." """
        counts = [(self.count(kind), kind.value if kind is not ChangeKind.ADDED else "new") for kind in ChangeKind]
        told = "1 person will be told" if len(self.people) == 1 else f"{len(self.people)} people will be told"
        return ", ".join(f"{count} {word}" for count, word in counts if count) + f"; {told}."

    @property
    def publish_label(self) -> str:
        shifts = "1 shift" if len(self.changes) == 1 else f"{len(self.changes)} shifts"
        return f"Publish {shifts}, {self.desk.short_label}"


def planner_review(desk: Desk) -> Review:
    """What the page's rosters have that nobody was told, and what publishing would ask about it. Five queries."""
    changes = unpublished(desk.rosters) if desk.rosters else []
    people = {person.pk: person for person in Person.objects.filter(pk__in={each.person_id for each in changes})}
    breaches = _breaches(desk, list(people.values())) if changes else []
    by_person = groupby(changes, key=lambda change: change.person_id)
    told = [PersonChanges(people[pk].full_name, people[pk].initials, tuple(own)) for pk, own in by_person]
    return Review(
        desk=desk,
        changes=tuple(changes),
        people=tuple(sorted(told, key=lambda each: each.name)),
        blocks=tuple(breach for breach in breaches if breach.is_block),
        warnings=tuple(breach for breach in breaches if breach.needs_reason),
        answered=tuple(breach for breach in breaches if breach.has_reason and not breach.is_block),
        expected=fingerprint(changes),
    )


def _breaches(desk: Desk, people: list[Person]) -> list[Breach]:
    """What the plan of everybody concerned breaks with a shift of these rosters: the question that publishing asks."""
    rosters = [roster.pk for roster in desk.rosters]
    ours = set(Assignment.objects.active().filter(shift__roster__in=rosters).values_list("shift_id", flat=True))
    return [breach for breach in breaches_of(workers(people), desk.week) if breach.shift_id in ours]
