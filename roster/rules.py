"""The work rules: what a week of one person's shifts breaks, and how bad that is.

Pure functions over plain values: the same judgement serves the planner while typing, the review before publishing
and the API. Sources: product.md "Rules", "Roster".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from roster.times import day_bounds, elapsed, hours_label, in_hours, span_label
from staff.selectors.papers import Lapsed

BLOCK, WARN, INFO = "block", "warn", "info"
MORNING = time(6)  # a minor's night ends then
LONGEST_RUN = 13  # days in a row that a rule may allow: as far as a run is followed back


@dataclass(frozen=True, slots=True)
class Stint:
    """One shift as the rules see it. `starts_at` and `ends_at` are UTC; `date` is the branch's own day."""

    starts_at: datetime
    ends_at: datetime
    break_minutes: int
    date: date
    branch_id: int
    branch: str
    zone: ZoneInfo
    shift_id: int | None = None
    has_reason: bool = False

    @property
    def length(self) -> timedelta:
        """The time that counts. Sums are made of these: rounded hours would add up to a breach that is none."""
        return max(elapsed(self.starts_at, self.ends_at) - timedelta(minutes=self.break_minutes), timedelta(0))

    @property
    def hours(self) -> Decimal:
        return in_hours(self.length)

    @property
    def label(self) -> str:
        """ "Wed 25 22:00–06:00 +1" """
        return f"{self.date:%a %-d} {span_label(self.starts_at, self.ends_at, self.zone)}"


@dataclass(frozen=True, slots=True)
class Worker:
    """What the rules need to know of a person."""

    pk: int
    name: str
    hired_on: date
    left_on: date | None
    date_of_birth: date | None
    lapsing: tuple[Lapsed, ...] = ()  # the documents that the role requires and that hold only until a day

    def is_minor(self, day: date) -> bool:
        """Under 18 on that day; somebody without a birth date counts as grown up."""
        if self.date_of_birth is None:
            return False
        born = self.date_of_birth
        return (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) < 18


@dataclass(frozen=True, slots=True)
class Limit:
    """A rule in force: how strict, and its number."""

    level: str
    value: Decimal

    @property
    def time(self) -> timedelta:
        """The number as hours."""
        return timedelta(minutes=int(self.value * 60))


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A dated policy row, as `roster.models.WorkRule` stores it."""

    kind: str
    level: str
    limit: Decimal
    branch_id: int | None
    starts_on: date
    ends_on: date | None


class Policy:
    """The organisation's work rules; a branch's own row beats the organisation's, a later row an earlier."""

    def __init__(self, rows: Iterable[PolicyRow]) -> None:
        self._rows: dict[str, list[PolicyRow]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (row.branch_id is not None, row.starts_on), reverse=True):
            self._rows[row.kind].append(row)

    def limit(self, kind: str, branch_id: int, day: date) -> Limit | None:
        """The rule that holds at a branch on a day, or None."""
        for row in self._rows[kind]:
            here = row.branch_id in (None, branch_id)
            if here and row.starts_on <= day and (row.ends_on is None or day <= row.ends_on):
                return Limit(row.level, row.limit)
        return None


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that one shift breaks, in a sentence for the planner."""

    kind: str
    level: str
    person_id: int
    shift_id: int | None
    date: date
    sentence: str
    has_reason: bool = False

    @property
    def is_block(self) -> bool:
        return self.level == BLOCK

    @property
    def needs_reason(self) -> bool:
        """A warning that nobody has answered for yet."""
        return self.level == WARN and not self.has_reason


def judge(worker: Worker, stints: Iterable[Stint], policy: Policy, week: date) -> list[Breach]:
    """Everything that the person's shifts break in the seven days from `week`.

    `stints` should reach LONGEST_RUN days back and a week on, so that rest and days in a row are seen across the edges
    and across branches; only breaches that touch a shift of the week itself are returned.
    """
    ordered = sorted(stints, key=lambda stint: (stint.starts_at, stint.ends_at, stint.shift_id or 0))
    case = _Case(worker, ordered, policy, week)
    return [breach for rule in RULES for breach in rule(case) if case.in_week(breach.date)]


@dataclass(frozen=True, slots=True)
class _Case:
    worker: Worker
    stints: list[Stint]
    policy: Policy
    week: date

    @property
    def days(self) -> list[date]:
        return [self.week + timedelta(days=n) for n in range(7)]

    def in_week(self, day: date) -> bool:
        return self.week <= day < self.week + timedelta(days=7)

    @property
    def of_week(self) -> list[Stint]:
        return [stint for stint in self.stints if self.in_week(stint.date)]

    def breach(self, kind: str, level: str, stint: Stint, sentence: str) -> Breach:
        return Breach(kind, level, self.worker.pk, stint.shift_id, stint.date, sentence, stint.has_reason)

    def later_in_week(self, first: Stint, second: Stint) -> Stint:
        """The one of a pair that the planner of this week can change: the later, if it lies in the week."""
        return second if self.in_week(second.date) else first


def _in_turn(stints: list[Stint]) -> Iterator[tuple[Stint, Stint]]:
    """Each shift behind the one that ends last of those before it: a short one inside a long one hides nothing."""
    latest: Stint | None = None
    for stint in stints:
        if latest:
            yield latest, stint
        if latest is None or stint.ends_at > latest.ends_at:
            latest = stint


def _overlap(case: _Case) -> Iterator[Breach]:
    for place, first in enumerate(case.stints):
        for second in case.stints[place + 1 :]:
            if second.starts_at >= first.ends_at:
                break
            mine = case.later_in_week(first, second)
            other = first if mine is second else second
            sentence = f"{case.worker.name} already works {other.label} in {other.branch}."
            yield case.breach("overlap", BLOCK, mine, sentence)


def _employed(case: _Case) -> Iterator[Breach]:
    worker = case.worker
    for stint in case.of_week:
        if stint.date < worker.hired_on:
            sentence = f"{worker.name} starts working here only on {worker.hired_on:%-d %B %Y}."
            yield case.breach("not_employed", BLOCK, stint, sentence)
        elif worker.left_on and stint.date > worker.left_on:
            sentence = f"{worker.name}’s last working day is {worker.left_on:%-d %B %Y}."
            yield case.breach("not_employed", BLOCK, stint, sentence)


def _document(case: _Case) -> Iterator[Breach]:
    """One breach for each shift, whatever has expired by then: the first of them is reason enough."""
    for stint in case.of_week:
        lapsed = next((each for each in case.worker.lapsing if each.last_day < stint.date), None)
        if lapsed:
            sentence = (
                f"{case.worker.name} needs a new document on {stint.date:%a %-d}: {lapsed.label}, "
                f"which expires on {lapsed.last_day:%-d %B %Y}."
            )
            yield case.breach("document", BLOCK, stint, sentence)


def _rest(case: _Case) -> Iterator[Breach]:
    for first, second in _in_turn(case.stints):
        limit = case.policy.limit("rest", second.branch_id, second.date)
        gap = in_hours(second.starts_at - first.ends_at)
        if limit and 0 <= gap < limit.value:
            where = f" in {first.branch}" if first.branch_id != second.branch_id else ""
            sentence = (
                f"{case.worker.name} has only {hours_label(gap)} of rest between {first.label}{where} "
                f"and {second.label}; the rule is {hours_label(limit.value)}."
            )
            yield case.breach("rest", limit.level, case.later_in_week(first, second), sentence)


def _weekly_hours(case: _Case) -> Iterator[Breach]:
    yield from _too_many_hours(case, "weekly_hours", case.of_week)


def _minor_week(case: _Case) -> Iterator[Breach]:
    yield from _too_many_hours(case, "minor_week", [s for s in case.of_week if case.worker.is_minor(s.date)])


def _too_many_hours(case: _Case, kind: str, stints: list[Stint]) -> Iterator[Breach]:
    """One breach, at the first shift that takes the sum over the limit of its own branch and day."""
    total = timedelta(0)
    for stint in stints:
        limit = case.policy.limit(kind, stint.branch_id, stint.date)
        total += stint.length
        if limit and total > limit.time:
            whole = in_hours(sum((each.length for each in stints), timedelta(0)))
            age = " and is under 18" if kind == "minor_week" else ""
            sentence = (
                f"{case.worker.name} has {hours_label(whole)} this week{age}; the rule is {hours_label(limit.value)}."
            )
            yield case.breach(kind, limit.level, stint, sentence)
            return


def _days_in_row(case: _Case) -> Iterator[Breach]:
    by_day = {stint.date: stint for stint in case.stints}
    run = 0
    for day in sorted(by_day):
        run = run + 1 if day - timedelta(days=1) in by_day else 1
        stint = by_day[day]
        limit = case.policy.limit("days_in_row", stint.branch_id, day)
        if limit and run > limit.value:
            most = f"{limit.value.normalize():f}"
            sentence = f"{stint.date:%a %-d} is {case.worker.name}’s day {run} in a row; the rule is {most}."
            yield case.breach("days_in_row", limit.level, stint, sentence)


def _weekly_rest(case: _Case) -> Iterator[Breach]:
    if not case.of_week:
        return
    last = case.of_week[-1]
    limit = case.policy.limit("weekly_rest", last.branch_id, last.date)
    begins, ends = day_bounds(case.days[0], last.zone)[0], day_bounds(case.days[6], last.zone)[1]
    longest = _longest_gap(case.stints, begins, ends)
    if limit and longest < limit.value:
        sentence = (
            f"{case.worker.name} has no {hours_label(limit.value)} of rest in one piece this week; "
            f"the longest is {hours_label(longest)}."
        )
        yield case.breach("weekly_rest", limit.level, last, sentence)


def _longest_gap(stints: list[Stint], begins: datetime, ends: datetime) -> Decimal:
    free_from, longest = begins, timedelta(0)
    for stint in stints:
        if stint.ends_at <= begins or stint.starts_at >= ends:
            continue
        longest = max(longest, stint.starts_at - free_from)
        free_from = max(free_from, stint.ends_at)
    return in_hours(max(longest, ends - free_from))


def _minor_day(case: _Case) -> Iterator[Breach]:
    by_day: dict[date, timedelta] = defaultdict(timedelta)
    for stint in case.of_week:
        if not case.worker.is_minor(stint.date):
            continue
        limit = case.policy.limit("minor_day", stint.branch_id, stint.date)
        by_day[stint.date] += stint.length
        if limit and by_day[stint.date] > limit.time:
            sentence = (
                f"{case.worker.name} is under 18 and has {hours_label(in_hours(by_day[stint.date]))} on "
                f"{stint.date:%a %-d}; the rule is {hours_label(limit.value)} a day."
            )
            yield case.breach("minor_day", limit.level, stint, sentence)


def _minor_night(case: _Case) -> Iterator[Breach]:
    for stint in case.of_week:
        limit = case.policy.limit("minor_night", stint.branch_id, stint.date)
        if limit and case.worker.is_minor(stint.date) and _touches_night(stint, limit.time):
            evening = datetime.combine(stint.date, time()) + limit.time
            sentence = f"{case.worker.name} is under 18 and may not work between {evening:%H:%M} and {MORNING:%H:%M}."
            yield case.breach("minor_night", limit.level, stint, sentence)


def _touches_night(stint: Stint, evening: timedelta) -> bool:
    """Whether any part of the shift lies between that time after midnight, by the branch's clock, and six o'clock."""
    for night in (stint.date - timedelta(days=1), stint.date):
        begins = (datetime.combine(night, time()) + evening).replace(tzinfo=stint.zone).astimezone(UTC)
        ends = datetime.combine(night + timedelta(days=1), MORNING, tzinfo=stint.zone).astimezone(UTC)
        if stint.starts_at < ends and begins < stint.ends_at:
            return True
    return False


RULES: tuple[Callable[[_Case], Iterator[Breach]], ...] = (
    _overlap,
    _employed,
    _document,
    _rest,
    _weekly_hours,
    _days_in_row,
    _weekly_rest,
    _minor_day,
    _minor_week,
    _minor_night,
)


def added_by(candidate: Stint, worker: Worker, stints: list[Stint], policy: Policy, week: date) -> list[Breach]:
    """What one more shift would break that is not broken already."""
    before = judge(worker, stints, policy, week)
    return [breach for breach in judge(worker, [*stints, candidate], policy, week) if breach not in before]
