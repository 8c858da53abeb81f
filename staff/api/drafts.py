"""Hiring in steps over the API: what the pages do, with the same rules.

Nothing here takes an Idempotency-Key: a kept answer would hold in clear what the draft holds sealed. A hire that is
sent twice finds its draft gone.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, keyset_by, refuse_stale
from config.errors import Invalid
from config.parsing import JSONParser
from config.schema import IF_MATCH
from staff.api.base import StaffSerializer, versioned
from staff.api.papers import DocumentFields
from staff.documents.kinds import DocumentKind
from staff.forms.hiring import faults_of, filled_in, hiring_in
from staff.models import HiringDraft, Person
from staff.models.hiring import LAST, STEPS, steps_of
from staff.roles import require
from staff.selectors.hiring import next_step
from staff.services import drafts as services
from staff.signin import user_of

STEP_NAMES = [(name, step.title) for name, step in STEPS.items()]


def _said(hint: str = "") -> serializers.CharField:
    """A text as it would be typed; whether it is right, the step says."""
    return serializers.CharField(allow_blank=True, required=False, max_length=services.LONGEST_TEXT, help_text=hint)


class BasicsFields(serializers.Serializer[Any]):
    """Who they are, as what and where they are hired; days as YYYY-MM-DD, places by id."""

    first_name, last_name, email = _said(), _said(), _said("The invitation goes there.")
    phone, personal_phone, address = _said("Work phone."), _said(), _said()
    date_of_birth, gender = _said(), _said("female, male, other or not_said.")
    role, branch, department, sub_department = _said("Id."), _said(), _said(), _said()
    hired_on, contract_hours = _said("First working day."), _said("Hours a week.")


class EducationRow(serializers.Serializer[Any]):
    """A school or course."""

    institution, qualification, field, begun_on, ended_on = (_said() for _ in range(5))


class ExperienceRow(serializers.Serializer[Any]):
    """A position held elsewhere."""

    employer, position, begun_on, ended_on, why_left = (_said() for _ in range(5))


class SalaryStepFields(serializers.Serializer[Any]):
    """What they are to be paid."""

    salary = _said("A month, in the organisation's currency.")


class KinRow(serializers.Serializer[Any]):
    """Whom to call."""

    name, relationship, phone, address = (_said() for _ in range(4))


class GuarantorRow(serializers.Serializer[Any]):
    """Who vouches."""

    name, relationship, occupation, phone, address, identity_number = (_said() for _ in range(6))


class DraftFields(serializers.Serializer[Any]):
    """Any of the steps; a step that is sent takes the place of what it held before."""

    basics = BasicsFields(required=False)
    education = EducationRow(many=True, required=False)
    experience = ExperienceRow(many=True, required=False)
    salary = SalaryStepFields(required=False)
    next_of_kin = KinRow(many=True, required=False)
    guarantors = GuarantorRow(many=True, required=False)


class DraftFileSerializer(serializers.Serializer[Any]):
    """A document that waits for the hire; `id` names it for taking it away."""

    id = serializers.CharField(source="key")
    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    name, media_type = serializers.CharField(), serializers.CharField()
    size = serializers.IntegerField()
    expires_on = serializers.CharField()


class DraftSerializer(DraftFields):
    """A hiring that is not finished: the steps that are for the reader, what was typed, what is still wrong."""

    id = Id()
    name = serializers.CharField(read_only=True)
    step = serializers.ChoiceField(choices=STEP_NAMES, help_text="Where to go on.")
    steps = serializers.ListField(child=serializers.ChoiceField(choices=STEP_NAMES))
    documents = DraftFileSerializer(many=True, required=False)
    faults = serializers.DictField(child=serializers.CharField(), help_text="{“education.0.institution”: sentence}")
    begun_by = serializers.CharField()
    begun_at, changed_at = serializers.DateTimeField(), serializers.DateTimeField()


class DraftLineSerializer(serializers.Serializer[Any]):
    """A draft in a list."""

    id = Id()
    name = serializers.CharField(read_only=True)
    step = serializers.SerializerMethodField()
    begun_by = serializers.CharField(source="begun_by.full_name")
    begun_at, changed_at = serializers.DateTimeField(), serializers.DateTimeField()

    def get_step(self, draft: HiringDraft) -> str:
        return next_step(draft, self.context["request"].user)


class Drafts(generics.ListAPIView[HiringDraft]):
    """Hirings that are not finished: one's own, for Human Resource all."""

    queryset = HiringDraft.objects.none()
    serializer_class = DraftLineSerializer
    pagination_class = keyset_by("id")

    def get_queryset(self) -> QuerySet[HiringDraft]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        user = user_of(self.request)
        require(user, "hire")
        return HiringDraft.objects.visible_to(user).select_related("begun_by")

    @extend_schema(request=DraftFields, responses={201: DraftSerializer})
    def post(self, request: Request) -> Response:
        """Begin one, with any of its steps."""
        user = user_of(request)
        require(user, "hire")
        typed = _typed(request)
        # Two clients at once must not write into the same empty draft.
        draft = services.keep_steps(services.begin(by=user, anew=True), typed, by=user)
        return _checked(draft, user, typed, status=201)


class DraftDetail(APIView):
    """One unfinished hiring."""

    @extend_schema(responses=DraftSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """What was typed so far, in the steps that are for the reader, and what is still wrong."""
        user = user_of(request)
        return versioned(_shown(_draft(user, pk), user))

    @extend_schema(request=DraftFields, responses=DraftSerializer, parameters=[IF_MATCH])
    def patch(self, request: Request, pk: int) -> Response:
        """Type some steps anew. What is missing may come later; what is wrong is answered 400."""
        user = user_of(request)
        draft = services.held(_draft(user, pk))
        refuse_stale(request, _shown(draft, user))
        typed = _typed(request)
        return _checked(services.keep_steps(draft, typed, by=user), user, typed)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Discard it, with its files."""
        user = user_of(request)
        services.discard(_draft(user, pk), by=user)
        return Response(status=204)


class DraftDocuments(APIView):
    """The documents of whoever is to be hired; Human Resource only."""

    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(request={"multipart/form-data": DocumentFields}, responses={201: DraftSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Keep a document for them."""
        user = user_of(request)
        draft = _draft(user, pk)
        require(user, STEPS["documents"].verb)
        given = DocumentFields(data=request.data)
        given.is_valid(raise_exception=True)
        kind, day = DocumentKind(given.validated_data["kind"]), given.validated_data.get("expires_on")
        draft = services.add_file(draft, kind, given.upload, by=user, expires_on=day)
        return versioned(_shown(draft, user), status=201)


class DraftDocument(APIView):
    """One of them."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, key: str) -> Response:
        """Take it out, file and all."""
        user = user_of(request)
        services.remove_file(_draft(user, pk), key, by=user)
        return Response(status=204)


class DraftHire(APIView):
    """The end of a hiring."""

    @extend_schema(request=None, responses={201: StaffSerializer}, parameters=[IF_MATCH])
    def post(self, request: Request, pk: int) -> Response:
        """Hire, with everything that the draft holds, or not at all; the invitation goes out, and the draft is gone."""
        user = user_of(request)
        draft = services.held(_draft(user, pk))
        refuse_stale(request, _shown(draft, user))
        person = services.hire_from(draft, hiring_in(draft, user=user), by=user)
        return versioned(StaffSerializer(person, context={"user": user}).data, status=201)


def _draft(user: Person, pk: int) -> HiringDraft:
    draft = get_object_or_404(HiringDraft.objects.visible_to(user).select_related("begun_by"), pk=pk)
    require(user, "hire")
    return draft


def _typed(request: Request) -> dict[str, Any]:
    given = DraftFields(data=request.data)
    given.is_valid(raise_exception=True)
    return {name: given.validated_data[name] for name in given.validated_data}


def _checked(draft: HiringDraft, user: Person, typed: dict[str, Any], status: int = 200) -> Response:
    """The draft as it is kept; or, where something that was sent is wrong, nothing is."""
    wrong = faults_of(filled_in(draft, user=user), only_typed=True)
    mine = {where: sentence for where, sentence in wrong.items() if where.partition(".")[0] in typed}
    if mine:
        raise Invalid(next(iter(mine.values())), fields=mine)
    return versioned(_shown(draft, user), status=status)


def _shown(draft: HiringDraft, user: Person) -> dict[str, Any]:
    steps, content = steps_of(user), draft.content
    return dict(
        DraftSerializer(
            {
                "id": draft.pk,
                "name": draft.name,
                "step": next_step(draft, user),
                "steps": list(steps),
                **{name: content.get(name, [] if steps[name].rows else {}) for name in steps if name != LAST},
                "faults": faults_of(filled_in(draft, user=user)),
                "begun_by": draft.begun_by.full_name,
                "begun_at": draft.begun_at,
                "changed_at": draft.changed_at,
            }
        ).data
    )
