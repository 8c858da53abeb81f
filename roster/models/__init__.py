"""Who works when: rosters, shifts, assignments, and the rules they are held against."""

from roster.models.planning import LONGEST_SHIFT, Assignment, Publication, Roster, Shift
from roster.models.policy import ShiftTemplate, WorkRule

__all__ = ["LONGEST_SHIFT", "Assignment", "Publication", "Roster", "Shift", "ShiftTemplate", "WorkRule"]
