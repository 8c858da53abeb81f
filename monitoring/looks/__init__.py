"""The looks behind CHECKS (monitoring/checks.py): at the servers, at the machine, at the product's own work."""

from monitoring.looks.site import Seen, Site, State, well

__all__ = ["Seen", "Site", "State", "well"]
