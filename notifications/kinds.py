"""KINDS: every kind of notification, with the icon it wears."""

from django.db.models import TextChoices


class Kind(TextChoices):
    SHIFT_REMINDER = "shift_reminder", "Shift reminder"
    ROSTER_PUBLISHED = "roster_published", "Roster published"
    SCHEDULE_CHANGE = "schedule_change", "Schedule change"
    SWAP = "swap", "Swap"
    LEAVE = "leave", "Leave"
    REVIEW = "review", "Review"
    PROMOTION = "promotion", "Promotion"
    DOCUMENT_EXPIRY = "document_expiry", "Document expiry"
    ANNOUNCEMENT = "announcement", "Announcement"
    ALERT = "alert", "Alert"
    SECURITY = "security", "Security"
    GENERAL = "general", "General"


# An icon of static/icons.svg for each kind; a test holds the two tables together.
ICONS: dict[Kind, str] = {
    Kind.SHIFT_REMINDER: "clock",
    Kind.ROSTER_PUBLISHED: "calendar",
    Kind.SCHEDULE_CHANGE: "refresh",
    Kind.SWAP: "requests",
    Kind.LEAVE: "leaf",
    Kind.REVIEW: "star",
    Kind.PROMOTION: "star",
    Kind.DOCUMENT_EXPIRY: "doc",
    Kind.ANNOUNCEMENT: "horn",
    Kind.ALERT: "warn",
    Kind.SECURITY: "block",
    Kind.GENERAL: "info",
}
