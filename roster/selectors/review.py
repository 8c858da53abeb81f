"""What publishing a planner's page would do: the changes that people would hear of, and the rules they break."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from roster.rules import WARN, Breach
from roster.selectors.changes import Change, ChangeKind
from roster.selectors.check import check
from roster.selectors.desk import Desk


@dataclass(frozen=True, slots=True)
class PersonChanges:
    """What one person would be told."""

    name: str
    initials: str
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, changes: tuple[Change, ...]) -> PersonChanges:
        name = changes[0].person
        return cls(name, "".join(word[0] for word in (name.split() or ["?"]))[:2].upper(), changes)


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
    checked = check(desk.rosters)
    by_person = groupby(checked.changes, key=lambda change: change.person_id)
    people = [PersonChanges.of(tuple(changes)) for _, changes in by_person]
    return Review(
        desk=desk,
        changes=checked.changes,
        people=tuple(sorted(people, key=lambda each: each.name)),
        blocks=tuple(breach for breach in checked.breaches if breach.is_block),
        warnings=tuple(breach for breach in checked.breaches if breach.needs_reason),
        answered=tuple(breach for breach in checked.breaches if breach.level == WARN and breach.has_reason),
        expected=checked.fingerprint,
    )
