"""Shift templates: the named hours that planners pick instead of typing them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from config.errors import Forbidden, Invalid, refusing
from roster.models import LONGEST_SHIFT, ShiftTemplate
from staff.models import Person
from staff.roles import may

ONCE = {"shift_template_name_once": "There is already a template of this name."}


def add_template(details: Mapping[str, Any], *, by: Person) -> ShiftTemplate:
    """A new template for everybody who plans. Raises Forbidden, and Invalid for hours that make no shift."""
    return _save(ShiftTemplate(**details), by)


def change_template(template: ShiftTemplate, changes: Mapping[str, Any], *, by: Person) -> ShiftTemplate:
    """Give a template other words or hours; shifts that were made from it stay as they are."""
    for name, value in changes.items():
        setattr(template, name, value)
    return _save(template, by)


def remove_template(template: ShiftTemplate, *, by: Person) -> None:
    """Take a template away; shifts that were made from it stay."""
    _require(by)
    template.delete()


def _save(template: ShiftTemplate, by: Person) -> ShiftTemplate:
    _require(by)
    day = date(2000, 1, 3)  # any day: a template has no clock changes
    starts, ends = datetime.combine(day, template.starts), datetime.combine(day, template.ends)
    length = ends - starts + timedelta(days=ends <= starts)
    if length > LONGEST_SHIFT:
        hours = length // timedelta(hours=1)
        sentence = f"Those hours make {hours} hours; a shift can be 16 hours long at most."
        raise Invalid(sentence, fields={"ends": sentence})
    if length <= timedelta(minutes=template.break_minutes):
        sentence = "The break is as long as the shift."
        raise Invalid(sentence, fields={"break_minutes": sentence})
    with refusing(ONCE):
        template.save()
    return template


def _require(by: Person) -> None:
    if not may(by, "set_work_rules"):
        raise Forbidden("Shift templates are set by Human Resource and the executives.")
