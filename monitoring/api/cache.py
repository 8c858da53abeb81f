"""How the copies serve, as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.caching import figures
from monitoring import doors


class CacheEntrySerializer(serializers.Serializer[Any]):
    """One kind of copy over the last 24 hours; `row` is its id in the production contract, `ttl` in seconds."""

    name = serializers.CharField()
    row = serializers.CharField()
    ttl = serializers.IntegerField()
    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    bypasses = serializers.IntegerField()
    hit_rate = serializers.FloatField(allow_null=True, help_text="Percent of what the cache server was asked.")


class CacheSerializer(serializers.Serializer[Any]):
    """The cache as a whole; what only its server knows is null while that does not answer."""

    connected = serializers.BooleanField()
    breaker = serializers.ChoiceField(choices=["closed", "open", "half-open"], help_text="Of the answering process.")
    version = serializers.CharField(allow_null=True)
    keys = serializers.IntegerField(allow_null=True)
    memory_bytes = serializers.IntegerField(allow_null=True)
    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    bypasses = serializers.IntegerField()
    hit_rate = serializers.FloatField(allow_null=True)
    limits_bypassed = serializers.IntegerField(help_text="Requests that no limit could count.")
    entries = CacheEntrySerializer(many=True)


class CacheStats(APIView):
    """The copies of what people ask for again and again."""

    authentication_classes = doors.AUTHENTICATION
    permission_classes = [doors.MayWatch]

    @extend_schema(responses=CacheSerializer)
    def get(self, request: Request) -> Response:
        """Hits, misses and bypasses of every entry over the last 24 hours, and the cache server's own figures."""
        return Response(CacheSerializer(figures()).data)


cache_stats = CacheStats.as_view()
