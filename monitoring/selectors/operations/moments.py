"""Moments as the page says them, in the zone of whoever reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.selectors.jobs import JobStatus
from staff.models import Person

# When a job comes, by the shape of its timetable; {} stands for its next time in the reader's zone.
SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\* \* \* \* \*"), "every minute"),
    (re.compile(r"\*/(\d+) \* \* \* \*"), r"every \1 min"),
    (re.compile(r"(every \d+ s)"), r"\1"),
    (re.compile(r"\d+ \d+ \* \* \*"), "daily, %H:%M"),
    (re.compile(r"\d+ \d+ \d+ \* \*"), "monthly, %-d %b %H:%M"),
    (re.compile(r"\d+ \d+ \* \* [\w,-]+"), "next %a %H:%M"),
)


@dataclass(frozen=True, slots=True)
class Moments:
    """Says moments as seen at `now` in a zone."""

    now: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, viewer: Person, now: datetime) -> Moments:
        """In the viewer's zone: their branch's, else their organisation's."""
        return cls(now, viewer.home_zone)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def time(self, moment: datetime) -> str:
        """ "14:42" """
        return f"{self.local(moment):%H:%M}"

    def say(self, moment: datetime | None, never: str = "never") -> str:
        """ "14:42" today, else "Wed 14 Jan, 21:00"; another word for None."""
        if moment is None:
            return never
        local = self.local(moment)
        return f"{local:%H:%M}" if local.date() == self.local(self.now).date() else f"{local:%a %-d %b, %H:%M}"

    def long(self) -> str:
        """ "Thursday 15 January, 14:42" """
        return f"{self.local(self.now):%A %-d %B, %H:%M}"

    def scale(self, hours: int, step: int) -> tuple[str, ...]:
        """The times below a chart that ends now."""
        start = self.now.astimezone(UTC)
        return tuple(self.time(start - timedelta(hours=back)) for back in range(hours, 0, -step))

    def comes(self, job: JobStatus) -> str:
        """When a job comes: "every minute", "daily, 03:00"; a timetable of another shape as it was written, in UTC."""
        if job.next_at is None:
            return "switched off"
        for shape, words in SHAPES:
            if found := shape.fullmatch(job.when):
                return self.local(job.next_at).strftime(found.expand(words))
        return f"{job.when} UTC"
