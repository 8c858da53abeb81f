"""People in the admin: the directory for every manager, hiring within reach, editing by Human Resource."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import ForeignKey, Model, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.spreadsheets import CSV, XLSX
from staff.admin.base import ReachAdmin, ServiceForm, reached
from staff.admin.moving import export_of, import_page
from staff.admin.papers import PapersFilter
from staff.models import Person
from staff.roles import may, may_see_profile, reach_of
from staff.selectors.hiring import grantable_roles, places_to_hire_at
from staff.services import HireDetails, deactivate, edit_person, hire, reactivate
from staff.services.passwords import invite_again
from staff.services.second_factor import take_off
from staff.signin import user_of

MOST_CHOSEN = 200  # as many as an address can name
PLACES = ("branch", "department", "sub_department")
# What the table calls the directory entry, and what a personal profile adds to it.
DIRECTORY = ("employee_number", "first_name", "last_name", "phone", "role", *PLACES)
PROFILE = (
    "email",
    "personal_phone",
    "address",
    "date_of_birth",
    "gender",
    "hired_on",
    "left_on",
    "contract_hours",
    "is_active",
)
NEVER_TYPED = ("employee_number", "left_on", "is_active")
PERSONAL = ("first_name", "last_name", "email", "phone", "date_of_birth", "gender")
HIRING = (*PERSONAL, "role", *PLACES, "hired_on", "contract_hours")


class PersonForm(ServiceForm):
    """Hiring somebody, or editing them: which of the two, the row itself says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "gender" in self.fields:  # not where it is not theirs to see
            self.fields["gender"].required = False

    def clean_gender(self) -> str:
        """Nobody has to say."""
        return self.cleaned_data["gender"] or self.instance.gender

    def write(self) -> Model:
        if self.instance.pk:
            return edit_person(self.instance, self.cleaned_data, by=self.user)
        return hire(HireDetails(**self.cleaned_data), by=self.user)


@admin.register(Person)
class PersonAdmin(ReachAdmin):
    view_verb, add_verb, change_verb = "see_directory", "hire", "edit_people"
    form = PersonForm
    list_filter = (*reached("branch", "department"), "role__category", *reached("role"), "is_active", PapersFilter)
    list_select_related = ("role", "branch", "department", "sub_department")
    ordering = ("last_name", "first_name", "id")
    actions = (
        "export_csv",
        "export_xlsx",
        "ask_for_document",
        "take_access_away",
        "give_access_back",
        "invite_again",
        "take_second_step_off",
    )

    def get_urls(self) -> list[URLPattern]:
        bring = path("import/", self.admin_site.admin_view(import_page(self)), name="staff_person_import")
        return [bring, *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        # As many columns as a laptop shows whole; an e-mail address is found by searching, and stands on the person.
        shown = ("full_name", "employee_number", "role", "branch", "department")
        return (*shown, "is_active") if self._may(request, "see_profiles") else (*shown, "phone")

    def get_list_filter(self, request: HttpRequest) -> Any:
        needed = {"is_active": "see_profiles", PapersFilter: "see_papers"}
        return [entry for entry in self.list_filter if self._may(request, needed.get(entry, self.view_verb))]

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Whoever may not see an address may not find by it either."""
        names = ("first_name", "last_name", "employee_number")
        return (*names, "email") if self._may(request, "see_profiles") else names

    def has_edit_permission(self, request: HttpRequest) -> bool:
        """Who sees the actions."""
        return self.has_change_permission(request)

    def get_fields(self, request: HttpRequest, obj: Person | None = None) -> tuple[str, ...]:
        if obj is None:
            return HIRING
        user = request.user
        sees_profile = isinstance(user, Person) and may_see_profile(user, obj)
        shown = (*DIRECTORY, *PROFILE) if sees_profile else DIRECTORY
        return (*shown, "audit_log") if self._may(request, "read_audit") else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Person | None = None) -> tuple[str, ...]:
        return () if obj is None else (*NEVER_TYPED, "audit_log")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A manager hires where they stand themselves, and mostly for today."""
        here = {name.removesuffix("_id"): pk for name, pk in reach_of(user_of(request)).places.items()}
        return {"hired_on": timezone.localdate(), **here, **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles that the user may grant, and while hiring only the places that they reach."""
        user = user_of(request)
        if db_field.name == "role":
            kwargs["queryset"] = grantable_roles(user)
        elif not may(user, "hire_anyone"):
            kwargs["queryset"] = places_to_hire_at(user, db_field.name)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="name", ordering="last_name")
    def full_name(self, person: Person) -> str:
        return person.full_name

    @admin.display(description="history")
    def audit_log(self, person: Person) -> SafeString:
        address = reverse("admin:staff_auditentry_changelist")
        link = '<a class="audit-link" href="{}?person={}&amp;day=all">What was done to {}</a>'
        return format_html(link, address, person.pk, person)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who sees the two ways out."""
        return self._may(request, "export_people")

    @admin.action(description="Export as CSV", permissions=["export"])
    def export_csv(self, request: HttpRequest, people: QuerySet[Person]) -> FileResponse:
        return export_of(request, people, CSV)

    @admin.action(description="Export as XLSX", permissions=["export"])
    def export_xlsx(self, request: HttpRequest, people: QuerySet[Person]) -> FileResponse:
        return export_of(request, people, XLSX)

    @admin.action(description="Ask for a document", permissions=["edit"])
    def ask_for_document(self, request: HttpRequest, people: QuerySet[Person]) -> HttpResponse | None:
        """On to the form that asks, for those who are chosen here."""
        chosen = list(people.values_list("pk", flat=True)[: MOST_CHOSEN + 1])
        if len(chosen) > MOST_CHOSEN:
            self.tell(request, "", [f"Choose {MOST_CHOSEN} people at most, or ask a whole branch under Requests."])
            return None
        query = urlencode({"people": "-".join(map(str, chosen))})
        return redirect(f"{reverse('admin:staff_documentrequest_add')}?{query}")

    @admin.action(description="Take access away", permissions=["edit"])
    def take_access_away(self, request: HttpRequest, people: QuerySet[Person]) -> None:
        user = user_of(request)
        self.each(request, people, lambda person: deactivate(person, by=user), "can no longer sign in")

    @admin.action(description="Give access back", permissions=["edit"])
    def give_access_back(self, request: HttpRequest, people: QuerySet[Person]) -> None:
        user = user_of(request)
        self.each(request, people, lambda person: reactivate(person, by=user), "may sign in again")

    @admin.action(description="Send the link to a first password again", permissions=["edit"])
    def invite_again(self, request: HttpRequest, people: QuerySet[Person]) -> None:
        user = user_of(request)
        self.each(request, people, lambda person: invite_again(person, by=user), "invited again")

    @admin.action(description="Take off a lost second step", permissions=["edit"])
    def take_second_step_off(self, request: HttpRequest, people: QuerySet[Person]) -> None:
        user = user_of(request)
        self.each(request, people, lambda person: take_off(person, by=user), "may sign in by the password alone")
