"""Organisations, places, roles and people, how they sign in, and the audit log. Everything else hangs from these."""

from staff.models.audit import AuditEntry, AuditHead, AuditKind, AuditLink, AuditOutcome
from staff.models.credentials import PastPassword, RecoveryCode, SecondFactor
from staff.models.letters import Letter, LetterKind, OneTimeLink
from staff.models.people import Person
from staff.models.places import Branch, Department, Organisation, Role, SecondStep, SubDepartment
from staff.models.sessions import Door, Session

__all__ = [
    "AuditEntry",
    "AuditHead",
    "AuditKind",
    "AuditLink",
    "AuditOutcome",
    "Branch",
    "Department",
    "Door",
    "Letter",
    "LetterKind",
    "OneTimeLink",
    "Organisation",
    "PastPassword",
    "Person",
    "RecoveryCode",
    "Role",
    "SecondFactor",
    "SecondStep",
    "Session",
    "SubDepartment",
]
