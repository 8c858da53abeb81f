"""Rosters: a team's week, opened, checked, copied and published."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, IdOf, keyset_by
from config.errors import Invalid
from config.fields import Day, DayFilter, IdFilter
from config.idempotency import HEADER, idempotent
from roster import services
from roster.api.base import BranchTime, InShort, PersonInShort
from roster.api.shifts import LEVELS, ShiftSerializer, for_reading
from roster.models import Roster
from roster.selectors import ChangeKind, unpublished
from roster.selectors.check import check
from roster.times import week_of
from staff.models import Branch, Department, Person, SubDepartment
from staff.roles import require
from staff.signin import user_of


class RosterSerializer(serializers.Serializer[Any]):
    """A team's week. Revision 0 is a draft that nobody was told about."""

    id = Id()
    team = serializers.CharField(read_only=True, help_text="Bodija, SuperMarket")
    branch = InShort(read_only=True)
    department = InShort(read_only=True)
    sub_department = InShort(read_only=True, allow_null=True)
    week_start = serializers.DateField(read_only=True)
    revision = serializers.IntegerField(read_only=True)
    published_at = BranchTime(read_only=True, allow_null=True)
    published_by = PersonInShort(read_only=True, allow_null=True)


class RosterDetailSerializer(RosterSerializer):
    """A roster with its standing shifts, and how many changes nobody was told of yet."""

    changes = serializers.IntegerField(read_only=True, help_text="What publishing would tell people.")
    shifts = ShiftSerializer(many=True, read_only=True)


class TeamWeek(serializers.Serializer[Any]):
    """Whose week to open."""

    branch = IdOf(queryset=Branch.objects.all())
    department = IdOf(queryset=Department.objects.all())
    sub_department = IdOf(queryset=SubDepartment.objects.all(), allow_null=True, required=False)
    week_start = Day(help_text="The day on which the branch's week starts.")


class PublishAsked(serializers.Serializer[Any]):
    """What the client reviewed, and why warnings may stand."""

    expected = serializers.CharField(
        max_length=64, required=False, allow_blank=True, help_text="The fingerprint of the check that was reviewed."
    )
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class PublishedSerializer(serializers.Serializer[Any]):
    """How many shifts changed for people; all zero where there was nothing new."""

    revision = serializers.IntegerField()
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    people = serializers.IntegerField()
    total = serializers.IntegerField()


class CopyAsked(serializers.Serializer[Any]):
    """Which week of the same team to copy."""

    from_week = Day(help_text="Any day of the week to copy.")
    keep_people = serializers.BooleanField(default=True)


class CopySerializer(serializers.Serializer[Any]):
    """What a copied week came to."""

    copied = serializers.IntegerField()
    opened = serializers.IntegerField(help_text="Left open: the person cannot work then, or is not the planner’s.")
    skipped = serializers.IntegerField(help_text="There already.")
    left_out = serializers.IntegerField(help_text="Not copied, because the clocks change in their hours.")
    sentence = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    """One thing that a person would be told."""

    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in ChangeKind])
    shift = Id(source="shift_id")
    person = Id(source="person_id")
    person_name = serializers.CharField(source="person")
    date = serializers.DateField()
    before = serializers.CharField()
    after = serializers.CharField()
    sentence = serializers.CharField()


class BreachSerializer(serializers.Serializer[Any]):
    """A work rule that a shift breaks."""

    kind = serializers.CharField()
    level = serializers.ChoiceField(choices=LEVELS)
    shift = Id(source="shift_id")
    person = Id(source="person_id")
    date = serializers.DateField()
    sentence = serializers.CharField()
    needs_reason = serializers.BooleanField(help_text="Publishing asks for a reason.")


class CheckSerializer(serializers.Serializer[Any]):
    """What publishing would say and ask."""

    fingerprint = serializers.CharField(help_text="Send it as `expected` when publishing.")
    changes = ChangeSerializer(many=True)
    breaches = BreachSerializer(many=True)


class RosterFilters(django_filters.FilterSet):
    """What the list may be asked for."""

    branch = IdFilter(field_name="branch_id")
    department = IdFilter(field_name="department_id")
    week = DayFilter(method="of_week", label="Any day of the week")

    def of_week(self, rosters: QuerySet[Roster], name: str, day: date) -> QuerySet[Roster]:
        """Branches begin their weeks on different days, so the week is the one that holds the day."""
        return rosters.filter(week_start__gt=day - timedelta(days=7), week_start__lte=day)


class Rosters(generics.ListAPIView[Roster]):
    """The rosters of the teams in reach, the latest week first."""

    queryset = Roster.objects.none()
    serializer_class = RosterSerializer
    pagination_class = keyset_by("-week_start", "-id")
    filter_backends = [DjangoFilterBackend]
    filterset_class = RosterFilters

    def get_queryset(self) -> QuerySet[Roster]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        user = user_of(self.request)
        require(user, "see_rosters")
        return _in_sight(user)

    @extend_schema(request=TeamWeek, responses=RosterSerializer)
    def post(self, request: Request) -> Response:
        """Open a team's week: the roster that is there, or a new empty draft."""
        user = user_of(request)
        require(user, "plan_rosters")
        asked = TeamWeek(data=request.data)
        asked.is_valid(raise_exception=True)
        team = asked.validated_data
        part = team.get("sub_department")
        roster = services.open_roster(team["branch"], team["department"], part, team["week_start"], by=user)
        return Response(RosterSerializer(roster).data)


class RosterDetail(APIView):
    """One roster in reach."""

    @extend_schema(responses=RosterDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The roster with its shifts and the number of unpublished changes."""
        roster = _visible(user_of(request), pk)
        shifts = for_reading(roster.shifts.standing()).order_by("starts_at", "id")
        shown = RosterSerializer(roster).data
        more = {"changes": len(unpublished([roster])), "shifts": ShiftSerializer(shifts, many=True).data}
        return Response({**shown, **more})


class RosterPublish(APIView):
    """Making the plan a promise."""

    @extend_schema(request=PublishAsked, responses=PublishedSerializer, parameters=[HEADER])
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Publish the roster and tell exactly those for whom something changed.

        409 where a rule blocks; 409 with code `needs_reason` where warnings ask for one; 412 where the plan has
        moved since `expected`.
        """
        user = user_of(request)
        roster = _visible(user, pk)
        asked = PublishAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        outcome = services.publish([roster], by=user, **asked.validated_data)
        roster.refresh_from_db(fields=["revision"])
        counts = {name: getattr(outcome, name) for name in ("added", "changed", "cancelled", "people", "total")}
        return Response({"revision": roster.revision, **counts})


class RosterCopy(APIView):
    """Filling a week from another."""

    @extend_schema(request=CopyAsked, responses=CopySerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Copy the shifts of another week of this team into this one, as drafts. Safe to repeat."""
        user = user_of(request)
        roster = _visible(user, pk)
        require(user, "plan_rosters")
        asked = CopyAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        source = _same_team(roster, asked.validated_data["from_week"])
        report = services.copy_week(source, roster, by=user, keep_people=asked.validated_data["keep_people"])
        return Response(CopySerializer(report).data)


class RosterCheck(APIView):
    """Looking before publishing."""

    @extend_schema(responses=CheckSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """What publishing would tell people, and what it would ask."""
        return Response(CheckSerializer(check([_visible(user_of(request), pk)])).data)


def _in_sight(user: Person) -> QuerySet[Roster]:
    return Roster.objects.visible_to(user).with_team().select_related("published_by")


def _visible(user: Person, pk: int) -> Roster:
    return get_object_or_404(_in_sight(user), pk=pk)


def _same_team(roster: Roster, day: date) -> Roster:
    """The team's roster of another week. Raises Invalid where there is none."""
    first = week_of(day, roster.branch.week_start)
    team = {name: getattr(roster, name) for name in ("branch_id", "department_id", "sub_department_id")}
    found = Roster.objects.with_team().filter(week_start=first, **team).first()
    if found is None:
        sentence = f"{roster.team} has no roster for the week of {first:%-d %B %Y}."
        raise Invalid(sentence, fields={"from_week": sentence})
    return found
