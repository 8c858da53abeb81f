"""The audit log, for those who may read it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import Id, keyset_by
from config.fields import DayFilter, IdFilter
from staff.auditing.timeline import NEWEST_FIRST, Asked, timeline
from staff.auditing.words import lines
from staff.models import AuditEntry, AuditKind, AuditOutcome
from staff.models.audit import AuditEntryQuerySet
from staff.roles import require
from staff.signin import user_of


class AuditFilters(django_filters.FilterSet):
    """What the list may be asked for."""

    person = IdFilter(field_name="person_id", label="Whom it concerns")
    actor = IdFilter(field_name="actor_id", label="Who did it")
    kind = django_filters.ChoiceFilter(choices=AuditKind.choices)
    day = DayFilter(method="on", label="One day, by your own clock")

    def on(self, entries: AuditEntryQuerySet, name: str, day: Any) -> QuerySet[AuditEntry]:
        return entries.on_days(day, day, user_of(self.request).home_zone)


class AuditChangeSerializer(serializers.Serializer[Any]):
    """One field, before and after, in words."""

    field = serializers.CharField(read_only=True)
    before = serializers.CharField(read_only=True)
    after = serializers.CharField(read_only=True)


class AuditSerializer(serializers.Serializer[Any]):
    """One thing that was done."""

    id = Id()
    at = serializers.DateTimeField(read_only=True)
    kind = serializers.ChoiceField(choices=AuditKind.choices, read_only=True)
    outcome = serializers.ChoiceField(choices=AuditOutcome.choices, read_only=True)
    sentence = serializers.CharField(read_only=True)
    actor_id = Id(allow_null=True)
    actor = serializers.CharField(read_only=True, help_text="A person, or what ran without one: “The job upkeep”.")
    person_id = Id(allow_null=True)
    person = serializers.CharField(read_only=True, help_text="Whom it concerns; empty where nobody in particular.")
    about = serializers.CharField(read_only=True, help_text="The kind of row: “staff.Person”.")
    about_id = Id(allow_null=True)
    address = serializers.CharField(read_only=True)
    agent = serializers.CharField(read_only=True)
    request_id = serializers.CharField(read_only=True)
    changes = AuditChangeSerializer(many=True, read_only=True)


class Audit(generics.ListAPIView[AuditEntry]):
    """What was done in the organisation, newest first."""

    queryset = AuditEntry.objects.none()
    serializer_class = AuditSerializer
    pagination_class = keyset_by(*NEWEST_FIRST)
    filter_backends = [DjangoFilterBackend]
    filterset_class = AuditFilters

    def get_queryset(self) -> QuerySet[AuditEntry]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return timeline(user_of(self.request), Asked())

    @extend_schema(responses=AuditSerializer(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every change, sign-in, import and look at what is sensitive, each as one sentence with before and after."""
        user = user_of(request)
        require(user, "read_audit")
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(AuditSerializer(lines(page or [], reader=user), many=True).data)
