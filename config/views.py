"""The pages that join the apps, and what the shell around every page shows."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the frame."""
    return {}


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The page that each role comes to."""
    return render(request, "home/general.html", {})


@api_view(["GET"])
def dashboard_stats(request: Request) -> Response:
    """The numbers of the home page, by role."""
    return Response({})
