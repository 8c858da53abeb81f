"""Alerts as JSON: what stands open, what stood, and taking one on."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, keyset_by
from config.errors import Invalid
from monitoring import doors
from monitoring.models import Alert, Level
from monitoring.probes import PROBES
from monitoring.selectors.alerts import may_see_author
from monitoring.services.alerts import NOTE, acknowledge
from staff.roles import require
from staff.signin import user_of

OPEN, CLOSED = "open", "closed"


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """One episode of one figure. `level` is the worst it has been, `value` its last measurement (null: unknown).

    Who took it on, and their note, are shown to their own organisation and to operators; needs `user` in its context.
    """

    id = Id()
    metric = serializers.CharField(source="rule.metric", read_only=True)
    level = serializers.ChoiceField(choices=Level.choices, read_only=True)
    unit = serializers.SerializerMethodField()
    since = serializers.DateTimeField(source="opened_at", read_only=True)
    state = serializers.SerializerMethodField()
    cure = serializers.SerializerMethodField()

    class Meta:
        model = Alert
        fields = (
            "id", "metric", "level", "message", "value", "unit", "threshold", "since", "state", "escalated_at",
            "acknowledged_at", "acknowledged_by", "note", "closed_at", "cure",
        )  # fmt: skip
        read_only_fields = fields

    def get_unit(self, alert: Alert) -> str:
        return PROBES[alert.rule.metric].unit if alert.rule.metric in PROBES else ""

    def get_state(self, alert: Alert) -> str:
        if not alert.is_open:
            return CLOSED
        return "acknowledged" if alert.acknowledged_at else OPEN

    def get_cure(self, alert: Alert) -> str:
        return PROBES[alert.rule.metric].cure if alert.rule.metric in PROBES else ""

    def to_representation(self, instance: Alert) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if not may_see_author(instance, self.context["user"]):
            shown["acknowledged_by"] = shown["note"] = ""
        return shown


class AcknowledgeSerializer(serializers.Serializer[Any]):
    """What whoever takes an alert on has to say."""

    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=NOTE)


class Alerts(generics.ListAPIView[Alert]):
    """Alerts, newest first: those that stand open, and those that did."""

    authentication_classes = doors.AUTHENTICATION
    permission_classes = [doors.MayWatch]
    queryset = Alert.objects.select_related("rule")
    serializer_class = AlertSerializer
    pagination_class = keyset_by("-id")

    def get_queryset(self) -> QuerySet[Alert]:
        wanted, rows = self.request.query_params.get("state", ""), super().get_queryset()
        if wanted not in ("", OPEN, CLOSED):
            sentence = f"The state is {OPEN} or {CLOSED}."
            raise Invalid(sentence, fields={"state": sentence})
        return rows.filter(closed_at__isnull=wanted == OPEN) if wanted else rows

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "user": self.request.user}

    @extend_schema(parameters=[OpenApiParameter("state", str, enum=[OPEN, CLOSED])])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The list, or only what is open (acknowledged or not) or closed."""
        return super().get(request, *args, **kwargs)


class Acknowledge(APIView):
    """One alert."""

    permission_classes = [doors.MayWatch]

    @extend_schema(request=AcknowledgeSerializer, responses=AlertSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Take it on: everybody sees that somebody looks at it. The first one counts."""
        user = user_of(request)
        alert = get_object_or_404(Alert.objects.select_related("rule"), pk=pk)
        require(user, "acknowledge_alerts")
        given = AcknowledgeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        taken = acknowledge(alert, note=given.validated_data["note"], by=user)
        return Response(AlertSerializer(taken, context={"user": user}).data)
