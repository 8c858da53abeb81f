"""How the installation is used, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.errors import Invalid
from monitoring import doors
from monitoring.traffic import Traffic, Unavailable, traffic
from monitoring.traffic.reading import MOST_SECONDS
from staff.models import Person

LEAST_SECONDS, USUAL_SECONDS = 10, 300
MOST_ENDPOINTS = 50


class EndpointSerializer(serializers.Serializer[Any]):
    """One route by its pattern."""

    route = serializers.CharField()
    requests = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]  # the form knows its errors by this name, too
    average_ms = serializers.FloatField()
    p95_ms = serializers.FloatField()


class TrafficSerializer(serializers.Serializer[Any]):
    """A sliding window. `errors` are 5xx, `refusals` 4xx; rates are percent; percentiles are at most 2.5 % off.

    With `available` false the counts cannot be read at this moment, and every figure is null.
    """

    available = serializers.BooleanField()
    window_seconds = serializers.IntegerField()
    uptime_seconds = serializers.FloatField(allow_null=True)
    requests = serializers.IntegerField(allow_null=True)
    errors = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]  # as above
    refusals = serializers.IntegerField(allow_null=True)
    error_rate = serializers.FloatField(allow_null=True)
    average_ms = serializers.FloatField(allow_null=True)
    min_ms = serializers.FloatField(allow_null=True)
    max_ms = serializers.FloatField(allow_null=True)
    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)
    p99_ms = serializers.FloatField(allow_null=True)
    requests_per_second = serializers.FloatField(allow_null=True)
    cache_hits = serializers.IntegerField(allow_null=True)
    cache_misses = serializers.IntegerField(allow_null=True)
    cache_bypasses = serializers.IntegerField(allow_null=True)
    cache_hit_rate = serializers.FloatField(allow_null=True)
    active_users = serializers.IntegerField(allow_null=True)
    top_endpoints = EndpointSerializer(many=True)


NAMES = {"per_second": "requests_per_second", "hit_rate": "cache_hit_rate", "uptime": "uptime_seconds"}
WINDOW = OpenApiParameter("window", int, description=f"Seconds, {LEAST_SECONDS} to {MOST_SECONDS}; by default 300.")


class Metrics(APIView):
    """The installation's traffic."""

    authentication_classes = doors.AUTHENTICATION
    permission_classes = [doors.MayWatch]

    @extend_schema(parameters=[WINDOW], responses=TrafficSerializer)
    def get(self, request: Request) -> Response:
        """Requests, errors, times, cache and active users of the last `window` seconds, over all web processes."""
        seconds = _window(request)
        own = request.user
        # Of its people's doings an organisation sees its own; everything else here is the installation's.
        organisation = own.organisation_id if isinstance(own, Person) and not own.is_operator else None
        try:
            shown = _shown(traffic(seconds, organisation=organisation))
        except Unavailable:
            shown = dict.fromkeys(TrafficSerializer().fields) | {"available": False, "top_endpoints": []}
        return Response(TrafficSerializer({**shown, "window_seconds": seconds}).data)


def _window(request: Request) -> int:
    raw = request.query_params.get("window", "") or str(USUAL_SECONDS)
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10 and LEAST_SECONDS <= int(raw) <= MOST_SECONDS):
        sentence = f"The window is a whole number of seconds from {LEAST_SECONDS} to {MOST_SECONDS}."
        raise Invalid(sentence, fields={"window": sentence})
    return int(raw)


def _shown(found: Traffic) -> dict[str, Any]:
    figures = {NAMES.get(name, name): value for name, value in asdict(found).items()}
    return {**figures, "available": True, "top_endpoints": figures["endpoints"][:MOST_ENDPOINTS]}


metrics = Metrics.as_view()
