"""Shifts of the plan, and who works them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, IdOf
from config.errors import Invalid
from config.fields import Day, DayFilter, IdFilter
from config.idempotency import HEADER, idempotent
from roster import services
from roster.api.base import (
    BranchTime,
    InShort,
    PersonInShort,
    version_of,
)
from roster.entry import LONGEST_BREAK, Hours, read_hours
from roster.models import Assignment, Roster, Shift
from roster.rules import BLOCK, INFO, WARN
from roster.services.shifts import NewShift, Saved, hours_of
from staff.models import Person, Role
from staff.roles import require
from staff.signin import user_of

LEVELS = [(level, level) for level in (BLOCK, WARN, INFO)]
STATES = [(state, state) for state in ("open", "draft", "published", "changed", "cancelled")]
CLOCK = ["%H:%M"]
VERSION = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The version that the client saw."
)


class ShiftSerializer(serializers.Serializer[Any]):
    """A shift of the plan; times carry the offset of its branch."""

    id = Id()
    roster = Id(source="roster_id")
    branch = InShort(read_only=True)
    department = InShort(read_only=True)
    sub_department = InShort(read_only=True, allow_null=True)
    role = InShort(read_only=True, allow_null=True)
    date = serializers.DateField(read_only=True, help_text="The branch's day on which it starts.")
    starts_at = BranchTime(read_only=True)
    ends_at = BranchTime(read_only=True)
    hours_label = serializers.CharField(read_only=True, help_text="22:00–06:00 +1")
    break_minutes = serializers.IntegerField(read_only=True)
    hours = serializers.DecimalField(max_digits=5, decimal_places=2, read_only=True)
    note = serializers.CharField(read_only=True)
    person = serializers.SerializerMethodField(help_text="Who works it; null while it is open.")
    state = serializers.SerializerMethodField(help_text="“changed” differs from what the person was told.")
    version = serializers.IntegerField(read_only=True, help_text="Send it with a change.")

    @extend_schema_field(PersonInShort(allow_null=True))
    def get_person(self, shift: Shift) -> Any:
        holder = _holder(shift)
        return PersonInShort(holder.person).data if holder else None

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, shift: Shift) -> str:
        holder = _holder(shift)
        if shift.cancelled_at:
            return "cancelled"
        if holder is None:
            return "open"
        if not holder.is_promised:
            return "draft"
        return "changed" if holder.differs_from_promise() else "published"


class WarningSerializer(serializers.Serializer[Any]):
    """A rule that the shift breaks and that publishing will ask about."""

    kind = serializers.CharField()
    level = serializers.ChoiceField(choices=LEVELS)
    sentence = serializers.CharField()


class SavedShiftSerializer(ShiftSerializer):
    """A shift as it stands now, with what to look at."""

    warnings = WarningSerializer(many=True, read_only=True)


class ShiftFields(serializers.Serializer[Any]):
    """A shift as a planner asks for it: the hours as people write them, or start and end by the branch's clock.

    Needs `user` in its context.
    """

    date = Day()
    hours = serializers.CharField(
        max_length=60, required=False, help_text="“9-17”, “9-5p 30b”, “22-6”: start, end, unpaid break."
    )
    starts = serializers.TimeField(input_formats=CLOCK, required=False, help_text="HH:MM, instead of `hours`")
    ends = serializers.TimeField(
        input_formats=CLOCK, required=False, help_text="HH:MM; at or before the start is the next day"
    )
    break_minutes = serializers.IntegerField(min_value=0, max_value=LONGEST_BREAK, required=False)
    role = IdOf(queryset=Role.objects.all(), allow_null=True, required=False)
    person = IdOf(queryset=Person.objects.none(), allow_null=True, required=False, help_text="null leaves it open")
    note = serializers.CharField(max_length=200, allow_blank=True, required=False)
    reason = serializers.CharField(
        max_length=200, allow_blank=True, required=False, help_text="Why a warning may stand."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if user := self.context.get("user"):
            self.fields["person"].queryset = Person.objects.visible_to(user).with_places()  # type: ignore[attr-defined]

    def new_shift(self, before: NewShift | None = None) -> NewShift:
        """The shift that is asked for; what is not said stays as it was `before`. Only after is_valid()."""
        asked = dict(self.validated_data)
        hours = _hours(asked, before.hours if before else None)
        given = {name: asked[name] for name in ("role", "person", "note", "reason") if name in asked}
        if before is None:
            return NewShift(asked["date"], hours, **given)
        return replace(before, day=asked.get("date", before.day), hours=hours, **given)


class NewShiftFields(ShiftFields):
    """A new shift of a roster."""

    roster = IdOf(queryset=Roster.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if user := self.context.get("user"):
            self.fields["roster"].queryset = Roster.objects.visible_to(user).with_team()  # type: ignore[attr-defined]


class ShiftChanges(ShiftFields):
    """What to change; what is left out stays."""

    version = serializers.IntegerField(required=False, help_text="The version that the client saw, or If-Match.")


class ShiftFilters(django_filters.FilterSet):
    """What the list may be asked for. Cancelled shifts are left out."""

    roster = IdFilter(field_name="roster_id")
    branch = IdFilter(field_name="branch_id")
    department = IdFilter(field_name="department_id")
    date_from = DayFilter(field_name="date", lookup_expr="gte")
    date_to = DayFilter(field_name="date", lookup_expr="lte")
    open = django_filters.BooleanFilter(method="unfilled", label="Only those that nobody has")

    def unfilled(self, shifts: Any, name: str, value: bool) -> Any:
        taken = Assignment.objects.active().values("shift")
        return shifts.unfilled() if value else shifts.filter(pk__in=taken)


class Shifts(generics.ListAPIView[Shift]):
    """The shifts of the teams in reach."""

    queryset = Shift.objects.none()
    serializer_class = ShiftSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = ShiftFilters

    def get_queryset(self) -> QuerySet[Shift]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        user = user_of(self.request)
        require(user, "see_rosters")
        return for_reading(Shift.objects.visible_to(user).standing())

    @extend_schema(request=NewShiftFields, responses={201: SavedShiftSerializer}, parameters=[HEADER])
    @idempotent
    def post(self, request: Request) -> Response:
        """Put a shift into a roster's plan, open or given to a person."""
        user = user_of(request)
        require(user, "plan_rosters")
        asked = NewShiftFields(data=request.data, context={"user": user})
        asked.is_valid(raise_exception=True)
        saved = services.add_shift(asked.validated_data["roster"], asked.new_shift(), by=user)
        return _answer(saved, user, status=201)


class ShiftDetail(APIView):
    """One shift in reach."""

    @extend_schema(responses=ShiftSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The shift as it is planned; its version is also the ETag."""
        return _tagged(_visible(user_of(request), pk), ShiftSerializer)

    @extend_schema(request=ShiftChanges(partial=True), responses=SavedShiftSerializer, parameters=[VERSION])
    def patch(self, request: Request, pk: int) -> Response:
        """Change the shift. 412 says who changed what meanwhile; 428 asks for the version that was seen."""
        user = user_of(request)
        shift = _visible(user, pk)
        require(user, "plan_rosters")
        version = version_of(request)
        asked = ShiftChanges(data=request.data, partial=True, context={"user": user})
        asked.is_valid(raise_exception=True)
        saved = services.change_shift(shift, asked.new_shift(_as_planned(shift)), by=user, version=version)
        return _answer(saved, user)

    @extend_schema(
        responses={204: None},
        parameters=[VERSION, OpenApiParameter("version", OpenApiTypes.INT, description="Instead of If-Match.")],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Take the shift out of the plan: gone if nobody was told of it, else cancelled."""
        user = user_of(request)
        shift = _visible(user, pk)
        require(user, "plan_rosters")
        services.delete_shift(shift, by=user, version=version_of(request))
        return Response(status=204)


def for_reading(shifts: QuerySet[Shift]) -> QuerySet[Shift]:
    """Joined with all that ShiftSerializer shows: two queries, however many."""
    holders = Assignment.objects.active().select_related("person")
    places = shifts.select_related("branch", "department", "sub_department", "role")
    return places.prefetch_related(Prefetch("assignments", holders, to_attr="holders"))


def _visible(user: Person, pk: int) -> Shift:
    return get_object_or_404(for_reading(Shift.objects.visible_to(user)), pk=pk)


def _holder(shift: Shift) -> Assignment | None:
    holders: list[Assignment] = shift.holders  # type: ignore[attr-defined]  # from for_reading
    return holders[0] if holders else None


def _as_planned(shift: Shift) -> NewShift:
    holder = _holder(shift)
    return NewShift(shift.date, hours_of(shift), shift.role, holder.person if holder else None, shift.note)


def _hours(asked: dict[str, Any], before: Hours | None) -> Hours:
    """The hours that a body asks for. Raises Invalid where it says none, or says them twice."""
    said = {name: asked[name] for name in ("starts", "ends", "break_minutes") if name in asked}
    if "hours" in asked and ("starts" in said or "ends" in said):
        raise _about_hours("Send the hours, or starts and ends, not both.")
    base = read_hours(asked["hours"]) if "hours" in asked else before
    if base is None and not {"starts", "ends"} <= said.keys():
        raise _about_hours("Say the hours, like 9-17 or 22-6 30b, or send starts and ends.")
    return replace(base, **said) if base else Hours(**said)


def _about_hours(sentence: str) -> Invalid:
    return Invalid(sentence, fields={"hours": sentence})


def _answer(saved: Saved, user: Person, status: int = 200) -> Response:
    shift = _visible(user, saved.shift.pk)
    shift.warnings = saved.warnings  # type: ignore[attr-defined]  # shown by SavedShiftSerializer
    return _tagged(shift, SavedShiftSerializer, status)


def _tagged(shift: Shift, serializer: type[ShiftSerializer], status: int = 200) -> Response:
    return Response(serializer(shift).data, status=status, headers={"ETag": f'"{shift.version}"'})
