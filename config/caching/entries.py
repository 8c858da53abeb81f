"""ENTRIES: everything that is kept, in one table."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Reads:
    """A model whose rows make a copy stale: any row of the organisation, or with `column` those of one person.

    The value of `column` must never change in a row: the row's new owner would be told of it, the old one not.
    """

    model: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of copy. `row` is its id in the production contract; `whose` names the argument whose value the
    `column` of its reads must hold."""

    row: str
    reads: tuple[Reads, ...]
    whose: str = "person"

    def ttl(self, name: str) -> int:
        """Seconds that a copy lives at most, by the environment."""
        return settings.CACHE_TTLS.get(name, settings.CACHE_DEFAULT_TTL)


# What a screen names: places, roles, people's names.
PLACES = (Reads("staff.Branch"), Reads("staff.Department"), Reads("staff.SubDepartment"), Reads("staff.Role"))
NAMES = (*PLACES, Reads("staff.Person"))
# Who may come in at all: their row, and whether their organisation is suspended.
DOOR = (Reads("staff.Person", "pk"), Reads("staff.Organisation"))
OWN_NOTICES = (Reads("notifications.Notification", "person_id"), Reads("staff.Person", "pk"))
# What was promised changes by publishing alone, and then for colleagues too: they stand on one another's shifts.
PROMISES = (Reads("roster.Publication"), Reads("roster.Assignment", "person_id"), *NAMES)
PLAN = (Reads("roster.Roster"), Reads("roster.Shift"), Reads("roster.Assignment"), Reads("roster.Publication"))
# A review names people, places and criteria; its scores are never written without the review itself.
REVIEWED = (Reads("reviews.Criterion"), *NAMES)

# What somebody is to hand in: asked for, or required of their role's category and missing.
WANTED = (
    Reads("staff.Document", "person_id"),
    Reads("staff.DocumentRequest", "person_id"),
    Reads("staff.RequiredDocument"),
    Reads("staff.Role"),
    Reads("staff.Person", "pk"),
)

ENTRIES: dict[str, Entry] = {
    "notifications": Entry("C06", OWN_NOTICES),
    "unread_count": Entry("C07", OWN_NOTICES),
    "schedule": Entry("C08", (*PROMISES, Reads("roster.ShiftTemplate"))),
    "dashboard": Entry("C09", (*OWN_NOTICES, *PLAN, *NAMES)),
    # Its share of the homes: nothing of a plan is counted there, and a plan changes much more often.
    "review_figures": Entry("C09", (Reads("reviews.Review"), *NAMES)),
    "paper_figures": Entry("C09", (Reads("staff.Document"), Reads("staff.RequiredDocument"), *NAMES)),
    "own_papers": Entry("C09", WANTED),
    "my_reviews": Entry("C10", (Reads("reviews.Review", "person_id"), *REVIEWED)),
    "reviews_of_staff": Entry("C11", (Reads("reviews.Review", "person_id"), *REVIEWED)),
    "reviews_by_manager": Entry("C12", (Reads("reviews.Review", "reviewer_id"), *REVIEWED), whose="reviewer"),
    "reference": Entry("C20", (*PLACES, Reads("roster.ShiftTemplate"), Reads("reviews.Criterion"))),
}
