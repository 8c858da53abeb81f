"""A person's next of kin and guarantors. Opening another's leaves a row in the access log.

Adding one takes no Idempotency-Key: the kept answer would hold in clear what the row holds sealed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, keyset_by, refuse_stale
from config.schema import IF_MATCH
from staff.api.base import versioned
from staff.api.papers import PaperSerializer
from staff.models import Guarantor, GuarantorPaper, NextOfKin, Person
from staff.services import contacts as services
from staff.services.access import opened
from staff.services.papers import require_keeper
from staff.signin import user_of
from staff.visibility import person_with_papers


class KinFields(serializers.Serializer[Any]):
    """Whom to call."""

    name = serializers.CharField(max_length=120)
    relationship = serializers.CharField(max_length=40, help_text="Mother, husband, friend …")
    phone = serializers.CharField(max_length=20)
    address = serializers.CharField(max_length=300, allow_blank=True, required=False)


class KinSerializer(KinFields):
    """A next of kin."""

    id = Id()


class GuarantorFields(serializers.Serializer[Any]):
    """Who vouches."""

    name = serializers.CharField(max_length=120)
    relationship = serializers.CharField(max_length=40, allow_blank=True, required=False)
    occupation = serializers.CharField(max_length=80, allow_blank=True, required=False)
    phone = serializers.CharField(max_length=20)
    address = serializers.CharField(max_length=300, allow_blank=True, required=False)
    identity_number = serializers.CharField(max_length=40, allow_blank=True, required=False)


class GuarantorSerializer(GuarantorFields):
    """A guarantor with the papers that are there."""

    id = Id()
    papers = PaperSerializer(many=True, read_only=True)


class KinList(generics.ListAPIView[NextOfKin]):
    """Whom to call for a person."""

    queryset = NextOfKin.objects.none()
    serializer_class = KinSerializer
    pagination_class = keyset_by("id")

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        user = user_of(self.request)
        person = person_with_papers(user, self.kwargs["pk"])
        opened(person, "Next of kin", by=user)
        return NextOfKin.objects.present().filter(person=person)

    @extend_schema(request=KinFields, responses={201: KinSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Add one: the person themselves or Human Resource, three at most."""
        user = user_of(request)
        person = person_with_papers(user, pk)
        services.require_own_or_keeper(person, user)
        given = KinFields(data=request.data)
        given.is_valid(raise_exception=True)
        kin = services.add_next_of_kin(person, given.validated_data, by=user)
        return versioned(KinSerializer(kin).data, status=201)


class GuarantorList(generics.ListAPIView[Guarantor]):
    """Who vouches for a person."""

    queryset = Guarantor.objects.none()
    serializer_class = GuarantorSerializer
    pagination_class = keyset_by("id")

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        user = user_of(self.request)
        person = person_with_papers(user, self.kwargs["pk"])
        opened(person, "Guarantors", by=user)
        return _guarantors().filter(person=person)

    @extend_schema(request=GuarantorFields, responses={201: GuarantorSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Add one; Human Resource only: one for general staff, two for the others."""
        user = user_of(request)
        person = person_with_papers(user, pk)
        require_keeper(user)
        given = GuarantorFields(data=request.data)
        given.is_valid(raise_exception=True)
        guarantor = services.add_guarantor(person, given.validated_data, by=user)
        return versioned(_shown(guarantor, GuarantorSerializer), status=201)


class ContactDetail(APIView):
    """One of them, of whichever kind: seen, changed, taken away."""

    fields: ClassVar[type[serializers.Serializer[Any]]]
    shown: ClassVar[type[serializers.Serializer[Any]]]
    what: ClassVar[str]
    change: ClassVar[Callable[..., Any]]
    remove: ClassVar[Callable[..., None]]

    def rows(self) -> Any:
        """Those that are there; every kind has its own."""
        raise TypeError(f"{type(self).__name__} does not say which rows it shows.")

    def may_change(self, user: Person, person: Person) -> None:
        """Raise Forbidden for whoever may only look."""
        raise TypeError(f"{type(self).__name__} does not say who changes it.")

    def answer(self, request: Request, pk: int, row: int) -> Response:
        """The row, as GET shows it."""
        user = user_of(request)
        found = self._row(user, pk, row)
        opened(found.person, self.what, by=user)
        return versioned(_shown(found, self.shown))

    def changed(self, request: Request, pk: int, row: int) -> Response:
        """The row after PATCH; what is not named stays."""
        user = user_of(request)
        found = self._row(user, pk, row, hold=True)
        self.may_change(user, found.person)
        refuse_stale(request, _shown(found, self.shown))
        given = self.fields(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = type(self).change(found, given.validated_data, by=user)
        opened(found.person, self.what, by=user)  # the answer shows all of it, whatever was changed
        return versioned(_shown(changed, self.shown))

    def removed(self, request: Request, pk: int, row: int) -> Response:
        """Nothing, after DELETE; the record stays."""
        user = user_of(request)
        found = self._row(user, pk, row, hold=True)
        self.may_change(user, found.person)
        type(self).remove(found, by=user)
        return Response(status=204)

    def _row(self, user: Person, pk: int, row: int, *, hold: bool = False) -> Any:
        person = person_with_papers(user, pk)
        rows = self.rows().filter(person=person)
        found = get_object_or_404(rows.select_for_update(of=("self",)) if hold else rows, pk=row)
        found.person = person
        return found


class KinDetail(ContactDetail):
    """One next of kin."""

    fields, shown, what = KinFields, KinSerializer, "Next of kin"
    change, remove = staticmethod(services.change_next_of_kin), staticmethod(services.remove_next_of_kin)

    def rows(self) -> Any:
        return NextOfKin.objects.present()

    def may_change(self, user: Person, person: Person) -> None:
        services.require_own_or_keeper(person, user)

    @extend_schema(responses=KinSerializer)
    def get(self, request: Request, pk: int, kin: int) -> Response:
        """Whom to call."""
        return self.answer(request, pk, kin)

    @extend_schema(request=KinFields(partial=True), responses=KinSerializer, parameters=[IF_MATCH])
    def patch(self, request: Request, pk: int, kin: int) -> Response:
        """Change it: the person themselves or Human Resource."""
        return self.changed(request, pk, kin)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, kin: int) -> Response:
        """Take it away: the person themselves or Human Resource."""
        return self.removed(request, pk, kin)


class GuarantorDetail(ContactDetail):
    """One guarantor."""

    fields, shown, what = GuarantorFields, GuarantorSerializer, "Guarantors"
    change, remove = staticmethod(services.change_guarantor), staticmethod(services.remove_guarantor)

    def rows(self) -> Any:
        return _guarantors()

    def may_change(self, user: Person, person: Person) -> None:
        require_keeper(user)

    @extend_schema(responses=GuarantorSerializer)
    def get(self, request: Request, pk: int, guarantor: int) -> Response:
        """Who vouches."""
        return self.answer(request, pk, guarantor)

    @extend_schema(request=GuarantorFields(partial=True), responses=GuarantorSerializer, parameters=[IF_MATCH])
    def patch(self, request: Request, pk: int, guarantor: int) -> Response:
        """Change it; Human Resource only."""
        return self.changed(request, pk, guarantor)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, guarantor: int) -> Response:
        """Take it away, with the papers; Human Resource only."""
        return self.removed(request, pk, guarantor)


def _guarantors() -> Any:
    papers = Prefetch("papers", GuarantorPaper.objects.present().order_by("kind"))
    return Guarantor.objects.present().prefetch_related(papers)


def _shown(row: Any, serializer: type[serializers.Serializer[Any]]) -> Any:
    return serializer(row).data
