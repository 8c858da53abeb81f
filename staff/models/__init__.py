"""Organisations, places, roles and people, and the audit log. Everything else in the product hangs from these."""

from staff.models.audit import AuditEntry, AuditHead, AuditKind, AuditLink, AuditOutcome
from staff.models.people import Person
from staff.models.places import Branch, Department, Organisation, Role, SubDepartment

__all__ = [
    "AuditEntry",
    "AuditHead",
    "AuditKind",
    "AuditLink",
    "AuditOutcome",
    "Branch",
    "Department",
    "Organisation",
    "Person",
    "Role",
    "SubDepartment",
]
