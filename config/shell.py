"""The frame around every page: who is here, where they may go, what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from notifications.selectors import unread_count
from staff.models import Person
from staff.roles import VISITOR, column_of, may
from staff.selectors import photo_of

THEMES, DENSITIES = {"light", "dark"}, {"comfortable", "compact"}
HOME, SCHEDULE, PLANNER, INBOX, TEAM = "/", "/schedule/", "/planner/", "/notifications/", "/team/"
REVIEWS, REPORTS, HEALTH, SECURITY = "/reviews/", "/reports/", "/operations/", "/security/"
ACCOUNT, ADMIN = "/account/", "/admin/"


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place in the navigation. `wide` ones have no room on a phone's bar."""

    url: str
    icon: str
    label: str
    badge: int = 0
    current: bool = False
    wide: bool = False


class Shell:
    """What the frame shows of a person. Reads nothing until a template asks: at most two queries."""

    account_url, notifications_url = ACCOUNT, INBOX

    def __init__(self, person: Person, path: str) -> None:
        self.person, self.path = person, path

    @cached_property
    def organisation_name(self) -> str:
        return self.person.organisation.name

    @property
    def is_visit(self) -> bool:
        """Whether this is an operator who visits: they have no inbox and no account here."""
        return column_of(self.person.role) == VISITOR

    @cached_property
    def unread(self) -> int:
        return unread_count(self.person)

    @property
    def place(self) -> str:
        """The branch; for somebody without one, what they are."""
        return self.person.branch.name if self.person.branch else self.person.role.name

    @property
    def initials(self) -> str:
        return self.person.initials

    @property
    def photo_url(self) -> str:
        return photo_of(self.person)

    @property
    def person_name(self) -> str:
        return self.person.full_name

    @cached_property
    def nav(self) -> list[NavItem]:
        """Where this person may go. A phone's bar has room for five."""
        if self.is_visit:
            shown = ((HOME, "home", "Home"), (PLANNER, "planner", "Planner"), (TEAM, "team", "People"))
            return [self._marked(NavItem(*item)) for item in shown]
        plans, directory = may(self.person, "see_rosters"), may(self.person, "see_directory")
        places = [
            (True, NavItem(HOME, "home", "Home")),
            (plans, NavItem(PLANNER, "planner", "Planner")),
            (True, NavItem(SCHEDULE, "calendar", "Schedule")),
            (True, NavItem(INBOX, "inbox", "Inbox", badge=self.unread)),
            (directory, NavItem(TEAM, "team", "People", wide=True)),
            # General staff have room for it on a phone.
            (True, NavItem(REVIEWS, "star", "Reviews", wide=plans)),
            (may(self.person, "see_profiles"), NavItem(REPORTS, "chart", "Reports", wide=True)),
            (may(self.person, "read_audit"), NavItem(SECURITY, "lock", "Security", wide=True)),
            (may(self.person, "see_monitoring"), NavItem(HEALTH, "pulse", "Health", wide=True)),
            (self.person.is_staff, NavItem(ADMIN, "server", "Admin", wide=True)),
            (True, NavItem(ACCOUNT, "user", "Me")),
        ]
        return [self._marked(item) for is_open, item in places if is_open]

    def _marked(self, item: NavItem) -> NavItem:
        here = self.path == item.url if item.url == HOME else self.path.startswith(item.url)
        return NavItem(item.url, item.icon, item.label, item.badge, current=here, wide=item.wide)
