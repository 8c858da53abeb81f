"""Organisations, places, roles and people. Everything else in the product hangs from these."""

from staff.models.people import Person
from staff.models.places import Branch, Department, Organisation, Role, SubDepartment

__all__ = ["Branch", "Department", "Organisation", "Person", "Role", "SubDepartment"]
