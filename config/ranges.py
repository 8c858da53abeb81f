"""How far days and ids go; what lies outside is nobody's mistake to store."""

from datetime import date

# Inside them a week can be added or taken away without leaving the calendar.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
LARGEST_ID = 2**63 - 1  # PostgreSQL's bigint
