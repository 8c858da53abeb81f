"""Staff: the directory within reach, one person, hiring and editing; and one's own profile."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import IdOf, keyset_by, refuse_stale
from config.fields import IdFilter
from config.schema import IF_MATCH
from staff import services
from staff.api.base import StaffSerializer, versioned
from staff.models import Branch, Department, Gender, Person, Role, SubDepartment
from staff.models.people import PersonQuerySet
from staff.roles import Category, may, require
from staff.selectors import BY_NAME
from staff.signin import user_of
from staff.visibility import visible_person


class StaffFilters(django_filters.FilterSet):
    """What the list may be asked for."""

    search = django_filters.CharFilter(method="matching", max_length=100, label="Words of the name, e-mail or number")
    branch = IdFilter(field_name="branch_id")
    department = IdFilter(field_name="department_id")
    role = IdFilter(field_name="role_id")
    category = django_filters.ChoiceFilter(field_name="role__category", choices=Category.choices)

    def matching(self, people: QuerySet[Person], name: str, words: str) -> QuerySet[Person]:
        user = user_of(self.request)
        return people.matching(words, emails=may(user, "see_profiles"))  # type: ignore[attr-defined]


class PersonFields(serializers.Serializer[Any]):
    """What Human Resource writes about a person; the rest is the product's own."""

    first_name = serializers.CharField(max_length=60)
    last_name = serializers.CharField(max_length=60)
    email = serializers.EmailField(max_length=254)
    phone = serializers.CharField(max_length=20, allow_blank=True, required=False)
    personal_phone = serializers.CharField(max_length=20, allow_blank=True, required=False)
    address = serializers.CharField(max_length=300, allow_blank=True, required=False)
    date_of_birth = serializers.DateField(allow_null=True, required=False)
    gender = serializers.ChoiceField(choices=Gender.choices, required=False)
    role = IdOf(queryset=Role.objects.select_related("department", "sub_department"))
    branch = IdOf(queryset=Branch.objects.all(), allow_null=True, required=False)
    department = IdOf(queryset=Department.objects.all(), allow_null=True, required=False)
    sub_department = IdOf(queryset=SubDepartment.objects.all(), allow_null=True, required=False)
    contract_hours = serializers.DecimalField(
        max_digits=4, decimal_places=1, min_value=0, max_value=168, required=False, help_text="Hours a week."
    )
    hired_on = serializers.DateField(required=False, help_text="Today at the branch, if nothing is said.")


class Staff(generics.ListAPIView[Person]):
    """The people in reach, by name."""

    queryset = Person.objects.none()
    serializer_class = StaffSerializer
    pagination_class = keyset_by(*BY_NAME, joined=PersonQuerySet.with_places)
    filter_backends = [DjangoFilterBackend]
    filterset_class = StaffFilters

    def get_queryset(self) -> QuerySet[Person]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return Person.objects.visible_to(user_of(self.request))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "user": self.request.user}

    @extend_schema(request=PersonFields, responses={201: StaffSerializer})
    def post(self, request: Request) -> Response:
        """Hire somebody. They get an employee number, and no password until they set one."""
        user = user_of(request)
        require(user, "hire")
        given = PersonFields(data=request.data)
        given.is_valid(raise_exception=True)
        details = given.validated_data
        branch = details.get("branch")
        details.setdefault("hired_on", timezone.localdate(timezone=branch.zone if branch else None))
        person = services.hire(services.HireDetails(**details), by=user)
        return versioned(_shown(person, user), status=201)


class StaffDetail(APIView):
    """One person in reach."""

    @extend_schema(responses=StaffSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The directory entry, and the profile for those who may see it."""
        user = user_of(request)
        return versioned(_shown(visible_person(user, pk), user))

    @extend_schema(request=PersonFields(partial=True), responses=StaffSerializer, parameters=[IF_MATCH])
    def patch(self, request: Request, pk: int) -> Response:
        """Edit somebody; Human Resource only."""
        user = user_of(request)
        person = visible_person(user, pk, hold=True)
        require(user, "edit_people")
        refuse_stale(request, _shown(person, user))
        given = PersonFields(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        person = services.edit_person(person, given.validated_data, by=user)
        return versioned(_shown(person, user))


class OwnFields(serializers.Serializer[Any]):
    """What everybody may change about themselves."""

    phone = serializers.CharField(max_length=20, allow_blank=True, required=False)
    personal_phone = serializers.CharField(max_length=20, allow_blank=True, required=False)
    email = serializers.EmailField(max_length=254, required=False, help_text="Only as it is; see auth/email/change.")

    def validate_email(self, email: str) -> str:
        if email.strip().lower() != self.context["user"].email:
            raise serializers.ValidationError(
                "Ask for a new e-mail address at auth/email/change: a letter confirms it."
            )
        return email


class Profile(APIView):
    """One's own profile."""

    @extend_schema(responses=StaffSerializer)
    def get(self, request: Request) -> Response:
        """Everything that one may see of oneself."""
        user = user_of(request)
        return versioned(_shown(user, user))

    @extend_schema(request=OwnFields, responses=StaffSerializer, parameters=[IF_MATCH])
    def patch(self, request: Request) -> Response:
        """Change one's own phones; the e-mail address changes at auth/email/change, by a letter."""
        user = visible_person(user_of(request), user_of(request).pk, hold=True)
        refuse_stale(request, _shown(user, user))
        given = OwnFields(data=request.data, partial=True, context={"user": user})
        given.is_valid(raise_exception=True)
        phones = {name: given.validated_data.get(name) for name in ("phone", "personal_phone")}
        person = services.edit_own(user, **phones)
        return versioned(_shown(person, person))


def _shown(person: Person, user: Person) -> dict[str, Any]:
    return StaffSerializer(person, context={"user": user}).data
