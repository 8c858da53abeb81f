"""What can be done with people and places: the only writers, one function per verb, named by noun in the modules."""

from staff.services import audit
from staff.services.hiring import HireDetails, check_hires, hire, hire_many
from staff.services.people import deactivate, edit_own, edit_person, end_tokens, reactivate, record_login
from staff.services.places import (
    add_branch,
    add_department,
    add_role,
    add_sub_department,
    change_branch,
    change_department,
    change_role,
    change_sub_department,
)

__all__ = [
    "HireDetails",
    "add_branch",
    "add_department",
    "add_role",
    "add_sub_department",
    "audit",
    "change_branch",
    "change_department",
    "change_role",
    "change_sub_department",
    "check_hires",
    "deactivate",
    "edit_own",
    "edit_person",
    "end_tokens",
    "hire",
    "hire_many",
    "reactivate",
    "record_login",
]
