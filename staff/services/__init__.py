"""What can be done with people and places: the only writers, one function per verb, named by noun in the modules."""

from staff.services import audit
from staff.services.access import opened
from staff.services.careers import (
    ChangeDetails,
    apply_due,
    approve,
    change_career,
    decline,
    drafted_change,
    withdraw,
)
from staff.services.hiring import HireDetails, check_hires, hire, hire_many
from staff.services.leaving import LeavingDetails, drafted_leaving, restore, set_clearance, terminate
from staff.services.people import (
    deactivate,
    edit_own,
    edit_person,
    end_all_sessions,
    end_tokens,
    reactivate,
    record_login,
)
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
    "ChangeDetails",
    "HireDetails",
    "LeavingDetails",
    "add_branch",
    "add_department",
    "add_role",
    "add_sub_department",
    "apply_due",
    "approve",
    "audit",
    "change_branch",
    "change_career",
    "change_department",
    "change_role",
    "change_sub_department",
    "check_hires",
    "deactivate",
    "decline",
    "drafted_change",
    "drafted_leaving",
    "edit_own",
    "edit_person",
    "end_all_sessions",
    "end_tokens",
    "hire",
    "hire_many",
    "opened",
    "reactivate",
    "record_login",
    "restore",
    "set_clearance",
    "terminate",
    "withdraw",
]
