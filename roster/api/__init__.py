"""The endpoints of rosters, shifts and one's own schedule."""
