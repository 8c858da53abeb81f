"""A person's picture over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.parsing import JSONParser
from staff.api.base import StaffSerializer, versioned
from staff.documents.serving import picture_of
from staff.models import Person
from staff.services.papers import Upload
from staff.services.pictures import remove_picture, require_own_or_keeper, set_picture
from staff.signin import user_of
from staff.visibility import visible_person

PICTURE = {(200, "image/jpeg"): OpenApiTypes.BINARY}


class PictureFields(serializers.Serializer[Any]):
    """A picture, as multipart/form-data."""

    file = serializers.FileField(allow_empty_file=True, help_text="JPEG or PNG by its content, 5 MB at most.")


class Picture(APIView):
    """Somebody's picture, as a JPEG of at most 512 pixels square."""

    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(responses=PICTURE)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """For whoever sees the person in the directory; 404 where initials stand for it."""
        return picture_of(visible_person(user_of(request), pk), request)

    @extend_schema(request={"multipart/form-data": PictureFields}, responses=StaffSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Put one up in the place of the one before: the person themselves or Human Resource."""
        return _put_up(request, visible_person(user_of(request), pk))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take it down: the person themselves or Human Resource."""
        remove_picture(visible_person(user_of(request), pk), by=user_of(request))
        return Response(status=204)


class OwnPicture(APIView):
    """One's own picture."""

    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(responses=PICTURE)
    def get(self, request: Request) -> HttpResponse:
        """As others see it."""
        return picture_of(user_of(request), request)

    @extend_schema(request={"multipart/form-data": PictureFields}, responses=StaffSerializer)
    def post(self, request: Request) -> Response:
        """Put one up in the place of the one before."""
        return _put_up(request, user_of(request))

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Take it down."""
        remove_picture(user_of(request), by=user_of(request))
        return Response(status=204)


def _put_up(request: Request, person: Person) -> Response:
    user = user_of(request)
    require_own_or_keeper(person, user)
    given = PictureFields(data=request.data)
    given.is_valid(raise_exception=True)
    person = set_picture(person, Upload.of(given.validated_data["file"]), by=user)
    return versioned(StaffSerializer(person, context={"user": user}).data)
