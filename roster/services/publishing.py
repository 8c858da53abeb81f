"""Publishing: the plan becomes the promise, atomically, and everybody concerned is told what changed for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from config.caching import touch
from config.errors import Conflict, Refused, refusing
from notifications.kinds import Kind
from notifications.services import Message, tell
from roster.models import Assignment, Publication, Roster, Shift
from roster.rules import Breach
from roster.selectors import Change, ChangeKind, check
from roster.services.permission import require_planning
from roster.times import hours_label, week_label
from staff.models import Person

DOUBLE_PROMISE = {
    "assignment_no_double_promise": "Somebody in this week still has a published shift elsewhere at the same time. "
    "Publish that roster’s change first."
}


@dataclass(frozen=True, slots=True)
class Published:
    """What came of publishing: a row for each roster that had something new, and the changes by kind."""

    publications: tuple[Publication, ...]
    added: int
    changed: int
    cancelled: int
    people: int

    @property
    def total(self) -> int:
        return self.added + self.changed + self.cancelled


def publish(rosters: Sequence[Roster], *, by: Person, expected: str = "", reason: str = "") -> Published:
    """Publish the week's rosters together: all or nothing, and nothing new the second time.

    `expected` is the fingerprint of the changes that the user reviewed; if the plan has moved since, Conflict.
    `reason` answers for every warning that has no reason yet. Raises Refused for a blocking rule, for warnings
    without a reason, and for rosters that hold nothing at all.
    """
    for roster in rosters:
        require_planning(by, roster)
    with transaction.atomic():
        locked = _lock(rosters)
        checked = check(locked)
        changes = checked.changes
        if expected and changes and expected != checked.fingerprint:
            raise Conflict("The plan has changed since you opened it. Look at what is new, then publish.")
        if not changes:
            _require_content(locked)
            return _outcome((), changes)
        _answer_for(checked.breaches, reason)
        now = timezone.now()
        _promise(changes, now)
        publications = tuple(_record(roster, changes, by=by, now=now) for roster in locked)
        tell(_messages(locked[0], changes, publications))
        return _outcome(tuple(each for each in publications if each.total), changes)


def _lock(rosters: Sequence[Roster]) -> list[Roster]:
    """The rosters in one order for everybody, so that two managers wait for each other and never deadlock."""
    found = Roster.objects.select_for_update(of=("self",)).with_team().filter(pk__in=[each.pk for each in rosters])
    locked = list(found.order_by("pk"))
    if not locked or len({roster.week_start for roster in locked}) > 1:
        raise Refused("Publish the rosters of one week at a time.")
    # An edit waits as well: what is promised must be what was compared and what people are told.
    list(Shift.objects.select_for_update().filter(roster__in=locked).order_by("pk").values_list("pk"))
    return locked


def _require_content(rosters: list[Roster]) -> None:
    if not any(roster.is_published for roster in rosters):
        raise Refused("There is nothing to publish yet: give somebody a shift first.", code="nothing_to_publish")


def _answer_for(breaches: Sequence[Breach], reason: str) -> None:
    """Refuse blocking breaches, ask a reason for warnings, and keep the one that was given."""
    blocks = [breach for breach in breaches if breach.is_block]
    if blocks:
        more = f" And {len(blocks) - 1} more like it." if len(blocks) > 1 else ""
        raise Refused(f"This cannot be published: {blocks[0].sentence}{more}", code=blocks[0].kind)
    open_warnings = [breach for breach in breaches if breach.needs_reason]
    if open_warnings and not reason.strip():
        count = len(open_warnings)
        words = "1 warning asks" if count == 1 else f"{count} warnings ask"
        raise Refused(f"{words} for a reason before you publish: {open_warnings[0].sentence}", code="needs_reason")
    Assignment.objects.active().filter(shift__in={breach.shift_id for breach in open_warnings}).update(
        override_reason=reason.strip()[:200]
    )
    touch("roster.Assignment", person_id={breach.person_id for breach in open_warnings})


def _promise(changes: Sequence[Change], now: datetime) -> None:
    """Write the plan into the promise, in two statements whatever the number."""
    standing = [change for change in changes if change.kind is not ChangeKind.CANCELLED]
    gone = [change.assignment_id for change in changes if change.kind is ChangeKind.CANCELLED]
    with refusing(DOUBLE_PROMISE), connection.cursor() as cursor:
        # Two shifts of one person may change places: only the end state has to hold.
        cursor.execute("SET CONSTRAINTS assignment_no_double_promise DEFERRED")
        Assignment.objects.filter(pk__in=gone).update(published_starts_at=None, published_ends_at=None)
        cursor.execute(
            """
            UPDATE roster_assignment a SET published_starts_at = s.starts_at, published_ends_at = s.ends_at,
                published_break_minutes = s.break_minutes, published_role = coalesce(r.name, ''),
                published_note = s.note, published_at = %s, previous_label = told.label
            FROM unnest(%s::bigint[], %s::text[]) AS told (id, label), roster_shift s
                LEFT JOIN staff_role r ON r.id = s.role_id
            WHERE a.id = told.id AND s.id = a.shift_id
            """,
            [now, [change.assignment_id for change in standing], [change.before for change in standing]],
        )
        cursor.execute("SET CONSTRAINTS assignment_no_double_promise IMMEDIATE")
    touch("roster.Assignment", person_id={change.person_id for change in changes})


def _record(roster: Roster, changes: Sequence[Change], *, by: Person, now: datetime) -> Publication:
    """A new revision of the roster, if it has any change; the row says how much."""
    own = [change for change in changes if change.roster_id == roster.pk]
    kinds = Counter(change.kind for change in own)
    publication = Publication(
        roster=roster,
        revision=roster.revision + 1,
        by=by,
        at=now,
        added=kinds[ChangeKind.ADDED],
        changed=kinds[ChangeKind.CHANGED],
        cancelled=kinds[ChangeKind.CANCELLED],
        people=len({change.person_id for change in own}),
    )
    if own:
        publication.save()
        roster.revision, roster.published_at, roster.published_by = publication.revision, now, by
        roster.save(update_fields=["revision", "published_at", "published_by"])
    return publication


def _messages(roster: Roster, changes: Sequence[Change], publications: Iterable[Publication]) -> list[Message]:
    """One message a person, whatever the number of changes. The key is the publication and the person."""
    by_person: dict[int, list[Change]] = {}
    for change in changes:
        by_person.setdefault(change.person_id, []).append(change)
    key = "+".join(str(publication.pk) for publication in publications if publication.pk)
    knew = _knew_of_shifts(roster, changes)
    return [
        _message(roster, own, f"publication:{key}:{person}", is_whole=person not in knew)
        for person, own in by_person.items()
    ]


def _knew_of_shifts(roster: Roster, changes: Sequence[Change]) -> set[int]:
    """Those who keep other shifts of that week, in whatever roster: what is new for them is not their whole week."""
    kept = Assignment.objects.promised().filter(
        person__in={change.person_id for change in changes},
        shift__date__gte=roster.week_start,
        shift__date__lte=roster.last_day,
    )
    return set(kept.exclude(pk__in=[change.assignment_id for change in changes]).values_list("person_id", flat=True))


def _message(roster: Roster, own: Sequence[Change], key: str, *, is_whole: bool) -> Message:
    """`is_whole`: the person had heard of nothing else in that week."""
    week = week_label(roster.week_start)
    if is_whole and all(change.kind is ChangeKind.ADDED for change in own):
        hours = hours_label(sum((change.hours for change in own), Decimal(0)))
        shifts = "1 shift" if len(own) == 1 else f"{len(own)} shifts"
        kind, title = Kind.ROSTER_PUBLISHED, f"Your week {week}: {shifts}, {hours}"
        lines = [change.after for change in own]
    else:
        count = "1 change" if len(own) == 1 else f"{len(own)} changes"
        kind, title = Kind.SCHEDULE_CHANGE, f"{count} to your week {week}"
        lines = [change.sentence for change in own]
    body = ". ".join(lines)
    return Message(
        person_id=own[0].person_id,
        kind=kind,
        key=key,
        title=title,
        body=body if len(body) <= 500 else body[:499] + "…",
        url=f"/schedule/?week={roster.week_start:%Y-%m-%d}",
    )


def _outcome(publications: tuple[Publication, ...], changes: Sequence[Change]) -> Published:
    kinds = Counter(change.kind for change in changes)
    return Published(
        publications,
        kinds[ChangeKind.ADDED],
        kinds[ChangeKind.CHANGED],
        kinds[ChangeKind.CANCELLED],
        len({change.person_id for change in changes}),
    )
