"""Who was given which shift: what was planned for those who plan, what was promised for those concerned."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework import generics, serializers

from config.api import Id
from config.fields import IdFilter
from roster.api.base import InShort, PersonInShort
from roster.models import Assignment
from staff.roles import may, reach_of
from staff.signin import user_of


class TimesSerializer(serializers.Serializer[Any]):
    """Hours with the offset of the branch."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    break_minutes = serializers.IntegerField()
    role = serializers.CharField()
    note = serializers.CharField()


class AssignmentSerializer(serializers.Serializer[Any]):
    """A shift given to a person. Needs `user` in its context."""

    id = Id()
    shift = Id(source="shift_id")
    person = PersonInShort(read_only=True)
    branch = InShort(source="shift.branch", read_only=True)
    department = InShort(source="shift.department", read_only=True)
    promised = serializers.SerializerMethodField(help_text="What the person was told; null if nothing.")
    planned = serializers.SerializerMethodField(
        help_text="The plan; null if taken back, and for those who plan it not."
    )

    @extend_schema_field(TimesSerializer(allow_null=True))
    def get_promised(self, each: Assignment) -> Any:
        if each.published_starts_at is None or each.published_ends_at is None:
            return None
        zone = each.shift.branch.zone
        return {
            "starts_at": each.published_starts_at.astimezone(zone).isoformat(),
            "ends_at": each.published_ends_at.astimezone(zone).isoformat(),
            "break_minutes": each.published_break_minutes,
            "role": each.published_role,
            "note": each.published_note,
        }

    @extend_schema_field(TimesSerializer(allow_null=True))
    def get_planned(self, each: Assignment) -> Any:
        user, shift = self.context["user"], each.shift
        if each.removed_at or not (may(user, "see_rosters") and reach_of(user).covers(shift)):
            return None
        return {
            "starts_at": shift.starts_at.astimezone(shift.branch.zone).isoformat(),
            "ends_at": shift.ends_at.astimezone(shift.branch.zone).isoformat(),
            "break_minutes": shift.break_minutes,
            "role": shift.role.name if shift.role else "",
            "note": shift.note,
        }


class AssignmentFilters(django_filters.FilterSet):
    """What the list may be asked for."""

    person = IdFilter(field_name="person_id")
    shift = IdFilter(field_name="shift_id")
    roster = IdFilter(field_name="shift__roster_id")


class Assignments(generics.ListAPIView[Assignment]):
    """The assignments in reach; for everybody, the promises made to themselves."""

    queryset = Assignment.objects.none()
    serializer_class = AssignmentSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = AssignmentFilters

    def get_queryset(self) -> QuerySet[Assignment]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        found = Assignment.objects.visible_to(user_of(self.request))
        return found.select_related("person", "shift__branch", "shift__department", "shift__role")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "user": self.request.user}
