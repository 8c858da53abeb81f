"""Shift templates: read by everybody, set by those who set the work rules."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import keyset
from config.api import Id, json_page, keyset_by, place_of
from config.caching import cached, cached_answer
from roster.entry import LONGEST_BREAK
from roster.models import ShiftTemplate
from roster.services.templates import add_template, change_template, remove_template
from staff.roles import require
from staff.signin import user_of

BY_START = ("starts", "id")


class TemplateSerializer(serializers.ModelSerializer[ShiftTemplate]):
    """InShort hours of the day."""

    id = Id()
    starts = serializers.TimeField(format="%H:%M", input_formats=["%H:%M"])
    ends = serializers.TimeField(
        format="%H:%M", input_formats=["%H:%M"], help_text="At or before the start is the next day."
    )
    break_minutes = serializers.IntegerField(min_value=0, max_value=LONGEST_BREAK, required=False)

    class Meta:
        model = ShiftTemplate
        fields = ("id", "name", "starts", "ends", "break_minutes", "is_active")
        # The database knows the name's key, and the service words it; a validator here would ask without either.
        validators: list[Any] = []


class Templates(generics.ListAPIView[ShiftTemplate]):
    """The organisation's shift templates, by start."""

    queryset = ShiftTemplate.objects.all()
    serializer_class = TemplateSerializer
    pagination_class = keyset_by(*BY_START)

    @cached_answer("reference")
    def get(self, request: Request) -> bytes:
        """The templates, a page at a time."""
        return _templates(**place_of(request))

    @extend_schema(request=TemplateSerializer, responses={201: TemplateSerializer})
    def post(self, request: Request) -> Response:
        """A new template."""
        user = user_of(request)
        require(user, "set_work_rules")
        asked = TemplateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        template = add_template(asked.validated_data, by=user)
        return Response(TemplateSerializer(template).data, status=201)


@cached("reference")
def _templates(*, cursor: str, limit: int) -> bytes:
    page = keyset.page(ShiftTemplate.objects.all(), order=BY_START, after=cursor, size=limit)
    return json_page(page, TemplateSerializer)


class TemplateDetail(APIView):
    """One shift template."""

    @extend_schema(responses=TemplateSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The template."""
        return Response(TemplateSerializer(get_object_or_404(ShiftTemplate, pk=pk)).data)

    @extend_schema(request=TemplateSerializer(partial=True), responses=TemplateSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change the template; shifts that were made from it stay as they are."""
        user, template = user_of(request), get_object_or_404(ShiftTemplate, pk=pk)
        require(user, "set_work_rules")
        asked = TemplateSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        return Response(TemplateSerializer(change_template(template, asked.validated_data, by=user)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take the template away; shifts that were made from it stay."""
        user, template = user_of(request), get_object_or_404(ShiftTemplate, pk=pk)
        remove_template(template, by=user)
        return Response(status=204)
