"""Security for those who read the audit log: events, the risk they add up to, and what to do then."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, place_of
from config.fields import PageAsked
from config.ranges import LARGEST_ID
from staff import services
from staff.models import SecondStep, SecurityKind
from staff.roles import require
from staff.selectors import events
from staff.selectors.risks import risks
from staff.services.protecting import set_rule
from staff.services.second_factor import take_off
from staff.signin import user_of
from staff.visibility import visible_person

LEVELS = [(level, level) for level in ("info", "warning", "critical")]


class EventsAsked(PageAsked):
    """What the list may be asked for."""

    kind = serializers.ChoiceField(choices=SecurityKind.choices, required=False)
    person = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, required=False, help_text="Whom it concerns")
    address = serializers.IPAddressField(required=False)
    days = serializers.IntegerField(min_value=1, max_value=9999, required=False, help_text="The last so many days")


class SecurityEventSerializer(serializers.Serializer[events.Event]):
    """One security event."""

    id = Id()
    at = serializers.DateTimeField(read_only=True)
    kind = serializers.ChoiceField(choices=SecurityKind.choices, read_only=True)
    level = serializers.ChoiceField(choices=LEVELS, read_only=True)
    points = serializers.IntegerField(read_only=True)
    sentence = serializers.CharField(read_only=True)
    person_id = Id(allow_null=True)
    person = serializers.CharField(read_only=True)
    address = serializers.CharField(read_only=True)


class SecurityEventsPage(serializers.Serializer[Any]):
    """A page of events."""

    results = SecurityEventSerializer(many=True, read_only=True)
    next = serializers.CharField(read_only=True, allow_null=True)


class VerdictSerializer(serializers.Serializer[Any]):
    """Whether it looks like an attack."""

    level = serializers.ChoiceField(choices=[("ok", "ok"), *LEVELS[1:]], read_only=True)
    sentence = serializers.CharField(read_only=True)


class TallySerializer(serializers.Serializer[Any]):
    """How often one kind came."""

    kind = serializers.ChoiceField(choices=SecurityKind.choices, read_only=True)
    day = serializers.IntegerField(read_only=True, help_text="In the last 24 hours")
    week = serializers.IntegerField(read_only=True, help_text="In the last 7 days")
    trend = serializers.CharField(read_only=True)


class RiskySerializer(serializers.Serializer[Any]):
    """Somebody about whom there were events."""

    id = Id()
    name = serializers.CharField(read_only=True)
    points = serializers.IntegerField(read_only=True)
    why = serializers.CharField(read_only=True)


class SourceSerializer(serializers.Serializer[Any]):
    """An address from which attacks came."""

    address = serializers.CharField(read_only=True)
    count = serializers.IntegerField(read_only=True)
    people = serializers.IntegerField(read_only=True)


class LockedSerializer(serializers.Serializer[Any]):
    """Somebody who cannot sign in until then."""

    id = Id()
    name = serializers.CharField(read_only=True)
    until = serializers.DateTimeField(read_only=True)


class RiskSerializer(serializers.Serializer[Any]):
    """A week of security events, and who stands open."""

    verdict = VerdictSerializer(read_only=True)
    tallies = TallySerializer(many=True, read_only=True)
    people = RiskySerializer(many=True, read_only=True)
    sources = SourceSerializer(many=True, read_only=True)
    locked = LockedSerializer(many=True, read_only=True)
    unprotected = serializers.IntegerField(source="unprotected.count", read_only=True)
    dormant = serializers.IntegerField(source="dormant.count", read_only=True)


class RuleSerializer(serializers.Serializer[Any]):
    """For whom signing in takes two steps."""

    rule = serializers.ChoiceField(choices=SecondStep.choices)


class SecurityEvents(APIView):
    """What may have been an attack, or made one easier."""

    @extend_schema(parameters=[EventsAsked], responses=SecurityEventsPage)
    def get(self, request: Request) -> Response:
        """Security events, newest first, each as one sentence."""
        user = user_of(request)
        require(user, "read_audit")
        given = EventsAsked(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked, place = given.validated_data, place_of(request)
        since = events.since_days(str(asked.get("days", "")), now=timezone.now())
        wanted = events.Asked(asked.get("kind", ""), asked.get("person"), asked.get("address", ""), since)
        page = events.events(user, wanted, after=place["cursor"], size=place["limit"])
        return Response(SecurityEventsPage({"results": page.rows, "next": page.next}).data)


class Risk(APIView):
    """Whether somebody attacks the organisation."""

    @extend_schema(responses=RiskSerializer)
    def get(self, request: Request) -> Response:
        """The last seven days in figures, the people and addresses they are about, and who stands open."""
        user = user_of(request)
        require(user, "read_audit")
        return Response(RiskSerializer(risks(user, now=timezone.now())).data)


class SecondStepRule(APIView):
    """The organisation's rule for the second step."""

    @extend_schema(responses=RuleSerializer)
    def get(self, request: Request) -> Response:
        """For whom signing in takes two steps."""
        user = user_of(request)
        require(user, "read_audit")
        return Response({"rule": user.organisation.second_step})

    @extend_schema(request=RuleSerializer, responses=RuleSerializer)
    def patch(self, request: Request) -> Response:
        """Set it, from everybody's next sign-in on."""
        user = user_of(request)
        require(user, "set_second_step")
        given = RuleSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        organisation = set_rule(SecondStep(given.validated_data["rule"]), by=user, now=timezone.now())
        return Response({"rule": organisation.second_step})


class StaffSessions(APIView):
    """Somebody's sessions."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Sign them out everywhere."""
        user = user_of(request)
        services.end_all_sessions(visible_person(user, pk), by=user)
        return Response(status=204)


class StaffSecondStep(APIView):
    """Somebody's second step."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Free them of an authenticator app that they lost."""
        user = user_of(request)
        take_off(visible_person(user, pk), by=user)
        return Response(status=204)
