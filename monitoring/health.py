"""The health paths: for load balancers, for programs that watch, and for people.

Public ones answer before every other middleware and tell nothing of the inside. The others need a role or the scrape
token, and tell what CHECKS has found.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.celery import QUEUES
from monitoring import figures, heartbeats
from monitoring.checks import Finding, Reader, State, look, worst
from monitoring.doors import MayWatch, ScrapeToken, SessionUser
from monitoring.looks.product import WORKER
from staff.signin import BearerAuthentication

READY = {State.HEALTHY: "ready", State.DEGRADED: "degraded", State.CRITICAL: "unavailable"}
# Seconds that an answer serves everybody who asks: strangers may ask this as often as they like.
KEPT = 1.0
NOBODY_KEEPS_IT = {"Cache-Control": "no-store"}

View = Callable[[HttpRequest], HttpResponse]


class Probes:
    """Middleware that answers the public health paths by itself, whatever else is broken."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = PUBLIC.get(request.path)
        return view(request) if view else self.get_response(request)


def _public(view: View) -> View:
    def answer(request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        return view(request)

    return answer


@_public
def live(request: HttpRequest) -> HttpResponse:
    """This process answers. Touches nothing: restarting it would not mend a database."""
    return JsonResponse({"status": "alive"}, headers=NOBODY_KEEPS_IT)


@_public
def ready(request: HttpRequest) -> HttpResponse:
    """Whether requests should come here: 503 without the database or its migrations, 200 without the cache."""
    state = _readiness.state()
    status = 503 if state is State.CRITICAL else 200
    headers = NOBODY_KEEPS_IT | ({"Retry-After": "5"} if status == 503 else {})
    return JsonResponse({"status": READY[state]}, status=status, headers=headers)


@_public
def version(request: HttpRequest) -> HttpResponse:
    """Which version and commit this is."""
    return JsonResponse(figures.release(), headers=NOBODY_KEEPS_IT)


class _Readiness:
    """The last look, for a second; who comes while one is being taken waits for it."""

    def __init__(self) -> None:
        self.lock, self.until, self.last = threading.Lock(), 0.0, State.CRITICAL

    def state(self) -> State:
        with self.lock:
            if time.monotonic() >= self.until:
                self.last = worst(look(Reader.READINESS))
                self.until = time.monotonic() + KEPT
            return self.last


_readiness = _Readiness()

PUBLIC: dict[str, View] = {
    "/health": ready,
    "/health/live": live,
    "/health/liveness": live,
    "/health/ready": ready,
    "/health/readiness": ready,
    "/ready": ready,
    "/health/version": version,
}


class Watched(APIView):
    """Only for those who may watch."""

    authentication_classes: Sequence[type[BaseAuthentication]] = (ScrapeToken, SessionUser)
    permission_classes = (MayWatch,)

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, **NOBODY_KEEPS_IT}


@extend_schema(exclude=True)
class Detailed(Watched):
    """Every check."""

    def get(self, request: Request) -> Response:
        """Each check with what it saw and its cure; 503 when something is critical."""
        findings = look(Reader.STATUS)
        state = worst(findings)
        shown = {"status": state, "checks": [asdict(finding) for finding in findings]}
        return Response(shown, status=503 if state is State.CRITICAL else 200)


@extend_schema(exclude=True)
class Process(Watched):
    """The process that answers."""

    def get(self, request: Request) -> Response:
        """Its figures; another request may meet another process."""
        return Response(figures.process())


@extend_schema(exclude=True)
class Workers(Watched):
    """Who consumes the queues."""

    def get(self, request: Request) -> Response:
        """Seconds since each queue's last consumed task and since the beat's last look; null where never."""
        signs = heartbeats.signs(timezone.now())
        queues = [
            {"queue": queue, "purpose": QUEUES[queue], "seconds": age, "is_alive": age is not None and age <= WORKER[0]}
            for queue, age in signs.queues.items()
        ]
        return Response({"beat_silent_seconds": signs.beat, "queues": queues})


class ReasonSerializer(serializers.Serializer[Any]):
    """One thing that is not well."""

    name = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True, help_text="degraded or critical")
    sentence = serializers.CharField(read_only=True)
    cure = serializers.CharField(read_only=True)


class StatusSerializer(serializers.Serializer[Any]):
    """How the installation stands: healthy, degraded or critical, and why."""

    status = serializers.ChoiceField(choices=[state.value for state in State], read_only=True)
    reasons = ReasonSerializer(many=True, read_only=True)


class Status(Watched):
    """The installation in one word."""

    authentication_classes = (ScrapeToken, BearerAuthentication)

    @extend_schema(responses=StatusSerializer)
    def get(self, request: Request) -> Response:
        """Healthy, degraded or critical, with every reason and its cure."""
        findings = look(Reader.STATUS)
        reasons = [finding for finding in findings if finding.state is not State.HEALTHY]
        return Response({"status": worst(findings), "reasons": [_reason(finding) for finding in reasons]})


def _reason(finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name,
        "state": finding.state,
        "sentence": finding.sentence,
        "cure": finding.cure,
    }
