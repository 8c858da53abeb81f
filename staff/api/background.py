"""A person's education and experience: read with the profile, written by Human Resource."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, keyset_by, refuse_stale
from config.idempotency import HEADER, idempotent
from config.schema import IF_MATCH
from staff.api.base import versioned
from staff.models import Education, Experience, Person
from staff.services import background as services
from staff.signin import user_of
from staff.visibility import person_with_profile


class EducationFields(serializers.Serializer[Any]):
    """A school or a course."""

    institution = serializers.CharField(max_length=120)
    qualification = serializers.CharField(max_length=80)
    field = serializers.CharField(max_length=80, allow_blank=True, required=False, help_text="Field of study.")
    begun_on = serializers.DateField(allow_null=True, required=False)
    ended_on = serializers.DateField(allow_null=True, required=False)


class EducationSerializer(EducationFields):
    """The same, as it is kept."""

    id = Id()


class ExperienceFields(serializers.Serializer[Any]):
    """A position held elsewhere."""

    employer = serializers.CharField(max_length=120)
    position = serializers.CharField(max_length=80)
    begun_on = serializers.DateField(allow_null=True, required=False)
    ended_on = serializers.DateField(allow_null=True, required=False)
    why_left = serializers.CharField(max_length=200, allow_blank=True, required=False)


class ExperienceSerializer(ExperienceFields):
    """The same, as it is kept."""

    id = Id()


class BackgroundList(generics.ListAPIView[Any]):
    """The rows of one kind about one person."""

    pagination_class = keyset_by("id")
    kind: ClassVar[type[Education | Experience]]
    fields: ClassVar[type[serializers.Serializer[Any]]]

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.kind._default_manager.none()
        person = person_with_profile(user_of(self.request), self.kwargs["pk"])
        return self.kind._default_manager.filter(person=person, removed_at=None)

    def added(self, request: Request, pk: int) -> Response:
        """The row after POST."""
        user = user_of(request)
        person = person_with_profile(user, pk)
        services.require_keeper(user)
        given = self.fields(data=request.data)
        given.is_valid(raise_exception=True)
        row = services.add_background(self.kind, person, given.validated_data, by=user)
        return versioned(self.get_serializer(row).data, status=201)


class EducationList(BackgroundList):
    """Where somebody learned what."""

    queryset = Education.objects.none()
    serializer_class = EducationSerializer
    kind, fields = Education, EducationFields

    @extend_schema(request=EducationFields, responses={201: EducationSerializer}, parameters=[HEADER])
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Add a row; Human Resource only."""
        return self.added(request, pk)


class ExperienceList(BackgroundList):
    """Where somebody worked before."""

    queryset = Experience.objects.none()
    serializer_class = ExperienceSerializer
    kind, fields = Experience, ExperienceFields

    @extend_schema(request=ExperienceFields, responses={201: ExperienceSerializer}, parameters=[HEADER])
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Add a row; Human Resource only."""
        return self.added(request, pk)


class BackgroundDetail(APIView):
    """One row, of whichever kind: seen, changed, taken away."""

    kind: ClassVar[type[Education | Experience]]
    fields: ClassVar[type[serializers.Serializer[Any]]]
    shown: ClassVar[type[serializers.Serializer[Any]]]

    def answer(self, request: Request, pk: int, row: int) -> Response:
        """The row, as GET shows it."""
        return versioned(self.shown(self._row(user_of(request), pk, row)).data)

    def changed(self, request: Request, pk: int, row: int) -> Response:
        """The row after PATCH; what is not named stays."""
        user = user_of(request)
        found = self._row(user, pk, row, hold=True)
        services.require_keeper(user)
        refuse_stale(request, self.shown(found).data)
        given = self.fields(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return versioned(self.shown(services.change_background(found, given.validated_data, by=user)).data)

    def removed(self, request: Request, pk: int, row: int) -> Response:
        """Nothing, after DELETE; the record stays."""
        user = user_of(request)
        services.remove_background(self._row(user, pk, row, hold=True), by=user)
        return Response(status=204)

    def _row(self, user: Person, pk: int, row: int, *, hold: bool = False) -> Any:
        person = person_with_profile(user, pk)
        rows = self.kind._default_manager.filter(person=person, removed_at=None)
        return get_object_or_404(rows.select_for_update(of=("self",)) if hold else rows, pk=row)


class EducationDetail(BackgroundDetail):
    """One school or course."""

    kind, fields, shown = Education, EducationFields, EducationSerializer

    @extend_schema(responses=EducationSerializer)
    def get(self, request: Request, pk: int, education: int) -> Response:
        """What it was."""
        return self.answer(request, pk, education)

    @extend_schema(request=EducationFields(partial=True), responses=EducationSerializer, parameters=[IF_MATCH])
    def patch(self, request: Request, pk: int, education: int) -> Response:
        """Change it; Human Resource only."""
        return self.changed(request, pk, education)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, education: int) -> Response:
        """Take it away; Human Resource only."""
        return self.removed(request, pk, education)


class ExperienceDetail(BackgroundDetail):
    """One position."""

    kind, fields, shown = Experience, ExperienceFields, ExperienceSerializer

    @extend_schema(responses=ExperienceSerializer)
    def get(self, request: Request, pk: int, experience: int) -> Response:
        """What it was."""
        return self.answer(request, pk, experience)

    @extend_schema(request=ExperienceFields(partial=True), responses=ExperienceSerializer, parameters=[IF_MATCH])
    def patch(self, request: Request, pk: int, experience: int) -> Response:
        """Change it; Human Resource only."""
        return self.changed(request, pk, experience)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, experience: int) -> Response:
        """Take it away; Human Resource only."""
        return self.removed(request, pk, experience)
