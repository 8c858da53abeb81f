"""Organisations, places, roles and people. Everything else in the product hangs from these."""

from staff.models.access import AccessEntry
from staff.models.papers import Document, DocumentRequest, Guarantor, GuarantorPaper, NextOfKin, RequiredDocument
from staff.models.people import Person
from staff.models.places import Branch, Department, Organisation, Role, SubDepartment

__all__ = [
    "AccessEntry",
    "Branch",
    "Department",
    "Document",
    "DocumentRequest",
    "Guarantor",
    "GuarantorPaper",
    "NextOfKin",
    "Organisation",
    "Person",
    "RequiredDocument",
    "Role",
    "SubDepartment",
]
