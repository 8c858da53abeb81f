"""Hiring in steps: begun, kept as it goes, gone on with, discarded; and at the end one hire with everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from config import tenancy
from config.errors import Conflict, Forbidden, Invalid, Refused
from staff.documents.kinds import DocumentKind
from staff.documents.storage import forget
from staff.models import Document, Education, Experience, HiringDraft, Person
from staff.models.hiring import FIRST, LAST, STEPS, steps_of
from staff.plans import PlanFull
from staff.roles import may, require
from staff.services.background import note
from staff.services.contacts import add_guarantor, add_next_of_kin
from staff.services.hiring import HireDetails, hire
from staff.services.papers import Upload, kept, refuse_validity
from staff.services.turns import hold

MOST_DRAFTS = 50  # of one person: nobody hires as many at once
LONGEST_TEXT = 2000  # of one field, right or wrong; the forms ask for much less
GONE = "This hiring is finished or discarded already; look at the list."

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hiring:
    """A draft that was read: who is hired, with the rows that the steps brought."""

    details: HireDetails
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict, repr=False)


# Who writes the rows of each step for somebody new. Whoever hires has noted what an applicant told; contacts ask anew.
WRITERS: dict[str, Callable[..., object]] = {
    "education": partial(note, Education),
    "experience": partial(note, Experience),
    "next_of_kin": add_next_of_kin,
    "guarantors": add_guarantor,
}


def begin(*, by: Person, anew: bool = False) -> HiringDraft:
    """A new draft, or unless `anew` one of theirs in which nothing was typed yet. Raises Refused beyond fifty."""
    require(by, "hire")
    hold(by)  # pressed twice at once it is one draft, and nobody passes the most
    own = HiringDraft.objects.filter(begun_by=by)
    empty = None if anew else own.filter(version=1).first()
    if empty:
        return empty
    if own.count() >= MOST_DRAFTS:
        raise Refused(f"You have {MOST_DRAFTS} unfinished hirings; finish or discard some first.")
    now = timezone.now()
    return HiringDraft.objects.create(begun_by=by, begun_at=now, changed_by=by, changed_at=now)


def held(draft: HiringDraft) -> HiringDraft:
    """The draft as it is now, for this transaction alone: two people finish it one after the other.

    Raises Refused for one that somebody has finished or discarded.
    """
    found = HiringDraft.objects.select_for_update(of=("self",)).select_related("begun_by").filter(pk=draft.pk).first()
    if found is None:
        raise Refused(GONE, code="gone")
    return found


def refuse_unseen(draft: HiringDraft, version: int | None) -> None:
    """Raise Conflict where somebody changed the held draft since the version that was looked at (None: any)."""
    if version is not None and version != draft.version:
        who = HiringDraft.objects.select_related("changed_by").get(pk=draft.pk).changed_by
        raise Conflict(f"{who} changed this hiring after you opened it. Look at it, then send yours again.")


def keep_steps(
    draft: HiringDraft, typed: Mapping[str, Any], *, by: Person, step: str = "", version: int | None = None
) -> HiringDraft:
    """Keep what was typed in some steps, right or wrong, in the place of what stood there; `step` is where to go on.

    Raises Forbidden for a step that the table denies, Conflict where somebody changed the draft since `version`.
    """
    for name in typed:
        _refuse_step(name, by=by)
    draft = held(draft)
    refuse_unseen(draft, version)
    content = {**draft.content, **{name: _texts(name, rows) for name, rows in typed.items()}}
    return _save(draft, content, by=by, step=step)


def add_file(
    draft: HiringDraft, kind: DocumentKind, upload: Upload, *, by: Person, expires_on: date | None = None
) -> HiringDraft:
    """Keep a document for whoever is to be hired, judged and scanned as every other; Human Resource only."""
    _refuse_step("documents", by=by)
    draft = held(draft)
    refuse_validity(kind, expires_on, by=by, today=timezone.localdate())
    files = draft.content.get("documents", [])
    if len(files) >= STEPS["documents"].rows:
        raise Refused(f"There are {len(files)} documents already; add the rest once they are hired.")
    with kept(upload, kind.label) as file:
        last = expires_on.isoformat() if expires_on else ""
        added = {**file, "kind": kind.value, "expires_on": last, "added_at": timezone.now().isoformat()}
        return _save(draft, {**draft.content, "documents": [*files, added]}, by=by)


def remove_file(draft: HiringDraft, key: str, *, by: Person) -> HiringDraft:
    """Take a document out again, file and all. Raises Refused for one that is not there."""
    _refuse_step("documents", by=by)
    draft = held(draft)
    files = draft.content.get("documents", [])
    left = [file for file in files if file["key"] != key]
    if left == files:
        raise Refused("This document is not here any more.", code="gone")
    forget(key)
    return _save(draft, {**draft.content, "documents": left}, by=by)


def discard(draft: HiringDraft, *, by: Person) -> None:
    """Forget a draft, with its files."""
    require(by, "hire")
    _forget(held(draft))


def hire_from(draft: HiringDraft, hiring: Hiring, *, by: Person) -> Person:
    """Hire whom the draft tells of, with everything that was typed and handed in, or not at all; the draft is gone.

    `hiring` was read from the held draft. Raises Forbidden for a role or place that `by` does not hire for, and where
    the draft has steps that are not for `by`; Invalid naming the step that does not fit; PlanFull beyond the plan's
    room; Refused for a draft that is gone.
    """
    with transaction.atomic():
        draft = held(draft)
        if beyond := [name for name, rows in draft.content.items() if name not in steps_of(by) and _says(rows)]:
            titles = ", ".join(STEPS[name].title for name in beyond)
            raise Forbidden(f"What was typed under {titles} is not for your role: let Human Resource finish it.")
        with _at_its_step(FIRST, {"salary": "salary"}):
            person = hire(hiring.details, by=by)
        for step, write in WRITERS.items():
            for row in hiring.rows.get(step, ()):
                with _at_its_step(step):
                    write(person, row, by=by)
        for file in draft.content.get("documents", []):
            _hand_over(file, person, by=by)
        draft.delete()
    return person


def forget_stale(organisation: int, before: datetime) -> int:
    """Forget the drafts of one organisation that nobody has touched since, with their files; returns how many."""
    with tenancy.organisation(organisation):
        stale = list(HiringDraft.objects.older_than(before).select_for_update(skip_locked=True))
        for draft in stale:
            _forget(draft)
    return len(stale)


def _forget(draft: HiringDraft) -> None:
    forget(*(file["key"] for file in draft.content.get("documents", [])))
    draft.delete()


def _hand_over(file: Mapping[str, Any], person: Person, *, by: Person) -> None:
    """A file of the draft becomes the person's document; it was judged and stored when it came."""
    Document.objects.create(
        person=person,
        kind=file["kind"],
        expires_on=date.fromisoformat(file["expires_on"]) if file["expires_on"] else None,
        added_by=by,
        added_at=datetime.fromisoformat(file["added_at"]),
        **{name: file[name] for name in ("key", "name", "media_type", "size")},
    )


def _save(draft: HiringDraft, content: dict[str, Any], *, by: Person, step: str = "") -> HiringDraft:
    draft.content = content
    if step in STEPS:
        draft.step = step
    draft.changed_by, draft.changed_at = by, timezone.now()
    draft.version += 1
    draft.save(update_fields=["sealed", "step", "changed_by", "changed_at", "version"])
    return draft


def _says(rows: Any) -> bool:
    """Whether anything was typed in a step, or handed in."""
    return bool(rows) if isinstance(rows, list) else any(text.strip() for text in rows.values())


def _refuse_step(name: str, *, by: Person) -> None:
    require(by, "hire")
    if name not in STEPS or name == LAST:
        raise Invalid(f"There is no such step: {name[:20]}.")
    if not may(by, STEPS[name].verb):
        raise Forbidden(f"The step {STEPS[name].title} is not for your role.")


def _texts(name: str, typed: Any) -> Any:
    """What a step may keep: texts of a bounded length, and as many rows as it has."""
    if name == "documents":
        raise Invalid("Files are added and taken away one by one.")
    if not STEPS[name].rows:
        return _bounded(typed)
    if len(typed) > STEPS[name].rows:
        sentence = f"{STEPS[name].title}: {STEPS[name].rows} at most."
        raise Invalid(sentence, fields={name: sentence})
    return [_bounded(row) for row in typed]


def _bounded(row: Mapping[str, str]) -> dict[str, str]:
    return {field: text.replace("\x00", "")[:LONGEST_TEXT] for field, text in row.items()}


@contextmanager
def _at_its_step(step: str, elsewhere: Mapping[str, str] | None = None) -> Iterator[None]:
    """Say of what is refused at which step it is mended; `elsewhere` are fields that stand in another one."""
    try:
        yield
    except (Forbidden, PlanFull):  # no step mends these
        raise
    except Refused as refused:
        at = next(((elsewhere or {}).get(name, step) for name in refused.fields), step)
        raise Invalid(f"{STEPS[at].title}: {refused.sentence}", code="step", fields={at: refused.sentence}) from refused
