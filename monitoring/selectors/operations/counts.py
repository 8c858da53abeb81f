"""What is drawn of the requests that were counted: how many, how fast, how many failed, how many found a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from monitoring.selectors.operations.charts import Chart, Series, Table, Values, Words, chart
from monitoring.selectors.operations.moments import Moments
from monitoring.selectors.operations.rules import Rules
from monitoring.traffic import Minute, Traffic, minutes, traffic
from monitoring.wording import shown
from staff.models import Person

HOURS, QUARTER, SCALE = 24, 15, 6  # a day, by quarters of an hour, with a time every six hours
UNKNOWN = "unknown"
LIMITED = ("response_p95", "error_rate", "cache_hit_rate")  # the rules whose limits are drawn


@dataclass(frozen=True, slots=True)
class Counted:
    """The last five minutes, and a day by the quarter of an hour, from the first request that was ever counted."""

    now: Traffic
    quarters: tuple[Minute | None, ...]
    day: tuple[Minute, ...]


def counted(viewer: Person) -> Counted:
    """What all web processes counted. Raises Unavailable."""
    # Of its people's doings an organisation sees its own; everything else here is the installation's.
    organisation = None if viewer.is_operator else viewer.organisation_id
    day = minutes(HOURS, each=QUARTER)
    # Before the first request nothing was counted, which is not the same as no requests.
    first = next((number for number, quarter in enumerate(day) if quarter.requests), len(day))
    quarters = [None if number < first else quarter for number, quarter in enumerate(day)]
    return Counted(traffic(organisation=organisation), tuple(quarters), tuple(day[first:]))


def charts(seen: Counted, rules: Rules | None, moments: Moments) -> tuple[Chart, ...]:
    """The four pictures of the page; without rules they have no limits."""
    day, scale = Day(seen, moments), moments.scale(HOURS, SCALE)
    speed, failing, found = (rules.of(name) if rules else None for name in LIMITED)
    return (
        chart("requests", _requests(seen, day), [Series("Requests", day.rates, 3)], scale, day.table(REQUESTS)),
        chart("times", _times(seen, day), _speeds(day), scale, day.table(TIMES), speed),
        chart("errors", _errors(seen, day), [Series("Share", day.failing, 5)], scale, day.table(ERRORS), failing),
        chart("hits", _hits(seen, day), [Series("Hits", day.found, 2)], scale, day.table(HITS), found),
    )


class Day:
    """A day's quarters as series of figures, with the moments of its extremes."""

    def __init__(self, seen: Counted, moments: Moments) -> None:
        self.quarters, self.counted, self.moments = seen.quarters, seen.day, moments
        self.rates = self.series(lambda quarter: quarter.requests / self.elapsed(quarter))
        self.failing = self.series(lambda quarter: share(quarter.errors, quarter.requests))
        self.found = self.series(lambda quarter: share(quarter.cache_hits, quarter.cache_hits + quarter.cache_misses))

    def series(self, of: Callable[[Minute], float | None]) -> Values:
        return [None if quarter is None else of(quarter) for quarter in self.quarters]

    def elapsed(self, quarter: Minute) -> float:
        """Minutes of a quarter that are over: of the present one not all are."""
        return min(max((self.moments.now - quarter.starts) / timedelta(minutes=1), 1), QUARTER)

    def extreme(self, values: Values, unit: str, pick: Callable[[Iterable[float]], float] = max) -> str:
        """ "468 at 13:00" """
        known = [value for value in values if value is not None]
        if not known:
            return UNKNOWN
        value = pick(known)
        quarter = self.quarters[list(values).index(value)]
        return f"{figure(value, unit)} at {self.moments.time(quarter.starts)}" if quarter else UNKNOWN

    def peak(
        self, values: Values, unit: str, word: str = "Peak", pick: Callable[[Iterable[float]], float] = max
    ) -> str:
        """ "Peak 468 at 13:00" """
        found = self.extreme(values, unit, pick)
        return "Nothing counted in 24 hours" if found == UNKNOWN else f"{word} {found}"

    def table(self, columns: Columns) -> Table:
        """An hour a row, the latest first."""
        hours = [(hour, list(group)) for hour, group in groupby(self.counted, key=self._hour)]
        rows = [(hour, *(say(group) for say in columns.values())) for hour, group in reversed(hours)]
        return Table(("Hour", *columns), tuple(rows))

    def _hour(self, quarter: Minute) -> str:
        return f"{self.moments.local(quarter.starts):%a %H}:00"


Columns = dict[str, Callable[[list[Minute]], str]]


def figure(value: float, unit: str = "") -> str:
    """ "412", "7.5", "606 ms": a rate of ten and more has no use for a fraction."""
    return f"{value:,.0f}" if not unit and value >= 10 else shown(value, unit)


def share(part: int, whole: int) -> float | None:
    """Percent; None of nothing."""
    return 100 * part / whole if whole else None


def _sum(name: str) -> Callable[[list[Minute]], str]:
    return lambda hour: f"{sum(getattr(quarter, name) for quarter in hour):,}"


def _worst(name: str) -> Callable[[list[Minute]], str]:
    """The slowest quarter's: percentiles cannot be added up."""

    def say(hour: list[Minute]) -> str:
        known = [value for quarter in hour if (value := getattr(quarter, name)) is not None]
        return shown(max(known), "ms") if known else "none"

    return say


def _share(part: str, *others: str) -> Callable[[list[Minute]], str]:
    def say(hour: list[Minute]) -> str:
        parts = sum(getattr(quarter, part) for quarter in hour)
        whole = sum(getattr(quarter, name) for quarter in hour for name in others)
        rate = share(parts, whole)
        return "none" if rate is None else shown(rate, "%")

    return say


REQUESTS: Columns = {"Requests": _sum("requests"), "Refused, 4xx": _sum("refusals")}
TIMES: Columns = {"p50": _worst("p50_ms"), "p95": _worst("p95_ms"), "p99": _worst("p99_ms")}
ERRORS: Columns = {"Errors": _sum("errors"), "Requests": _sum("requests"), "Share": _share("errors", "requests")}
HITS: Columns = {
    "Hits": _sum("cache_hits"),
    "Misses": _sum("cache_misses"),
    "Rate": _share("cache_hits", "cache_hits", "cache_misses"),
}


def _speeds(day: Day) -> list[Series]:
    return [
        Series("p95", day.series(lambda quarter: quarter.p95_ms), 1),
        Series("p50", day.series(lambda quarter: quarter.p50_ms), 3),
        Series("p99", day.series(lambda quarter: quarter.p99_ms), 4),
    ]


def _requests(seen: Counted, day: Day) -> Words:
    middle = sorted(value for value in day.rates if value is not None)
    return Words(
        title="Traffic",
        figure=figure(60 * seen.now.requests / seen.now.seconds),
        unit="a minute",
        peak=day.peak(day.rates, ""),
        facts=(
            ("Least", day.extreme(day.rates, "", min)),
            ("Middle", figure(middle[len(middle) // 2]) if middle else UNKNOWN),
            ("Most", day.extreme(day.rates, "")),
            ("Active people", f"{seen.now.active_users:,} in 15 minutes"),
        ),
    )


def _times(seen: Counted, day: Day) -> Words:
    now, slow = seen.now, max(seen.now.endpoints, key=lambda route: route.average_ms, default=None)
    speeds = [("Middle, p50", now.p50_ms), ("p95", now.p95_ms), ("p99", now.p99_ms), ("Slowest", now.max_ms)]
    return Words(
        title="Response time",
        figure=f"{now.p95_ms:,.0f}" if now.requests else "none",
        unit="ms, p95" if now.requests else "asked in 5 minutes",
        peak=day.peak(day.series(lambda quarter: quarter.p95_ms), "ms"),
        facts=(
            *((name, shown(value, "ms") if now.requests else "none asked") for name, value in speeds),
            ("Slowest route", f"{slow.route}, {shown(slow.average_ms, 'ms')}" if slow else "none asked"),
        ),
    )


def _errors(seen: Counted, day: Day) -> Words:
    failing = [route for route in seen.now.endpoints if route.errors]
    worst = max(failing, key=lambda route: route.errors, default=None)
    errors, requests = (sum(getattr(quarter, name) for quarter in seen.day) for name in ("errors", "requests"))
    return Words(
        title="Server errors",
        figure=shown(seen.now.error_rate, "") if seen.now.requests else "none",
        unit="%" if seen.now.requests else "asked in 5 minutes",
        peak=day.peak(day.failing, "%"),
        facts=(
            ("In 24 hours", f"{errors:,} of {requests:,}"),
            ("Worst", day.extreme(day.failing, "%")),
            ("Most at", f"{worst.route}, {worst.errors:,} in 5 minutes" if worst else "no route in 5 minutes"),
        ),
    )


def _hits(seen: Counted, day: Day) -> Words:
    now = seen.now
    return Words(
        title="Cache hits",
        figure="none" if now.hit_rate is None else shown(now.hit_rate, ""),
        unit="asked in 5 minutes" if now.hit_rate is None else "%",
        peak=day.peak(day.found, "%", "Lowest", min),
        facts=(
            ("Hits", f"{now.cache_hits:,} in 5 minutes"),
            ("Misses", f"{now.cache_misses:,}"),
            ("Past the cache", f"{now.cache_bypasses:,}"),
        ),
    )
