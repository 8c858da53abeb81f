"""What the screens of people show. Nothing here writes."""

from staff.selectors.people import (
    BY_NAME,
    Account,
    Card,
    PersonPage,
    Section,
    Tab,
    Team,
    Wanted,
    account,
    card,
    people_wanted,
    person_page,
    places_to_choose,
    tabs_of,
    team,
)

__all__ = [
    "BY_NAME",
    "Account",
    "Card",
    "PersonPage",
    "Section",
    "Tab",
    "Team",
    "Wanted",
    "account",
    "card",
    "people_wanted",
    "person_page",
    "places_to_choose",
    "tabs_of",
    "team",
]
