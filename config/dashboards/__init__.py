"""What each role comes to: the homes, and the same numbers for the API."""

from config.dashboards.homes import general_home, manager_home, operator_home, visitor_home
from config.dashboards.numbers import GENERAL, NUMBERS, OPERATOR, Facts, column, facts_for_numbers, stats_of

__all__ = [
    "GENERAL",
    "NUMBERS",
    "OPERATOR",
    "Facts",
    "column",
    "facts_for_numbers",
    "general_home",
    "manager_home",
    "operator_home",
    "stats_of",
    "visitor_home",
]
