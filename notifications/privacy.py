"""What notifications keep about people."""

from __future__ import annotations

from config.personal import TECHNICAL, About, Erasing

ABOUT = (
    About(
        model="notifications.Notification",
        title="Notices",
        reason="An inbox is one person’s alone, so it goes. What others were told goes from their inboxes when it is "
        "as old as every notice may become.",
        whose="person",
        shown=("created_at", "kind", "title", "body", "read_at"),
        withheld={"message": TECHNICAL, "url": TECHNICAL},
        erasing=Erasing.DELETE,
    ),
    About(
        model="notifications.OutboxMessage",
        title="Messages sent",
        reason="Nobody is told anything any more.",
        whose="person",
        shown=("created_at", "kind", "title", "body", "delivered_at"),
        withheld=dict.fromkeys(
            ("key", "url", "due_at", "attempts", "last_error", "dead_at", "expires_at", "expired_at"), TECHNICAL
        ),
        erasing=Erasing.DELETE,
    ),
)
