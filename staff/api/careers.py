"""Careers: changing one, leaving and coming back, the history with its salaries, and who opened what."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, IdOf, keyset_by, refuse_stale
from config.fields import Day
from config.schema import IF_MATCH
from staff import services
from staff.api.base import StaffSerializer
from staff.models import (
    AccessEntry,
    Branch,
    Clearance,
    Department,
    EmploymentEvent,
    Leaving,
    Person,
    Role,
    SubDepartment,
)
from staff.models.careers import LONGEST_REASON
from staff.roles import may, may_change_career, may_see_profile, may_see_salary, require
from staff.selectors.careers import BY_DAY
from staff.signin import user_of
from staff.visibility import visible_person

PLACES = ("role", "branch", "department", "sub_department")


class EventSerializer(serializers.ModelSerializer[EmploymentEvent]):
    """One event, with what stood before and after it. Answers to writes hold no salaries: they may be kept."""

    id = Id()
    person = Id(source="person_id")
    by = serializers.CharField(source="by.full_name", read_only=True, allow_null=True, default=None)
    decided_by = serializers.CharField(source="decided_by.full_name", read_only=True, allow_null=True, default=None)
    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()

    class Meta:
        model = EmploymentEvent
        fields = (
            "id", "person", "kind", "state", "effective_on", "reason", "outcome", "by", "at", "decided_by",
            "decided_at", "applied_at", "before", "after", "leaving", "clearance", "clearance_note",
        )  # fmt: skip
        read_only_fields = fields

    def get_before(self, event: EmploymentEvent) -> dict[str, str | None]:
        return self._standing(event, "before")

    def get_after(self, event: EmploymentEvent) -> dict[str, str | None]:
        return self._standing(event, "after")

    def _standing(self, event: EmploymentEvent, side: str) -> dict[str, str | None]:
        rows = {name: getattr(event, f"{name}_{side}") for name in PLACES}
        hours = getattr(event, f"contract_hours_{side}")
        shown = {name: str(row) if row else None for name, row in rows.items()}
        shown["contract_hours"] = None if hours is None else str(hours)
        if self.context.get("salaries"):
            salary = getattr(event, f"salary_{side}")
            shown["salary"] = None if salary is None else f"{salary:.2f}"
        return shown


class ChangeFields(serializers.Serializer[Any]):
    """What shall become of somebody; what is left out stays as it is."""

    role = IdOf(queryset=Role.objects.select_related("department", "sub_department"), required=False)
    branch = IdOf(queryset=Branch.objects.all(), allow_null=True, required=False)
    department = IdOf(queryset=Department.objects.all(), allow_null=True, required=False)
    sub_department = IdOf(queryset=SubDepartment.objects.all(), allow_null=True, required=False)
    contract_hours = serializers.DecimalField(
        max_digits=4, decimal_places=1, min_value=0, max_value=168, required=False, help_text="Hours a week."
    )
    salary = serializers.DecimalField(
        max_digits=14, decimal_places=2, required=False, help_text="A month, in the organisation's currency."
    )
    effective_on = Day(required=False, help_text="Today, if nothing is said; a later day comes about by itself.")
    reason = serializers.CharField(max_length=LONGEST_REASON, allow_blank=True, required=False, default="")


class LeavingFields(serializers.Serializer[Any]):
    """How somebody leaves."""

    leaving = serializers.ChoiceField(choices=Leaving.choices)
    reason = serializers.CharField(max_length=LONGEST_REASON)
    last_working_day = Day(required=False, help_text="Today, if nothing is said.")
    clearance = serializers.ChoiceField(choices=Clearance.choices, required=False)


class ReasonField(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")


class ClearanceFields(serializers.Serializer[Any]):
    """What somebody who leaves has given back."""

    clearance = serializers.ChoiceField(choices=Clearance.choices)
    note = serializers.CharField(max_length=300, allow_blank=True, required=False, default="")


class AccessEntrySerializer(serializers.ModelSerializer[AccessEntry]):
    """Somebody opened something of a person."""

    id = Id()
    by = serializers.CharField(source="by.full_name", read_only=True)

    class Meta:
        model = AccessEntry
        fields = ("id", "what", "by", "at")


class StaffChange(APIView):
    """Promotion, transfer and pay."""

    @extend_schema(request=ChangeFields, responses={201: EventSerializer}, parameters=[IF_MATCH])
    def post(self, request: Request, pk: int) -> Response:
        """Change somebody's career: at once, from a later day, or, by a Group Head, as a proposal.

        If-Match takes the ETag of `staff/{id}`. Sent twice, the second has nothing to change and answers 400.
        """
        user = user_of(request)
        person = visible_person(user, pk, hold=True)
        if not may_change_career(user, person):
            require(user, "change_careers")
        refuse_stale(request, StaffSerializer(person, context={"user": user}).data)
        given = _read(ChangeFields, request)
        day, reason = given.pop("effective_on", None), given.pop("reason")
        details = services.ChangeDetails(given, effective_on=day, reason=reason)
        return Response(_shown(services.change_career(person, details, by=user)), status=201)


class StaffTerminate(APIView):
    """Leaving."""

    @extend_schema(request=LeavingFields, responses={201: EventSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """End somebody's employment: their sessions and tokens end and their future shifts become open."""
        user = user_of(request)
        person = visible_person(user, pk)
        require(user, "end_employment")
        details = services.LeavingDetails(**_read(LeavingFields, request))
        return Response(_shown(services.terminate(person, details, by=user)), status=201)


class StaffRestore(APIView):
    """Coming back."""

    @extend_schema(request=ReasonField, responses={201: EventSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Undo somebody's leaving; what became open stays open."""
        user = user_of(request)
        person = visible_person(user, pk)
        require(user, "end_employment")
        return Response(_shown(services.restore(person, by=user, **_read(ReasonField, request))), status=201)


class StaffHistory(generics.ListAPIView[EmploymentEvent]):
    """A career, the latest first; with salaries for who may see them, whose look at another's is logged."""

    queryset = EmploymentEvent.objects.none()
    serializer_class = EventSerializer
    pagination_class = keyset_by(*BY_DAY)

    def get_queryset(self) -> QuerySet[EmploymentEvent]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        events = EmploymentEvent.objects.visible_to(user_of(self.request)).filter(person=self.person)
        return events.with_places() if self.salaries else events.with_places().without_salaries()

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The events of one person."""
        user = user_of(request)
        self.person = visible_person(user, kwargs["pk"])
        if not may_see_profile(user, self.person):
            require(user, "see_profiles")
        self.salaries = may_see_salary(user, self.person)
        if self.salaries:
            services.opened(self.person, "Salary", by=user)
        return super().get(request, *args, **kwargs)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "salaries": getattr(self, "salaries", False)}


class StaffAccessLog(generics.ListAPIView[AccessEntry]):
    """Who opened salary or papers of one person, the latest first."""

    queryset = AccessEntry.objects.none()
    serializer_class = AccessEntrySerializer
    pagination_class = keyset_by("-id")

    def get_queryset(self) -> QuerySet[AccessEntry]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        user = user_of(self.request)
        person = visible_person(user, self.kwargs["pk"])
        require(user, "see_access_log")
        return AccessEntry.objects.visible_to(user).filter(person=person).select_related("by")


class Changes(generics.ListAPIView[EmploymentEvent]):
    """What waits for a decision or for its day, the newest first."""

    queryset = EmploymentEvent.objects.none()
    serializer_class = EventSerializer
    pagination_class = keyset_by("-id")

    def get_queryset(self) -> QuerySet[EmploymentEvent]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        user = user_of(self.request)
        if not may(user, "propose_changes"):
            require(user, "see_salaries")
        return EmploymentEvent.objects.visible_to(user).open().with_places().without_salaries()


class ChangeApprove(APIView):
    """Deciding for a proposal."""

    @extend_schema(request=None, responses=EventSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Approve a proposal: it comes about at once, or on its day."""
        user = user_of(request)
        return Response(_shown(services.approve(_event(user, pk), by=user)))


class ChangeDecline(APIView):
    """Deciding against a proposal."""

    @extend_schema(request=ReasonField, responses=EventSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Decline a proposal; who made it is told."""
        user = user_of(request)
        event = _event(user, pk)
        require(user, "change_careers")
        return Response(_shown(services.decline(event, by=user, **_read(ReasonField, request))))


class ChangeWithdraw(APIView):
    """Taking back."""

    @extend_schema(request=None, responses=EventSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Withdraw one's own proposal, or for who decides a planned change."""
        user = user_of(request)
        return Response(_shown(services.withdraw(_event(user, pk), by=user)))


class Leavers(generics.ListAPIView[EmploymentEvent]):
    """Who has left or will, the latest first."""

    queryset = EmploymentEvent.objects.none()
    serializer_class = EventSerializer
    pagination_class = keyset_by(*BY_DAY)

    def get_queryset(self) -> QuerySet[EmploymentEvent]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        user = user_of(self.request)
        require(user, "see_profiles")
        return EmploymentEvent.objects.visible_to(user).leavings().with_places().without_salaries()


class LeaverClearance(APIView):
    """Clearance."""

    @extend_schema(request=ClearanceFields, responses=EventSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Say what somebody who leaves has given back."""
        user = user_of(request)
        event = _event(user, pk)
        require(user, "end_employment")
        given = _read(ClearanceFields, request)
        return Response(_shown(services.set_clearance(event, Clearance(given.pop("clearance")), by=user, **given)))


def _read(fields: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = fields(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _event(user: Person, pk: int) -> EmploymentEvent:
    events = EmploymentEvent.objects.visible_to(user).with_places().without_salaries()
    return get_object_or_404(events.select_related("person__role"), pk=pk)


def _shown(event: EmploymentEvent) -> dict[str, Any]:
    return EventSerializer(event).data
