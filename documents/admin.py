"""Requests in the admin: what was asked of whom, and asking many at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanWidget

from config.errors import Refused
from config.ranges import LARGEST_ID
from documents.services import request_documents
from staff.admin.base import ByState, ReachAdmin, ServiceForm, reached
from staff.documents.kinds import DocumentKind
from staff.models import Branch, Department, DocumentRequest, Person
from staff.roles import Category
from staff.selectors.papers import without_valid
from staff.services.requests import withdraw_request
from staff.signin import user_of

STATES = {
    "open": {"answered_at__isnull": True, "withdrawn_at__isnull": True},
    "answered": {"answered_at__isnull": False},
    "withdrawn": {"withdrawn_at__isnull": False},
}


class RequestForm(ServiceForm):
    """Whom to ask: those who were chosen in the list of people, else everybody of a branch, department or category."""

    people = forms.CharField(required=False, widget=forms.HiddenInput)
    branch = forms.ModelChoiceField(
        Branch.objects.all(), required=False, empty_label="Every branch", widget=UnfoldAdminSelectWidget
    )
    department = forms.ModelChoiceField(
        Department.objects.all(), required=False, empty_label="Every department", widget=UnfoldAdminSelectWidget
    )
    category = forms.ChoiceField(
        choices=[("", "Every category"), *Category.choices], required=False, widget=UnfoldAdminSelectWidget
    )
    only_lacking = forms.BooleanField(
        label="Only those who have no valid one", required=False, initial=True, widget=UnfoldBooleanWidget
    )

    def write(self) -> Model:
        given = self.cleaned_data
        people = self._people()
        kind = DocumentKind(given["kind"])
        self.number = request_documents(people, kind, due_on=given["due_on"], message=given["message"], by=self.user)
        if not self.number:
            raise Refused(f"Everybody whom this would reach has handed it in or is asked already: {kind.label}.")
        return self.instance

    def _people(self) -> QuerySet[Person]:
        given, today = self.cleaned_data, timezone.localdate()
        people = Person.objects.employed(today).filter(is_active=True)
        chosen = [int(pk) for pk in given["people"].split("-") if pk.isascii() and pk.isdigit() and len(pk) < 19]
        if given["people"]:
            people = people.filter(pk__in=[pk for pk in chosen if pk <= LARGEST_ID])
        wanted = {"branch": given["branch"], "department": given["department"], "role__category": given["category"]}
        people = people.filter(**{name: value for name, value in wanted.items() if value})
        return without_valid(people, given["kind"], today) if given["only_lacking"] else people


class StateFilter(ByState):
    """Where a request stands."""

    states = STATES


@admin.register(DocumentRequest)
class DocumentRequestAdmin(ReachAdmin):
    """Asking is adding here: one form makes a request for each person, and tells them."""

    view_verb, add_verb = "see_papers", "edit_people"
    form = RequestForm
    list_display = ("person", "kind", "due_on", "state", "asked_by")
    list_filter = (StateFilter, "kind", *reached("person__branch"))
    list_select_related = ("person", "asked_by")
    search_fields = ("person__first_name", "person__last_name", "person__employee_number")
    ordering = ("due_on", "id")
    actions = ("withdraw",)

    def get_fields(self, request: HttpRequest, obj: DocumentRequest | None = None) -> tuple[str, ...]:
        if obj is not None:
            return ("person", "kind", "due_on", "message", "asked_by", "asked_at", "state")
        where = ("people",) if request.GET.get("people") else ("people", "branch", "department", "category")
        return (*where, "only_lacking", "kind", "due_on", "message")

    def get_readonly_fields(self, request: HttpRequest, obj: DocumentRequest | None = None) -> tuple[str, ...]:
        return () if obj is None else ("asked_by", "asked_at", "state")

    def has_keep_permission(self, request: HttpRequest) -> bool:
        """Who sees the action."""
        return self.has_add_permission(request)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The requests themselves say who asked, and when."""

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:staff_documentrequest_changelist")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        number = form.number
        self.tell(request, f"{number} {'person is' if number == 1 else 'people are'} asked, and told so.")

    @admin.display(description="state")
    def state(self, row: DocumentRequest) -> str:
        if row.answered_at:
            return "Answered"
        if row.withdrawn_at:
            return "Withdrawn"
        return "Late" if row.due_on < timezone.localdate() else "Open"

    @admin.action(description="Ask no more", permissions=["keep"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[DocumentRequest]) -> None:
        user = user_of(request)
        self.each(request, rows, lambda row: withdraw_request(row, by=user), "withdrawn")
