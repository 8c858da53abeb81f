"""Organisations, places, roles, people and what belongs to them. Everything else in the product hangs from these."""

from staff.models.access import AccessEntry
from staff.models.audit import AuditEntry, AuditHead, AuditKind, AuditLink, AuditOutcome
from staff.models.background import Education, Experience
from staff.models.careers import Clearance, EmploymentEvent, Kind, Leaving, Standing, State
from staff.models.credentials import PastPassword, RecoveryCode, SecondFactor
from staff.models.hiring import HiringDraft
from staff.models.letters import Letter, LetterKind, OneTimeLink
from staff.models.papers import Document, DocumentRequest, Guarantor, GuarantorPaper, NextOfKin, RequiredDocument
from staff.models.people import Gender, Person
from staff.models.places import Branch, Department, Organisation, Role, SecondStep, SubDepartment
from staff.models.privacy import Consent, ConsentKind, Erasure, PrivacyNotice
from staff.models.security import SecurityAlarm, SecurityEvent, SecurityKind, SecurityMute
from staff.models.sessions import Door, Session
from staff.models.visits import Visit

__all__ = [
    "AccessEntry",
    "AuditEntry",
    "AuditHead",
    "AuditKind",
    "AuditLink",
    "AuditOutcome",
    "Branch",
    "Clearance",
    "Consent",
    "ConsentKind",
    "Department",
    "Document",
    "DocumentRequest",
    "Door",
    "Education",
    "EmploymentEvent",
    "Erasure",
    "Experience",
    "Gender",
    "Guarantor",
    "GuarantorPaper",
    "HiringDraft",
    "Kind",
    "Leaving",
    "Letter",
    "LetterKind",
    "NextOfKin",
    "OneTimeLink",
    "Organisation",
    "PastPassword",
    "Person",
    "PrivacyNotice",
    "RecoveryCode",
    "RequiredDocument",
    "Role",
    "SecondFactor",
    "SecondStep",
    "SecurityAlarm",
    "SecurityEvent",
    "SecurityKind",
    "SecurityMute",
    "Session",
    "Standing",
    "State",
    "SubDepartment",
    "Visit",
]
