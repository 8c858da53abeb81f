"""What reviews keep about people."""

from __future__ import annotations

from django.db.models import Q

from config.personal import TECHNICAL, About, Erasing

SUBMITTED = Q(submitted_at__isnull=False)

ABOUT = (
    About(
        model="reviews.Score",
        title="Scores of reviews",
        reason="No law asks for what was said of somebody’s work.",
        whose="review__person",
        shown=("review__week_start", "criterion__name", "value", "weight"),
        erasing=Erasing.DELETE,
        only=Q(review__submitted_at__isnull=False),
    ),
    About(
        model="reviews.Review",
        title="Reviews",
        reason="No law asks for what was said of somebody’s work. Reviews that they wrote of others stay.",
        whose="person",
        # Who wrote it is named, by name alone. A draft is its writer's.
        shown=(
            "week_start",
            "reviewer__first_name",
            "reviewer__last_name",
            "branch__name",
            "department__name",
            "comment",
            "overall",
            "submitted_at",
            "acknowledged_at",
        ),
        withheld=dict.fromkeys(("version", "created_at", "changed_at"), TECHNICAL),
        mentions={"reviewer": "reviewed somebody"},
        erasing=Erasing.DELETE,
        only=SUBMITTED,
    ),
)
