"""The admin's sidebar: what managers turn to, in the order of their week, as far as the permission table lets them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from staff.models import Person
from staff.roles import may

# Stands in the table where a verb does: no role holds it, only a person who runs the installation.
OPERATORS = "operators only"

# title: (address, icon of Material Symbols, verb that shows it), by heading
MENU: dict[str, dict[str, tuple[str, str, str]]] = {
    "Week": {
        "Planner": ("planner", "calendar_month", "see_rosters"),
        "Rosters": ("admin:roster_roster_changelist", "view_week", "see_rosters"),
        "Shifts": ("admin:roster_shift_changelist", "schedule", "see_rosters"),
        "Assignments": ("admin:roster_assignment_changelist", "assignment_ind", "see_rosters"),
        "Publications": ("admin:roster_publication_changelist", "campaign", "see_rosters"),
    },
    "Reviews": {
        "The team’s week": ("reviews", "rate_review", "see_reviews"),
        "Reviews": ("admin:reviews_review_changelist", "star", "see_reviews"),
        "Criteria": ("admin:reviews_criterion_changelist", "checklist", "see_reviews"),
    },
    "People": {
        "People": ("admin:staff_person_changelist", "groups", "see_directory"),
        "Hire somebody": ("hiring", "person_add", "hire"),
        "Bring people in": ("admin:staff_person_import", "upload", "import_people"),
        "Changes waiting": ("changes", "pending_actions", "see_salaries"),
        "Staff report": ("staff-report", "bar_chart", "see_profiles"),
        "People who left": ("left", "person_off", "see_profiles"),
        "Employment events": ("admin:staff_employmentevent_changelist", "timeline", "see_profiles"),
        "Access log": ("admin:staff_accessentry_changelist", "visibility", "see_access_log"),
        "Security": ("risks", "shield", "read_audit"),
        "Audit log": ("admin:staff_auditentry_changelist", "policy", "read_audit"),
    },
    "Papers": {
        "Documents": ("admin:staff_document_changelist", "description", "see_papers"),
        "Requests": ("admin:staff_documentrequest_changelist", "outgoing_mail", "see_papers"),
        "Required by category": ("admin:staff_requireddocument_changelist", "rule", "see_papers"),
        "Many at once": ("admin:staff_document_bulk", "upload_file", "edit_people"),
        "Guarantors by number": ("guarantors-by-number", "person_search", "see_papers"),
    },
    "Privacy": {
        "Privacy notice": ("admin:staff_privacynotice_changelist", "gavel", "edit_people"),
        "Consents": ("admin:staff_consent_changelist", "thumbs_up_down", "edit_people"),
        "Erasures": ("admin:staff_erasure_changelist", "person_remove", "read_audit"),
    },
    "Places and roles": {
        "Branches": ("admin:staff_branch_changelist", "storefront", "see_directory"),
        "Departments": ("admin:staff_department_changelist", "category", "see_directory"),
        "Sub-departments": ("admin:staff_subdepartment_changelist", "account_tree", "see_directory"),
        "Roles": ("admin:staff_role_changelist", "badge", "see_directory"),
    },
    "Policy": {
        "Shift templates": ("admin:roster_shifttemplate_changelist", "more_time", "see_rosters"),
        "Work rules": ("admin:roster_workrule_changelist", "gavel", "see_rosters"),
    },
    "Installation": {
        "Organisations": ("organisations", "domain", OPERATORS),
        "Health": ("operations", "monitor_heart", "see_monitoring"),
        "Alerts": ("admin:monitoring_alert_changelist", "notifications_active", "see_monitoring"),
        "Alert rules": ("admin:monitoring_alertrule_changelist", "speed", "see_monitoring"),
        "Scheduled jobs": ("admin:monitoring_scheduledjob_changelist", "event_repeat", OPERATORS),
        "Job runs": ("admin:monitoring_jobrun_changelist", "history", OPERATORS),
    },
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups and links for the signed-in manager; a group without a link is left out."""
    user = request.user
    if not isinstance(user, Person):
        return []
    groups: list[dict[str, Any]] = []
    for heading, links in MENU.items():
        items = [
            {"title": title, "link": reverse(address), "icon": icon, "active": _is_here(request, reverse(address))}
            for title, (address, icon, verb) in links.items()
            if _shows(verb, user)
        ]
        if items:
            groups.append({"title": heading, "items": items, "separator": bool(groups)})
    return groups


def _shows(verb: str, user: Person) -> bool:
    return user.is_operator if verb == OPERATORS else may(user, verb)


def _is_here(request: HttpRequest, address: str) -> bool:
    """The list and its rows light up its link; a form below it that has a link of its own lights up only that."""
    below = {
        reverse(name) for name in ("admin:staff_person_add", "admin:staff_person_import", "admin:staff_document_bulk")
    }
    return request.path == address if below & {address, request.path} else request.path.startswith(address)
