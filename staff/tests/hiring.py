"""What tests of hiring type, and how they walk through the steps."""

from __future__ import annotations

from typing import Any

from config import tenancy
from config.testing import ACE
from staff.models import Education, Experience, HiringDraft, Person
from staff.services import drafts
from staff.services.background import add_background
from staff.services.papers import Upload
from staff.services.pictures import set_picture
from staff.tests.files import picture

KIN = {"name": "Ifeoma Nwosu", "relationship": "Mother", "phone": "0803 555 0142"}
GUARANTOR = {"name": "Tunde Alao", "phone": "0805 555 0177", "identity_number": "71234567890"}
SCHOOL = {"institution": "Ibadan Grammar School", "qualification": "WAEC", "begun_on": "2010-09-01"}
WORK = {"employer": "Mokola Stores", "position": "Cashier", "why_left": "The shop closed"}


def basics(person: Person, **more: Any) -> dict[str, str]:
    """Somebody new on this person's team, in their role."""
    return {
        "first_name": "Bisi", "last_name": "Alade", "email": "bisi.alade@acemall.example",
        "role": str(person.role_id), "branch": str(person.branch_id), "department": str(person.department_id),
        "sub_department": "", "hired_on": "2026-01-05", "contract_hours": "40", "phone": "", "personal_phone": "",
        "address": "", "date_of_birth": "", **more,
    }  # fmt: skip


def row(details: dict[str, str], number: int = 0) -> dict[str, str]:
    """A row of a step, as the page sends it."""
    return {f"{number}-{name}": value for name, value in details.items()}


def make_draft(by: Person, **content: Any) -> HiringDraft:
    """A draft with these steps typed."""
    with tenancy.organisation(by.organisation_id):
        return drafts.keep_steps(drafts.begin(by=by), content, by=by)


def make_background(person: Person, by: Person) -> dict[str, int]:
    """A row of each kind about this person, by the names of the models; and a picture."""
    school = add_background(Education, person, {"institution": "Ibadan Grammar School", "qualification": "WAEC"}, by=by)
    set_picture(person, Upload("me.jpg", picture()), by=by)
    work = add_background(Experience, person, {"employer": "Mokola Stores", "position": "Cashier"}, by=by)
    return {"education": school.pk, "experience": work.pk}


def drafts_left() -> int:
    with tenancy.organisation(ACE):
        return HiringDraft.objects.count()
