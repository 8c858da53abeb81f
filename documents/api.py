"""Asking people for documents over the API: who was asked for what, who has not answered, and asking no more."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, IdOf, keyset_by
from config.errors import Invalid
from config.fields import Day
from config.idempotency import HEADER, idempotent
from documents.selectors import asked_together, askings, unanswered
from documents.services import cancel_requests, request_documents
from staff.documents.kinds import DocumentKind
from staff.models import Branch, Department, DocumentRequest, Person, Role
from staff.models.papers import LONGEST_MESSAGE
from staff.roles import require
from staff.selectors.papers import without_valid
from staff.signin import user_of

MOST = 1000
TOO_MANY = f"One request reaches {MOST:,} people at most; ask branch by branch."


class AskingSerializer(serializers.Serializer[Any]):
    """Something that was asked of many people at once."""

    id = Id()
    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    message = serializers.CharField()
    due_on = serializers.DateField()
    asked_by = serializers.CharField(source="asked_by.full_name")
    asked_at = serializers.DateTimeField()
    people = serializers.IntegerField(help_text="How many were asked.")
    answered = serializers.IntegerField()
    withdrawn = serializers.IntegerField(help_text="How many are asked no more.")


class WaitingSerializer(serializers.Serializer[Any]):
    """Somebody who has not answered, and still works here."""

    person = Id(source="person_id")
    name = serializers.CharField(source="person.full_name")
    employee_number = serializers.CharField(source="person.employee_number")
    role = serializers.CharField(source="person.role.name")
    branch = serializers.CharField(source="person.branch.name", allow_null=True, default=None)
    is_late = serializers.SerializerMethodField()

    def get_is_late(self, request: DocumentRequest) -> bool:
        return request.due_on < timezone.localdate()


class AskingDetailSerializer(AskingSerializer):
    """One asking, with who has not answered: by name, the first thousand."""

    waiting = WaitingSerializer(many=True)


class AskingFields(serializers.Serializer[Any]):
    """What to ask, and whom: by ids, or everybody of a branch, department and role (all that are named)."""

    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    due_on = Day()
    message = serializers.CharField(max_length=LONGEST_MESSAGE, allow_blank=True, required=False, default="")
    people = serializers.ListField(
        child=serializers.CharField(max_length=20), required=False, allow_empty=False, help_text="Ids, 1,000 at most."
    )
    branch = IdOf(queryset=Branch.objects.all(), required=False)
    department = IdOf(queryset=Department.objects.all(), required=False)
    role = IdOf(queryset=Role.objects.all(), required=False)
    only_lacking = serializers.BooleanField(
        required=False, default=True, help_text="Leave out those who have a valid one."
    )

    def validate_people(self, ids: list[str]) -> list[int]:
        if len(ids) > MOST:
            raise serializers.ValidationError(TOO_MANY)
        if not all(pk.isascii() and pk.isdecimal() for pk in ids):
            raise serializers.ValidationError("Send ids.")
        return [int(pk) for pk in ids]

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        places = {"branch", "department", "role"} & given.keys()
        if ("people" in given) == bool(places):
            raise serializers.ValidationError("Say whom to ask: people by their ids, or a branch, department or role.")
        return given


class AskedSerializer(serializers.Serializer[Any]):
    """What asking did."""

    asked = serializers.IntegerField(help_text="How many are newly asked; whoever is asked already stays asked.")
    id = serializers.CharField(allow_null=True, help_text="The asking; null where nobody was left to ask.")


class CancelledSerializer(serializers.Serializer[Any]):
    """What cancelling did."""

    cancelled = serializers.IntegerField(help_text="How many are asked no more; who has answered, has.")


class DocumentRequests(generics.ListAPIView[DocumentRequest]):
    """What was asked of people, the latest first; Human Resource only."""

    queryset = DocumentRequest.objects.none()
    serializer_class = AskingSerializer
    pagination_class = keyset_by("-id")

    def get_queryset(self) -> QuerySet[DocumentRequest]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        require(user_of(self.request), "edit_people")
        return askings()

    @extend_schema(request=AskingFields, responses={201: AskedSerializer}, parameters=[HEADER])
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask many people for a document, and tell each of them."""
        user = user_of(request)
        require(user, "edit_people")
        given = AskingFields(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        kind = DocumentKind(asked["kind"])
        people = _people(asked)
        number = request_documents(people, kind, due_on=asked["due_on"], message=asked["message"], by=user)
        newest = DocumentRequest.objects.filter(asked_by=user, kind=kind).order_by("-asked_at", "pk").first()
        answer = {"asked": number, "id": str(newest.pk) if number and newest else None}
        return Response(AskedSerializer(answer).data, status=201)


class DocumentRequestDetail(APIView):
    """One asking; Human Resource only."""

    @extend_schema(responses=AskingDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """What was asked, and who has not answered."""
        first = _asking(request, pk)
        first.waiting = list(unanswered(first)[:MOST])  # type: ignore[attr-defined]  # for the serializer
        return Response(AskingDetailSerializer(first).data)


class DocumentRequestCancel(APIView):
    """Asking no more; Human Resource only."""

    @extend_schema(request=None, responses=CancelledSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Take the request back from everybody who has not answered it."""
        number = cancel_requests(_asking(request, pk), by=user_of(request))
        return Response(CancelledSerializer({"cancelled": number}).data)


def _asking(request: Request, pk: int) -> DocumentRequest:
    """The asking that a request belongs to, whichever of its requests is named."""
    require(user_of(request), "edit_people")  # first: 404 and 403 would tell others which ids there are
    named = get_object_or_404(DocumentRequest, pk=pk)
    return get_object_or_404(askings(), pk=asked_together(named).order_by("pk").values("pk")[:1])


def _people(asked: dict[str, Any]) -> list[Person]:
    """Whom the request means: employed people, as many as one request may reach."""
    today = timezone.localdate()
    people: QuerySet[Person] = Person.objects.employed(today).filter(is_active=True)
    if "people" in asked:
        people = people.filter(pk__in=asked["people"])
        missing = sorted(set(asked["people"]) - set(people.values_list("pk", flat=True)))
        if missing:
            sentence = f"Nobody who works here has the id {', '.join(map(str, missing[:5]))}."
            raise Invalid(sentence, fields={"people": sentence})
    people = people.filter(**{name: asked[name] for name in ("branch", "department", "role") if name in asked})
    if asked["only_lacking"]:
        people = without_valid(people, asked["kind"], today)
    found = list(people[: MOST + 1])
    if len(found) > MOST:
        raise Invalid(TOO_MANY)
    return found
