"""Copies of what is kept about people, and its erasure."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import GET_ALONE, Id, IdOf
from config.errors import Invalid
from config.idempotency import HEADER, idempotent
from staff.api.papers import FILE
from staff.documents.serving import zip_of
from staff.models import Erasure, Person
from staff.models.privacy import LONGEST_ERASURE_REASON
from staff.roles import require
from staff.services.erasing import erase
from staff.services.exporting import export
from staff.signin import user_of

STAFF = OpenApiParameter("staff", str, description="Whose data; one's own where nobody is named.")
LONGEST_ID = 18  # digits


class ErasureFields(serializers.Serializer[Any]):
    """Who is erased, and why."""

    staff = IdOf(queryset=Person.objects.all())
    reason = serializers.CharField(max_length=LONGEST_ERASURE_REASON)
    confirm = serializers.CharField(max_length=20, help_text="Their employee number.")


class ErasureSerializer(serializers.ModelSerializer[Erasure]):
    """An erasure, and how many rows of each table it concerned."""

    id = Id()
    staff = Id(source="person_id")

    class Meta:
        model = Erasure
        fields = ("id", "staff", "at", "reason", "counts")
        read_only_fields = fields


class DataExport(APIView):
    """A copy of all that is kept about one person."""

    http_method_names = GET_ALONE

    @extend_schema(parameters=[STAFF], responses=FILE)
    def get(self, request: Request) -> FileResponse:
        """A zip with a page to read, a JSON file for each table, and the files: of oneself, or by Human Resource of
        anybody, who is then told."""
        user = user_of(request)
        given = request.query_params.get("staff", "") or str(user.pk)
        if not (given.isascii() and given.isdigit() and len(given) <= LONGEST_ID):
            raise Invalid("Write the id of a person as “staff”.", fields={"staff": "This is not an id."})
        people = Person.objects.visible_to(user).with_places().select_related("organisation")
        return zip_of(export(get_object_or_404(people, pk=int(given)), by=user))


class DataErasure(APIView):
    """The end of what is kept about one person."""

    @extend_schema(request=ErasureFields, responses={201: ErasureSerializer}, parameters=[HEADER])
    @idempotent
    def post(self, request: Request) -> Response:
        """Erase what no law asks to be kept of somebody who has left; there is no way back. Human Resource only."""
        user = user_of(request)
        require(user, "erase_people")
        given = ErasureFields(data=request.data)
        given.is_valid(raise_exception=True)
        details = given.validated_data
        erasure = erase(details["staff"], reason=details["reason"], typed=details["confirm"], by=user)
        return Response(ErasureSerializer(erasure).data, status=201)
