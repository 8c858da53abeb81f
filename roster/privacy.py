"""What rosters keep about people."""

from __future__ import annotations

from config.personal import TECHNICAL, About

ABOUT = (
    About(
        model="roster.Assignment",
        title="Shifts",
        reason="The law asks for records of the hours that were worked. Why a warning was set aside does not stay.",
        whose="person",
        shown=(
            "shift__date",
            "shift__starts_at",
            "shift__ends_at",
            "shift__break_minutes",
            "shift__branch__name",
            "shift__department__name",
            "published_role",
            "published_starts_at",
            "published_ends_at",
            "published_break_minutes",
            "published_note",
            "published_at",
            "override_reason",
            "created_at",
            "removed_at",
        ),
        withheld=dict.fromkeys(("during", "starts_at", "previous_label"), TECHNICAL),
        mentions={"created_by": "gave somebody a shift"},
        blanked={"override_reason": ""},
    ),
    About(
        model="roster.Roster",
        title="Rosters",
        reason="Who published a roster stays known by number.",
        mentions={"published_by": "published a roster last"},
    ),
    About(
        model="roster.Publication",
        title="Publications",
        reason="Who published a week stays known by number.",
        mentions={"by": "published a week"},
    ),
    About(
        model="roster.Shift",
        title="Planned shifts",
        reason="Who planned a shift stays known by number.",
        mentions={"changed_by": "planned or changed a shift"},
    ),
)
