"""What the screens of people show, named by noun in the modules. Nothing here writes."""

from staff.selectors.careers import (
    CareerNow,
    access_log,
    career_of,
    history,
    leavers,
    open_changes,
    salary_page,
)
from staff.selectors.people import (
    BY_NAME,
    Account,
    Card,
    Link,
    PersonPage,
    Section,
    Team,
    Wanted,
    account,
    people_wanted,
    person_page,
    places_to_choose,
    team,
)

__all__ = [
    "BY_NAME",
    "Account",
    "Card",
    "CareerNow",
    "Link",
    "PersonPage",
    "Section",
    "Team",
    "Wanted",
    "access_log",
    "account",
    "career_of",
    "history",
    "leavers",
    "open_changes",
    "people_wanted",
    "person_page",
    "places_to_choose",
    "salary_page",
    "team",
]
