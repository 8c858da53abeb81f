"""Organisations, places, roles and people, and how they sign in. Everything else in the product hangs from these."""

from staff.models.credentials import PastPassword, RecoveryCode, SecondFactor
from staff.models.letters import Letter, LetterKind, OneTimeLink
from staff.models.people import Person
from staff.models.places import Branch, Department, Organisation, Role, SecondStep, SubDepartment
from staff.models.sessions import Door, Session

__all__ = [
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
