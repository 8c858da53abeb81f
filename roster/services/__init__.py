"""The only writers of rosters: one function for each thing a planner does."""

from roster.services.publishing import Published, publish
from roster.services.rosters import CopyReport, copy_week, open_roster
from roster.services.shifts import (
    NewShift,
    add_shift,
    assign,
    change_shift,
    copy_shift,
    delete_shift,
    move_shift,
    unassign,
)

__all__ = [
    "CopyReport",
    "NewShift",
    "Published",
    "add_shift",
    "assign",
    "change_shift",
    "copy_shift",
    "copy_week",
    "delete_shift",
    "move_shift",
    "open_roster",
    "publish",
    "unassign",
]
