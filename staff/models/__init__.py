"""Organisations, places, roles, people and their careers. Everything else in the product hangs from these."""

from staff.models.access import AccessEntry, Opened
from staff.models.careers import Clearance, EmploymentEvent, Kind, Leaving, Standing, State
from staff.models.people import Person
from staff.models.places import Branch, Department, Organisation, Role, SubDepartment

__all__ = [
    "AccessEntry",
    "Branch",
    "Clearance",
    "Department",
    "EmploymentEvent",
    "Kind",
    "Leaving",
    "Opened",
    "Organisation",
    "Person",
    "Role",
    "Standing",
    "State",
    "SubDepartment",
]
