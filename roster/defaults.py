"""What an organisation rosters with before it has set anything: shift templates and work rules of product.md."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from config.caching import touch
from roster.models import ShiftTemplate, WorkRule

Kind, Level = WorkRule.Kind, WorkRule.Level

# name: starts, ends, unpaid break in minutes
TEMPLATES: dict[str, tuple[time, time, int]] = {
    "Full Day": (time(8, 30), time(20), 60),
    "Half Day Morning": (time(8, 30), time(14), 0),
    "Half Day Evening": (time(15), time(20), 0),
    "Night": (time(22), time(6), 30),
}

# Overlap, employment, leave and documents are no rows: they always block.
WORK_RULES: dict[WorkRule.Kind, tuple[WorkRule.Level, int]] = {
    Kind.REST: (Level.WARN, 11),
    Kind.WEEKLY_HOURS: (Level.WARN, 48),
    Kind.DAYS_IN_ROW: (Level.WARN, 6),
    Kind.WEEKLY_REST: (Level.WARN, 24),
    Kind.MINOR_DAY: (Level.BLOCK, 8),
    Kind.MINOR_WEEK: (Level.BLOCK, 40),
    Kind.MINOR_NIGHT: (Level.BLOCK, 22),
}


def add_defaults() -> None:
    """Give the entered organisation its first shift templates and work rules; what is there already stays."""
    if not ShiftTemplate.objects.exists():
        ShiftTemplate.objects.bulk_create(
            ShiftTemplate(name=name, starts=starts, ends=ends, break_minutes=minutes)
            for name, (starts, ends, minutes) in TEMPLATES.items()
        )
        touch("roster.ShiftTemplate")
    if not WorkRule.objects.exists():
        WorkRule.objects.bulk_create(
            WorkRule(kind=kind, level=level, limit=Decimal(limit)) for kind, (level, limit) in WORK_RULES.items()
        )
