"""Whether an organisation's audit log is what was written: the chain is walked from its anchor to its head.

Each entry's hash covers what it says. Each link's covers the link before it, its own number, and the hashes of its
entries in their order. The head says how many links there are, so that a cut tail is noticed too.

Where the personal values of an entry were erased, it keeps the hash of what it said, for its link, and has one of what
is left; a later entry of the chain vouches for that one. What nobody vouches for was edited.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from struct import pack
from typing import Any, Protocol

BATCH = 500  # links
Progress = Callable[[int, int], None]

HEAD = "SELECT links, hash, anchor, anchor_hash FROM staff_audithead WHERE organisation_id = %s"
LINKS = """
SELECT id, number, entries, hash, sealed_at FROM staff_auditlink
WHERE organisation_id = %s AND number > %s AND number <= %s ORDER BY number LIMIT %s
"""
# Written out here as well as in the database: whoever can change its function could have it say what they like.
TEXT = """jsonb_build_array(
    id, organisation_id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), kind, outcome, about, about_id,
    person_id, actor_id, actor_name, address, agent, request_id, before, after
)::text"""
ENTRIES = f"""
SELECT link, position, id, at, hash, {TEXT}, {{erased}}, CASE WHEN kind = 'erased' THEN after->'entries' END
FROM staff_auditentry WHERE organisation_id = %s AND link = ANY(%s) ORDER BY link, position
"""
# A backup may be older than erasures are.
KNOWS_ERASURES = """
SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'staff_auditentry'::regclass AND attname = 'erased_hash')
"""
# While it is walked somebody may be erased: who vouches for that stands behind the head that the walk goes to.
LATER_VOUCHES = """
SELECT e.after->'entries' FROM staff_auditlink l JOIN staff_auditentry e
    ON e.organisation_id = l.organisation_id AND e.link = l.id
WHERE l.organisation_id = %s AND l.number > %s AND e.kind = 'erased'
"""
# Each is one statement, and so sees one moment: while the chain is walked, it grows.
STRAYS = """
SELECT e.id, e.at FROM staff_auditentry e WHERE e.organisation_id = %s AND NOT EXISTS (
    SELECT FROM staff_auditlink l WHERE l.organisation_id = e.organisation_id AND l.id = e.link AND l.hash IS NOT NULL
) ORDER BY e.at, e.id LIMIT 1
"""
BEYOND = """
SELECT l.number, l.number > coalesce(h.links, 0)
FROM staff_auditlink l LEFT JOIN staff_audithead h USING (organisation_id)
WHERE l.organisation_id = %s AND (l.number > coalesce(h.links, 0) OR l.number <= h.anchor) ORDER BY l.number LIMIT 1
"""


class Cursor(Protocol):
    """A cursor of Django's or of psycopg's: a restored backup is walked without Django."""

    def execute(self, query: Any, params: Any = ..., /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as it stands in the table; `text` is what its hash must be of, or `erased` where values were erased.
    `vouches` are the hashes of other entries that an erasure wrote down, by id."""

    position: int
    pk: int
    at: datetime
    hash: bytes
    text: str
    erased: bytes | None
    vouches: Mapping[str, str] | None

    @property
    def is_as_written(self) -> bool:
        return hashlib.sha256(self.text.encode()).digest() == (self.hash if self.erased is None else self.erased)

    @property
    def name(self) -> str:
        return f"Entry {self.pk} of {self.at:%d %b %Y %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class Link:
    """One link and the entries that are there of it."""

    number: int
    expected: int
    hash: bytes
    sealed_at: datetime
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What walking came to: `fault` is the first broken row in one sentence, or nothing. Of `erased` entries the
    personal values are gone, as the chain itself says."""

    links: int
    entries: int
    head: str
    fault: str = ""
    erased: int = 0

    @property
    def holds(self) -> bool:
        return not self.fault


@dataclass
class _Walk:
    """How far one walk has come; `hash` is what the next link must continue from."""

    number: int
    hash: bytes
    entries_of: str = ""
    entries: int = 0
    last: str = "the beginning"
    erased: dict[int, Entry] = field(default_factory=dict)
    vouched: set[tuple[int, str]] = field(default_factory=set)

    def take(self, link: Link) -> None:
        """Go on behind a link that is sound."""
        self.number, self.hash, self.entries = link.number, link.hash, self.entries + len(link.entries)
        self.last = link.entries[-1].name if link.entries else self.last
        self.erased |= {entry.pk: entry for entry in link.entries if entry.erased is not None}
        for entry in link.entries:
            self.hear(entry.vouches)

    def hear(self, vouches: Mapping[str, str] | None) -> None:
        """Believe an erasure that the chain holds."""
        self.vouched |= {(int(pk), hash_) for pk, hash_ in (vouches or {}).items()}

    def unvouched(self) -> str:
        """The first entry that looks erased, and no erasure of the chain says so; or nothing."""
        for pk, entry in sorted(self.erased.items()):
            if entry.erased is None or (pk, entry.erased.hex()) not in self.vouched:
                return f"{entry.name} was edited after it was written: no erasure accounts for it."
        return ""


def verify(
    cursor: Cursor, organisation: int, *, noted: tuple[int, str] | None = None, say: Progress | None = None
) -> Verdict:
    """Walk one organisation's chain and name the first broken row.

    `noted` is a link's number and the beginning of its hash from an earlier walk, kept outside the database: it proves
    that nobody has written the whole chain anew since. `say` is told links done and links there are, by batch.
    """
    cursor.execute(HEAD, [organisation])
    links, head, anchor, anchor_hash = cursor.fetchone() or (0, b"", 0, b"")
    cursor.execute(KNOWS_ERASURES)
    (knows_erasures,) = cursor.fetchone()
    walk = _Walk(anchor, bytes(anchor_hash), ENTRIES.format(erased="erased_hash" if knows_erasures else "NULL::bytea"))
    fault = _walk(cursor, organisation, walk, links, noted, say)
    if not fault and walk.hash != bytes(head):
        fault = f"The head of the chain does not fit its last link, {walk.number}: one of the two was edited."
    if walk.erased:
        cursor.execute(LATER_VOUCHES, [organisation, links])
        for (vouches,) in cursor.fetchall():
            walk.hear(_json(vouches))
    fault = fault or walk.unvouched() or _strays(cursor, organisation)
    head_now = f"{walk.number}:{walk.hash.hex()[:16]}"
    return Verdict(walk.number - anchor, walk.entries, head_now, fault, len(walk.erased))


def _walk(
    cursor: Cursor,
    organisation: int,
    walk: _Walk,
    links: int,
    noted: tuple[int, str] | None,
    say: Progress | None,
) -> str:
    """Go on to the head, or to the first fault, which is returned."""
    if noted and noted[0] < walk.number:
        return f"The chain begins after link {walk.number}, but link {noted[0]} was noted: it cannot be compared."
    if fault := _not_as_noted(walk, noted):
        return fault
    while walk.number < links:
        batch = _batch(cursor, organisation, walk, links)
        if not batch:
            return _missing(walk.number + 1, links, walk, tail=True)
        for link in batch:
            fault = _missing(walk.number + 1, link.number - 1, walk) if link.number > walk.number + 1 else ""
            fault = fault or _fault_of(link, walk)
            if fault:
                return fault
            walk.take(link)
            if fault := _not_as_noted(walk, noted):
                return fault
        if say:
            say(walk.number, links)
    if noted and noted[0] > links:
        return f"The chain ends at link {links}, but link {noted[0]} was noted: its tail is missing."
    return ""


def _not_as_noted(walk: _Walk, noted: tuple[int, str] | None) -> str:
    """That the walk has come to the link that was noted, and it is another; or nothing."""
    if noted and noted[0] == walk.number and not walk.hash.hex().startswith(noted[1]):
        return f"Link {walk.number} is not the one that was noted: the chain was written anew since."
    return ""


def _batch(cursor: Cursor, organisation: int, walk: _Walk, links: int) -> Sequence[Link]:
    cursor.execute(LINKS, [organisation, walk.number, links, BATCH])
    rows = cursor.fetchall()
    cursor.execute(walk.entries_of, [organisation, [row[0] for row in rows]])
    found = {
        link: tuple(_entry(*row[1:]) for row in group)
        for link, group in groupby(cursor.fetchall(), key=lambda row: row[0])
    }
    return [
        Link(number, count, bytes(hash_), sealed_at, found.get(pk, ())) for pk, number, count, hash_, sealed_at in rows
    ]


def _entry(position: int, pk: int, at: datetime, hash_: bytes, text: str, erased: bytes | None, vouches: Any) -> Entry:
    return Entry(position, pk, at, bytes(hash_), text, None if erased is None else bytes(erased), _json(vouches))


def _json(said: Any) -> Any:
    """Django's cursor leaves JSON as text, psycopg's reads it."""
    return json.loads(said) if isinstance(said, str) else said


def _fault_of(link: Link, walk: _Walk) -> str:
    """The first thing that is wrong with a link that should follow `walk`, or nothing."""
    last = walk.last
    for expected, entry in enumerate(link.entries, 1):
        if entry.position > link.expected:
            return f"{entry.name} was inserted: link {link.number} has {_entries(link.expected)}."
        if entry.position != expected:
            return f"The entry after {_lower(last)} is missing: number {expected} of link {link.number}."
        if not entry.is_as_written:
            return f"{entry.name} was edited after it was written."
        last = entry.name
    if len(link.entries) < link.expected:
        missing = len(link.entries) + 1
        return f"The entry after {_lower(last)} is missing: number {missing} of link {link.number}."
    hashes = b"".join(entry.hash for entry in link.entries)
    if hashlib.sha256(walk.hash + pack("!qi", link.number, link.expected) + hashes).digest() != link.hash:
        first = link.entries[0].name if link.entries else f"Link {link.number}"
        return f"{first} is out of order: what link {link.number} holds is not what was sealed there."
    return ""


def _missing(first: int, last: int, walk: _Walk, *, tail: bool = False) -> str:
    links = f"link {first}" if first == last else f"links {first} to {last}"
    where = "the tail is missing" if tail else "rows are missing"
    return f"After {_lower(walk.last)} {where}: {links} of the chain."


def _strays(cursor: Cursor, organisation: int) -> str:
    """What stands outside the chain."""
    cursor.execute(BEYOND, [organisation])
    if beyond := cursor.fetchone():
        number, is_after = beyond
        if is_after:
            return f"Link {number} was inserted: it stands beyond the head of the chain."
        return f"Link {number} stands before the anchor of the chain, where nothing is left: the anchor was moved."
    cursor.execute(STRAYS, [organisation])
    stray = cursor.fetchone()
    return f"Entry {stray[0]} of {stray[1]:%d %b %Y %H:%M:%S} UTC was inserted: it has no link." if stray else ""


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
