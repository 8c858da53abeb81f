"""A person's documents and guarantors' papers: who may see them, files in and out."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, keyset_by, refuse_stale
from config.fields import Day
from config.idempotency import HEADER, idempotent
from config.parsing import JSONParser
from config.schema import IF_MATCH
from staff.api.base import versioned
from staff.documents.kinds import DocumentKind, PaperKind
from staff.documents.serving import attachment
from staff.models import Document, Guarantor, GuarantorPaper, Person
from staff.selectors.papers import papers_of, state_of
from staff.services import papers as services
from staff.services.access import opened
from staff.services.papers import Upload
from staff.signin import user_of
from staff.visibility import person_with_papers

STATES = [("valid", "Valid"), ("expiring", "Expires within 60 days"), ("expired", "Has expired")]
FILE = {(200, "application/octet-stream"): OpenApiTypes.BINARY}


class FileFields(serializers.Serializer[Any]):
    """A file, as multipart/form-data."""

    file = serializers.FileField(allow_empty_file=True, help_text="PDF, JPEG or PNG by its content, 5 MB at most.")

    @property
    def upload(self) -> Upload:
        return Upload.of(self.validated_data["file"])


class DocumentFields(FileFields):
    """A document to keep."""

    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    expires_on = Day(required=False, allow_null=True, help_text="The last day of validity.")


class DocumentChanges(serializers.Serializer[Any]):
    """What is said about a document; its file never changes."""

    kind = serializers.ChoiceField(choices=DocumentKind.choices, required=False)
    expires_on = Day(required=False, allow_null=True, help_text="The last day of validity.")


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """A document; its file is at `…/documents/{id}/file`."""

    id = Id()
    state = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = ("id", "kind", "name", "media_type", "size", "expires_on", "state", "added_at")

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, document: Document) -> str:
        return state_of(document.expires_on, timezone.localdate())


class WishSerializer(serializers.Serializer[Any]):
    """A kind of document that the person is to hand in, and why."""

    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    reason = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    message = serializers.CharField()


class WishesSerializer(serializers.Serializer[Any]):
    results = WishSerializer(many=True)


class Documents(generics.ListAPIView[Document]):
    """A person's documents, by when they came. Opening another's leaves a row in the access log."""

    queryset = Document.objects.none()
    serializer_class = DocumentSerializer
    pagination_class = keyset_by("id")
    parser_classes = [JSONParser, MultiPartParser]

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        user = user_of(self.request)
        person = person_with_papers(user, self.kwargs["pk"])
        opened(person, "Documents", by=user)
        return Document.objects.present().filter(person=person)

    @extend_schema(
        request={"multipart/form-data": DocumentFields}, responses={201: DocumentSerializer}, parameters=[HEADER]
    )
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Add a document: Human Resource any, everybody for themselves what is wanted of them."""
        user = user_of(request)
        person = person_with_papers(user, pk)
        services.require_sender(person, user)
        given = DocumentFields(data=request.data)
        given.is_valid(raise_exception=True)
        details = given.validated_data
        document = services.add_document(
            person, DocumentKind(details["kind"]), given.upload, by=user, expires_on=details.get("expires_on")
        )
        return versioned(DocumentSerializer(document).data, status=201)


class DocumentsWanted(APIView):
    """What a person is to hand in."""

    @extend_schema(responses=WishesSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The kinds that were asked for or that the role requires, and are missing or about to expire."""
        user = user_of(request)
        person = person_with_papers(user, pk)
        opened(person, "Documents", by=user)
        wishes = papers_of(person, today=timezone.localdate()).wishes
        return Response(WishesSerializer({"results": wishes}).data)


class DocumentDetail(APIView):
    """One document of a person."""

    @extend_schema(responses=DocumentSerializer)
    def get(self, request: Request, pk: int, document: int) -> Response:
        """What is known of it."""
        user = user_of(request)
        found = _document(user, pk, document)
        opened(found.person, str(found.get_kind_display()), by=user)
        return versioned(DocumentSerializer(found).data)

    @extend_schema(request=DocumentChanges(partial=True), responses=DocumentSerializer, parameters=[IF_MATCH])
    def patch(self, request: Request, pk: int, document: int) -> Response:
        """Correct its kind or last day of validity; Human Resource only."""
        user = user_of(request)
        found = _document(user, pk, document, hold=True)
        services.require_keeper(user)
        refuse_stale(request, DocumentSerializer(found).data)
        given = DocumentChanges(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        kind = given.validated_data.get("kind", found.kind)
        expires_on = given.validated_data.get("expires_on", found.expires_on)
        changed = services.change_document(found, kind=DocumentKind(kind), expires_on=expires_on, by=user)
        return versioned(DocumentSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, document: int) -> Response:
        """Take it away; the record of it stays. Human Resource only."""
        user = user_of(request)
        services.remove_document(_document(user, pk, document, hold=True), by=user)
        return Response(status=204)


class DocumentFile(APIView):
    """The file of a document."""

    @extend_schema(responses=FILE)
    def get(self, request: Request, pk: int, document: int) -> FileResponse:
        """Download it. Opening another's leaves a row in the access log."""
        user = user_of(request)
        found = _document(user, pk, document)
        opened(found.person, f"{found.get_kind_display()}, the file", by=user)
        return attachment(found)


class PaperFields(FileFields):
    """A guarantor's paper to keep."""

    kind = serializers.ChoiceField(choices=PaperKind.choices)


class PaperSerializer(serializers.ModelSerializer[GuarantorPaper]):
    """A guarantor's paper; its file is at `…/papers/{id}/file`."""

    id = Id()

    class Meta:
        model = GuarantorPaper
        fields = ("id", "kind", "name", "media_type", "size", "added_at")


class GuarantorPapers(APIView):
    """The passport, national id and work id of a guarantor."""

    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(request={"multipart/form-data": PaperFields}, responses={201: PaperSerializer}, parameters=[HEADER])
    @idempotent
    def post(self, request: Request, pk: int, guarantor: int) -> Response:
        """Keep a paper in the place of the one of its kind before; Human Resource only."""
        user = user_of(request)
        person = person_with_papers(user, pk)
        found = get_object_or_404(Guarantor.objects.present(), person=person, pk=guarantor)
        services.require_keeper(user)
        given = PaperFields(data=request.data)
        given.is_valid(raise_exception=True)
        kind = PaperKind(given.validated_data["kind"])
        paper = services.add_guarantor_paper(found, kind, given.upload, by=user)
        return Response(PaperSerializer(paper).data, status=201)


class GuarantorPaperDetail(APIView):
    """One paper of a guarantor."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, guarantor: int, paper: int) -> Response:
        """Take it away; the record of it stays. Human Resource only."""
        user = user_of(request)
        services.remove_guarantor_paper(_paper(user, pk, guarantor, paper), by=user)
        return Response(status=204)


class GuarantorPaperFile(APIView):
    """The file of a guarantor's paper."""

    @extend_schema(responses=FILE)
    def get(self, request: Request, pk: int, guarantor: int, paper: int) -> FileResponse:
        """Download it. Opening another's leaves a row in the access log."""
        user = user_of(request)
        found = _paper(user, pk, guarantor, paper)
        opened(found.guarantor.person, f"{found.get_kind_display()} of a guarantor, the file", by=user)
        return attachment(found)


def _document(user: Person, pk: int, document: int, *, hold: bool = False) -> Document:
    person = person_with_papers(user, pk)
    rows = Document.objects.present().filter(person=person)
    found = get_object_or_404(rows.select_for_update(of=("self",)) if hold else rows, pk=document)
    found.person = person
    return found


def _paper(user: Person, pk: int, guarantor: int, paper: int) -> GuarantorPaper:
    person = person_with_papers(user, pk)
    rows = GuarantorPaper.objects.present().select_related("guarantor__person")
    return get_object_or_404(rows, guarantor__person=person, guarantor=guarantor, pk=paper)
