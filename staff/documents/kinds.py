"""The kinds of papers: fifteen about a person, three about a guarantor, and what is required before anybody says so."""

from __future__ import annotations

from django.db.models import TextChoices

from staff.roles import Category


class DocumentKind(TextChoices):
    WAEC = "waec", "WAEC certificate"
    NECO = "neco", "NECO certificate"
    JAMB = "jamb", "JAMB result"
    DEGREE = "degree", "Degree"
    DIPLOMA = "diploma", "Diploma"
    BIRTH_CERTIFICATE = "birth_certificate", "Birth certificate"
    NATIONAL_ID = "national_id", "National ID"
    PASSPORT = "passport", "Passport"
    DRIVING_LICENCE = "driving_licence", "Driving licence"
    VOTERS_CARD = "voters_card", "Voter’s card"
    NYSC = "nysc", "NYSC certificate"
    STATE_OF_ORIGIN = "state_of_origin", "State of origin certificate"
    LGA_CERTIFICATE = "lga_certificate", "LGA certificate"
    CV = "cv", "CV"
    COVER_LETTER = "cover_letter", "Cover letter"


class PaperKind(TextChoices):
    """What a guarantor hands in."""

    PASSPORT = "passport", "Passport"
    NATIONAL_ID = "national_id", "National ID"
    WORK_ID = "work_id", "Work ID"


# Of whom a category needs to be vouched for by how many.
GUARANTORS: dict[Category, int] = {Category.SENIOR_ADMIN: 2, Category.ADMIN: 2, Category.GENERAL: 1}

_EVERYBODY = (DocumentKind.NATIONAL_ID, DocumentKind.BIRTH_CERTIFICATE)
# What an organisation requires before Human Resource has set anything.
REQUIRED: dict[Category, tuple[DocumentKind, ...]] = {
    Category.GENERAL: _EVERYBODY,
    Category.ADMIN: (*_EVERYBODY, DocumentKind.CV),
    Category.SENIOR_ADMIN: (*_EVERYBODY, DocumentKind.CV, DocumentKind.DEGREE),
}
