"""Rosters in the admin: read within reach, with the planner's own verbs as actions; templates and work rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Count, Model, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from config.errors import Refused
from roster.models import Assignment, Publication, Roster, Shift, ShiftTemplate, WorkRule
from roster.services import copy_week, delete_shift, open_roster, publish, unassign
from roster.services.policy import add_work_rule, change_work_rule
from roster.services.templates import add_template, change_template
from roster.times import span_label
from staff.admin.base import ReachAdmin, ServiceForm, reached
from staff.models import Person
from staff.roles import reach_of
from staff.signin import user_of

WEEK = timedelta(days=7)
PLACES = ("branch", "department", "sub_department")


class WeekFilter(admin.SimpleListFilter):
    """One week at a time unless asked for more: the rows of years would only be counted."""

    title, parameter_name = "week", "week"
    field: ClassVar[str]
    weeks: ClassVar[dict[str, tuple[str, int | None]]] = {
        "last": ("Last week", -1),
        "this": ("This week", 0),
        "next": ("Next week", 1),
        "after": ("The week after next", 2),
        "all": ("All weeks", None),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _) in self.weeks.items()]

    def value(self) -> str:
        given = super().value()
        return given if given in self.weeks else "this"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        number = self.weeks[self.value()][1]
        if number is None:
            return queryset
        day = timezone.localdate() + number * WEEK
        # Branches begin their weeks on different days, so the week is the one that holds the day.
        return queryset.filter(**{f"{self.field}__gt": day - WEEK, f"{self.field}__lte": day})

    def choices(self, changelist: Any) -> Any:
        for name, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: name})
            yield {"selected": self.value() == name, "query_string": query, "display": label}


class OfRoster(WeekFilter):
    field = "week_start"


class OfShift(WeekFilter):
    field = "roster__week_start"


class OfAssignment(WeekFilter):
    field = "shift__roster__week_start"


class RosterRows(ReachAdmin):
    """Rows of the plan: seen by who sees rosters, changed by the planner's verbs only."""

    view_verb = "see_rosters"
    list_per_page = 100

    def has_plan_permission(self, request: HttpRequest) -> bool:
        """Who sees the actions; whose roster it is, the service asks."""
        return self._may(request, "plan_rosters")


@admin.register(Roster)
class RosterAdmin(RosterRows):
    list_display = ("team", "week_start", "state", "shifts", "open_shifts", "planner")
    list_filter = (OfRoster, *reached("branch", "department"))
    list_select_related = (*PLACES, "published_by")
    search_fields = ("branch__name", "department__name", "sub_department__name")
    fields = (*PLACES, "week_start", "revision", "published_at", "published_by")
    actions = ("publish_chosen", "copy_to_next_week")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Roster]:
        standing = Shift.objects.standing().filter(roster=OuterRef("pk")).order_by().values("roster")
        held = Q(assignments__isnull=False, assignments__removed_at=None)
        return (
            super()
            .get_queryset(request)
            .annotate(
                shift_count=Coalesce(Subquery(standing.annotate(n=Count("pk", distinct=True)).values("n")), 0),
                filled=Coalesce(Subquery(standing.filter(held).annotate(n=Count("pk", distinct=True)).values("n")), 0),
            )
        )

    @admin.display(ordering="branch__name")
    def team(self, roster: Roster) -> str:
        return roster.team

    @admin.display(ordering="revision")
    def state(self, roster: Roster) -> str:
        return f"Published, revision {roster.revision}" if roster.is_published else "Draft"

    @admin.display(ordering="shift_count")
    def shifts(self, roster: Any) -> int:
        return int(roster.shift_count)

    @admin.display(description="open")
    def open_shifts(self, roster: Any) -> int:
        return int(roster.shift_count - roster.filled)

    @admin.display(description="planner")
    def planner(self, roster: Roster) -> str:
        place = {"branch": roster.branch_id, "department": roster.department_id, "week": roster.week_start}
        return format_html('<a href="{}?{}">Open in the planner</a>', reverse("planner"), urlencode(place))

    @admin.action(description="Publish", permissions=["plan"])
    def publish_chosen(self, request: HttpRequest, rosters: QuerySet[Roster]) -> None:
        """All of them or none, as the planner's button does."""
        try:
            published = publish(list(rosters), by=user_of(request))
        except Refused as refused:
            self.tell(request, "", [refused.sentence])
            return
        told = f"Published. Changes: {published.total}, people told: {published.people}."
        self.tell(request, told if published.total else "Nothing had changed since: nobody is told.")

    @admin.action(description="Copy into the week after", permissions=["plan"])
    def copy_to_next_week(self, request: HttpRequest, rosters: QuerySet[Roster]) -> None:
        user = user_of(request)
        self.each(request, rosters, lambda roster: _copy(roster, user), "copied into the week after, as drafts")


def _copy(roster: Roster, user: Person) -> None:
    team = (roster.branch, roster.department, roster.sub_department)
    copy_week(roster, open_roster(*team, roster.week_start + WEEK, by=user), by=user)


@admin.register(Shift)
class ShiftAdmin(RosterRows):
    list_display = ("day", "hours_label", "team", "role", "person", "state", "note")
    list_filter = (OfShift, *reached("branch", "department", "role"))
    list_select_related = (*PLACES, "role")
    search_fields = ("note", "role__name")
    ordering = ("starts_at", "id")
    fields = (
        "roster",
        *PLACES,
        "role",
        "date",
        "hours_label",
        "break_minutes",
        "note",
        "person",
        "state",
        "changed_by",
    )
    readonly_fields = ("hours_label", "person", "state")
    actions = ("cancel", "leave_open")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shift]:
        held = Prefetch("assignments", Assignment.objects.active().select_related("person"), to_attr="held")
        page = (
            super()
            .get_queryset(request)
            .select_related("roster", "department", "changed_by", *self.list_select_related)
        )
        return page.prefetch_related(held)

    @admin.display(ordering="date")
    def day(self, shift: Shift) -> str:
        return f"{shift.date:%a %d %b %Y}"

    @admin.display(ordering="branch__name")
    def team(self, shift: Shift) -> str:
        return f"{shift.branch}, {shift.sub_department or shift.department}"

    @admin.display(description="hours", ordering="starts_at")
    def hours_label(self, shift: Shift) -> str:
        return shift.hours_label

    @admin.display(description="given to")
    def person(self, shift: Any) -> str:
        return str(shift.held[0].person) if shift.held else ""

    @admin.display(description="state")
    def state(self, shift: Any) -> str:
        if shift.cancelled_at:
            return "Cancelled"
        return "Given" if shift.held else "Open"

    @admin.action(description="Cancel", permissions=["plan"])
    def cancel(self, request: HttpRequest, shifts: QuerySet[Shift]) -> None:
        """A draft goes; a published shift is cancelled, and people hear of it when the roster is published again."""
        user = user_of(request)
        self.each(request, shifts, lambda shift: delete_shift(shift, by=user, version=shift.version), "cancelled")

    @admin.action(description="Leave open", permissions=["plan"])
    def leave_open(self, request: HttpRequest, shifts: QuerySet[Shift]) -> None:
        user = user_of(request)
        self.each(request, shifts, lambda shift: unassign(shift, by=user, version=shift.version), "left open")


@admin.register(Assignment)
class AssignmentAdmin(RosterRows):
    list_display = ("person", "day", "planned", "promised", "branch", "override_reason")
    list_filter = (OfAssignment, *reached("shift__branch", "shift__department"))
    list_select_related = ("person", "shift__branch")
    search_fields = ("person__first_name", "person__last_name", "person__employee_number")
    fields = ("person", "shift", "planned", "promised", "override_reason", "created_by", "created_at", "removed_at")
    readonly_fields = ("planned", "promised")
    ordering = ("shift__starts_at", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assignment]:
        """Of the teams that the user reaches: one's own schedule has its own page."""
        return Assignment.objects.filter(reach_of(user_of(request)).over_places("shift__"))

    @admin.display(ordering="shift__date")
    def day(self, assignment: Assignment) -> str:
        return f"{assignment.shift.date:%a %d %b %Y}"

    @admin.display(ordering="shift__starts_at")
    def planned(self, assignment: Assignment) -> str:
        return "taken back" if assignment.removed_at else assignment.shift.hours_label

    @admin.display(description="published as")
    def promised(self, assignment: Assignment) -> str:
        starts, ends = assignment.published_starts_at, assignment.published_ends_at
        return span_label(starts, ends, assignment.shift.branch.zone) if starts and ends else ""

    @admin.display()
    def branch(self, assignment: Assignment) -> str:
        return assignment.shift.branch.name


@admin.register(Publication)
class PublicationAdmin(RosterRows):
    list_display = ("roster", "revision", "at", "by", "added", "changed", "cancelled", "people")
    list_filter = reached("roster__branch", "roster__department")
    list_select_related = ("roster__branch", "roster__department", "roster__sub_department", "by")
    fields = list_display
    ordering = ("-at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Publication]:
        return Publication.objects.filter(reach_of(user_of(request)).over_places("roster__"))


class TemplateForm(ServiceForm):
    def write(self) -> Model:
        if self.instance.pk:
            return change_template(self.instance, self.cleaned_data, by=self.user)
        return add_template(self.cleaned_data, by=self.user)


@admin.register(ShiftTemplate)
class ShiftTemplateAdmin(ReachAdmin):
    view_verb, add_verb, change_verb = "see_rosters", "set_work_rules", "set_work_rules"
    form = TemplateForm
    fields = ("name", "starts", "ends", "break_minutes", "is_active")
    list_display = fields
    list_filter = ("is_active",)
    search_fields = ("name",)


class WorkRuleForm(ServiceForm):
    def write(self) -> Model:
        if self.instance.pk:
            return change_work_rule(self.instance, self.cleaned_data, by=self.user)
        return add_work_rule(self.cleaned_data, by=self.user)


@admin.register(WorkRule)
class WorkRuleAdmin(ReachAdmin):
    view_verb, add_verb, change_verb = "see_rosters", "set_work_rules", "set_work_rules"
    form = WorkRuleForm
    fields = ("kind", "level", "limit", "branch", "starts_on", "ends_on")
    list_display = fields
    list_filter = ("kind", "level", *reached("branch"))
    list_select_related = ("branch",)
    autocomplete_fields = ("branch",)
