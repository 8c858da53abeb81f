"""What reviews are scored by: read by everybody, set by Human Resource."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import keyset
from config.api import Id, etag_of, json_page, keyset_by, place_of, refuse_stale
from config.caching import cached, cached_answer
from config.schema import IF_MATCH
from reviews.models import Criterion
from reviews.services import add_criterion, change_criterion
from staff.roles import require
from staff.signin import user_of

IN_ORDER = ("position", "id")


class CriterionSerializer(serializers.ModelSerializer[Criterion]):
    """A criterion; every active one is scored from 1 to 5."""

    id = Id()

    class Meta:
        model = Criterion
        fields = ("id", "name", "weight", "position", "is_active")
        # The database knows the name's key, and the service words it; a validator here would ask without either.
        validators: list[Any] = []


class Criteria(generics.ListAPIView[Criterion]):
    """The organisation's criteria, in the order of the screens."""

    queryset = Criterion.objects.all()
    serializer_class = CriterionSerializer
    pagination_class = keyset_by(*IN_ORDER)

    @cached_answer("reference")
    def get(self, request: Request) -> bytes:
        """The criteria, a page at a time."""
        return _criteria(**place_of(request))

    @extend_schema(request=CriterionSerializer, responses={201: CriterionSerializer})
    def post(self, request: Request) -> Response:
        """A new criterion; Human Resource only."""
        user = user_of(request)
        require(user, "set_criteria")
        asked = CriterionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return _versioned(add_criterion(asked.validated_data, by=user), status=201)


@cached("reference")
def _criteria(*, cursor: str, limit: int) -> bytes:
    page = keyset.page(Criterion.objects.all(), order=IN_ORDER, after=cursor, size=limit)
    return json_page(page, CriterionSerializer)


class CriterionDetail(APIView):
    """One criterion."""

    @extend_schema(responses=CriterionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The criterion."""
        return _versioned(get_object_or_404(Criterion, pk=pk))

    @extend_schema(request=CriterionSerializer(partial=True), responses=CriterionSerializer, parameters=[IF_MATCH])
    def patch(self, request: Request, pk: int) -> Response:
        """Change or retire it; Human Resource only. Reviews that are submitted stay as they were counted."""
        user, criterion = user_of(request), get_object_or_404(Criterion.objects.select_for_update(), pk=pk)
        require(user, "set_criteria")
        refuse_stale(request, CriterionSerializer(criterion).data)
        asked = CriterionSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        return _versioned(change_criterion(criterion, asked.validated_data, by=user))


def _versioned(criterion: Criterion, status: int = 200) -> Response:
    shown = CriterionSerializer(criterion).data
    return Response(shown, status=status, headers={"ETag": etag_of(shown)})
