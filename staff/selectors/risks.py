"""Whether somebody attacks the organisation, and whom: a week of security events in one query, and who stands open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from config.limits import LOCKED_FOR
from staff.models import Person, SecurityEvent, SecurityKind, SecurityMute
from staff.roles import may
from staff.security.kinds import CRITICAL, KINDS
from staff.selectors.events import in_log
from staff.selectors.exposure import DORMANT, UNPROTECTED, Exposed, first_exposed

DAY, DAYS, HOUR = 24, 7, 3600
MOST = 10  # people and addresses
WIDTH, HEIGHT = 960, 120
# More wrong passwords than this in a day, and than twice as many as on other days, are worth a look.
MANY = 10
ATTACKS = [kind.value for kind, judged in KINDS.items() if judged.is_attack]

# `found` is the union that Django makes of both sources. Names come along for those who are shown.
LOOK = """
WITH found (kind, at, whom, address) AS MATERIALIZED ({found}),
weighed (kind, points) AS (SELECT * FROM unnest(%s::text[], %s::int[])),
hours AS (
    SELECT kind, floor(extract(epoch FROM %s - at) / {hour})::int AS hour, count(*) AS number FROM found GROUP BY 1, 2
),
counted AS (SELECT whom, kind, count(*) AS number FROM found WHERE whom IS NOT NULL GROUP BY 1, 2),
risky AS (
    SELECT whom, sum(number * points) AS points, json_object_agg(kind, number) AS why
    FROM counted JOIN weighed USING (kind) GROUP BY whom ORDER BY 2 DESC, 1 LIMIT {most}
),
sources AS (
    SELECT address, count(*) AS number, count(DISTINCT whom) AS people
    FROM found WHERE kind = ANY(%s) AND address <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}
),
locks AS (
    SELECT whom, extract(epoch FROM max(at)) AS locked_at FROM found WHERE kind = %s AND at > %s GROUP BY 1
),
latest AS (SELECT whom, address, points FROM found JOIN weighed USING (kind) WHERE kind = ANY(%s) AND at > %s),
named AS (SELECT id AS whom, first_name || ' ' || last_name AS name FROM staff_person)
SELECT
    (SELECT json_agg(json_build_array(kind, hour, number)) FROM hours),
    (SELECT json_agg(json_build_array(whom, name, points, why) ORDER BY points DESC, whom)
        FROM risky JOIN named USING (whom)),
    (SELECT json_agg(json_build_array(address, number, people) ORDER BY number DESC, address) FROM sources),
    (SELECT json_agg(json_build_array(whom, name, locked_at) ORDER BY locked_at) FROM locks JOIN named USING (whom)),
    (SELECT name FROM latest JOIN named USING (whom) GROUP BY whom, name ORDER BY sum(points) DESC, whom LIMIT 1),
    (SELECT address FROM latest WHERE address <> '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """One kind of event: how many in a day and in a week, and by the day, the last one last."""

    kind: str
    label: str
    level: str
    day: int
    week: int
    bars: tuple[int, ...]

    @property
    def line(self) -> str:
        """The week as the points of a small picture, 24 wide and 8 high."""
        top, step = max(*self.bars, 1), 22 / (DAYS - 1)
        return " ".join(f"{1 + place * step:.1f},{7 - 6 * count / top:.1f}" for place, count in enumerate(self.bars))

    @property
    def usual(self) -> float:
        """How many came on one of the days before."""
        return (self.week - self.day) / (DAYS - 1)

    @property
    def trend(self) -> str:
        """The last day beside those before it, in words."""
        if not self.week:
            return "none"
        if self.day == self.week:
            return "in the last day alone"
        if self.day > max(2 * self.usual, 2):
            return "more than usual"
        return "fewer than usual" if self.usual >= 2 and self.day < self.usual / 2 else "as usual"


@dataclass(frozen=True, slots=True)
class Risky:
    """Somebody about whom there were events in the week, and what they add up to."""

    id: int
    name: str
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class Source:
    """An address from which wrong passwords or attacks came, and how many people they were about."""

    address: str
    count: int
    people: int


@dataclass(frozen=True, slots=True)
class Locked:
    """Somebody who cannot sign in until then, by the reader's clock."""

    id: int
    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer in one word and one or two sentences; `level` is "ok", "warning" or "critical"."""

    level: str
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Risks:
    """The page of risks. `line` and `area` draw attacks by the hour of the week, `peak` is the highest hour."""

    verdict: Verdict
    tallies: tuple[Tally, ...]
    line: str
    area: str
    peak: int
    people: tuple[Risky, ...]
    sources: tuple[Source, ...]
    locked: tuple[Locked, ...]
    unprotected: Exposed
    dormant: Exposed
    rule: str
    wants_letters: bool
    may_end_sessions: bool
    may_set_rule: bool
    width: int = WIDTH
    height: int = HEIGHT


def risks(reader: Person, *, now: datetime) -> Risks:
    """The last seven days, for somebody who reads the audit log."""
    hours, people, sources, locks, *latest = _look(reader, now)
    tallies = tuple(sorted((_tally(kind, hours) for kind in KINDS), key=lambda tally: -tally.week))
    risky = tuple(Risky(pk, name, points, _why(why)) for pk, name, points, why in people)
    lasts = timedelta(seconds=LOCKED_FOR)
    line, area, peak = _drawn(hours)
    organisation = reader.organisation
    return Risks(
        verdict=_verdict(tallies, *latest),
        tallies=tallies,
        line=line,
        area=area,
        peak=peak,
        people=risky,
        sources=tuple(Source(*source) for source in sources),
        locked=tuple(Locked(pk, name, datetime.fromtimestamp(at, reader.home_zone) + lasts) for pk, name, at in locks),
        unprotected=first_exposed(UNPROTECTED, organisation=organisation, now=now),
        dormant=first_exposed(DORMANT, organisation=organisation, now=now),
        rule=organisation.get_second_step_display(),
        wants_letters=not SecurityMute.objects.filter(person=reader).exists(),
        may_end_sessions=may(reader, "end_sessions"),
        may_set_rule=may(reader, "set_second_step"),
    )


def _look(reader: Person, now: datetime) -> tuple[Any, ...]:
    """Rows of (kind, hours ago, number), (person, name, points, why), (address, number, people) and (person, name,
    locked at); then whom the last day's attacks are about, and where they come from, if there were any."""
    since = {"at__gt": now - timedelta(days=DAYS), "at__lte": now}
    entries = in_log(reader).filter(**since).values_list("event", "at", "whom", "address")
    own = SecurityEvent.objects.visible_to(reader).filter(**since).order_by()
    union = entries.union(own.values_list("kind", "at", "person", "address"), all=True)
    found, parameters = union.query.sql_with_params()
    names, points = zip(*((kind.value, judged.points) for kind, judged in KINDS.items()), strict=True)
    locked_since, yesterday = now - timedelta(seconds=LOCKED_FOR), now - timedelta(hours=DAY)
    weights: list[Any] = [list(names), list(points), now]
    with connection.cursor() as cursor:
        cursor.execute(
            LOOK.format(found=found, hour=HOUR, most=MOST),
            [*parameters, *weights, ATTACKS, SecurityKind.LOCKED, locked_since, ATTACKS, yesterday],
        )
        *rows, whom, address = cursor.fetchone()
    return *(each or [] for each in rows), whom or "", address or ""


def _tally(kind: SecurityKind, hours: Sequence[tuple[str, int, int]]) -> Tally:
    bars = [0] * DAYS
    for name, hour, number in hours:
        if name == kind:
            bars[min(hour // DAY, DAYS - 1)] += number
    return Tally(kind.value, str(kind.label), KINDS[kind].level, bars[0], sum(bars), tuple(reversed(bars)))


def _why(counts: Mapping[str, int]) -> str:
    """“12 × wrong password or code, 1 × account locked”, the heaviest first."""
    heaviest = sorted(counts.items(), key=lambda each: -each[1] * KINDS[SecurityKind(each[0])].points)
    return ", ".join(f"{number:,} × {str(SecurityKind(kind).label).lower()}" for kind, number in heaviest)


def _verdict(tallies: Sequence[Tally], whom: str, address: str) -> Verdict:
    grave = [tally for tally in tallies if tally.level == CRITICAL and tally.day]
    failed = next(tally for tally in tallies if tally.kind == SecurityKind.SIGN_IN_FAILED)
    if grave:
        said = ", ".join(f"{tally.day:,} × {tally.label.lower()}" for tally in grave)
        return Verdict("critical", "Look now", f"In the last 24 hours: {said}.{_about(whom, address)}")
    if failed.day >= MANY and failed.day > 2 * failed.usual:
        said = f"{failed.day:,} wrong passwords or codes in the last 24 hours, more than on other days."
        return Verdict("warning", "Watch", f"{said}{_about(whom, address)}")
    return Verdict("ok", "Calm", "Nothing in the last 24 hours looks like an attack.")


def _about(whom: str, address: str) -> str:
    """Whom it is about and where it comes from, as far as that is known."""
    if whom:
        return f" Most of it is about {whom}{f', from {address}' if address else ''}."
    return f" Most of it comes from {address}." if address else ""


def _drawn(hours: Sequence[tuple[str, int, int]]) -> tuple[str, str, int]:
    """Attacks by the hour as a line from the left, the area below it, and the highest hour."""
    counts = [0] * (DAYS * DAY)
    for kind, hour, number in hours:
        if kind in ATTACKS:
            counts[-1 - min(hour, len(counts) - 1)] += number
    peak, step = max(counts), WIDTH / (len(counts) - 1)
    line = " ".join(
        f"{place * step:.1f},{HEIGHT * (1 - count / (peak * 1.1 or 1)):.1f}" for place, count in enumerate(counts)
    )
    return line, f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}", peak
