"""Branches, departments, sub-departments, roles: read by everybody signed in, written by Human Resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config import keyset
from config.api import Id, IdOf, KeysetPagination, json_page, place_of, refuse_stale
from config.caching import cached, cached_answer
from config.schema import IF_MATCH
from staff import services
from staff.api.base import versioned
from staff.models import Branch, Department, Role, SubDepartment
from staff.roles import require
from staff.signin import user_of

Verb = Callable[..., Any]


class BranchSerializer(serializers.ModelSerializer[Branch]):
    id = Id()

    class Meta:
        model = Branch
        fields = ("id", "name", "code", "timezone", "week_start", "opens", "closes", "is_active")


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    id = Id()

    class Meta:
        model = Department
        fields = ("id", "name", "position")


class SubDepartmentSerializer(serializers.ModelSerializer[SubDepartment]):
    id = Id()
    department = IdOf(queryset=Department.objects.all())

    class Meta:
        model = SubDepartment
        fields = ("id", "name", "department")


class RoleSerializer(serializers.ModelSerializer[Role]):
    id = Id()
    department = IdOf(queryset=Department.objects.all(), allow_null=True, required=False)
    sub_department = IdOf(queryset=SubDepartment.objects.select_related("department"), allow_null=True, required=False)

    class Meta:
        model = Role
        fields = ("id", "name", "category", "reach", "duty", "department", "sub_department")


class Places(generics.ListAPIView[Any]):
    """The places of one kind. Every row of the organisation is visible: everybody works somewhere."""

    pagination_class = KeysetPagination
    order: ClassVar[tuple[str, ...]] = ("name", "id")
    add: ClassVar[Verb]

    @cached_answer("reference")
    def get(self, request: Request) -> bytes:
        """The places, a page at a time."""
        return _places(kind=type(self).__name__, **place_of(request))

    def post(self, request: Request) -> Response:
        """Add one; Human Resource only."""
        user = user_of(request)
        require(user, "manage_places")
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        row = self.add(given.validated_data, by=user)
        return versioned(self.get_serializer(row).data, status=201)


@cached("reference")
def _places(*, kind: str, cursor: str, limit: int) -> bytes:
    view = next(each for each in Places.__subclasses__() if each.__name__ == kind)()
    page = keyset.page(view.get_queryset(), order=view.order, after=cursor, size=limit)
    return json_page(page, view.get_serializer_class())


class Place(generics.RetrieveAPIView[Any]):
    """One place of a kind."""

    change: ClassVar[Verb]

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        # Held while If-Match is compared and until the change is in: two at once do not undo one another.
        return rows.select_for_update(of=("self",)) if self.request.method == "PATCH" else rows

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return versioned(self.get_serializer(self.get_object()).data)

    @extend_schema(parameters=[IF_MATCH])
    def patch(self, request: Request, pk: int) -> Response:
        """Change it; Human Resource only."""
        user, row = user_of(request), self.get_object()
        require(user, "manage_places")
        refuse_stale(request, self.get_serializer(row).data)
        given = self.get_serializer(row, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = self.change(row, given.validated_data, by=user)
        return versioned(self.get_serializer(changed).data)


class Branches(Places):
    """The branches, by name."""

    queryset = Branch.objects.all()
    serializer_class = BranchSerializer
    add = staticmethod(services.add_branch)


class BranchDetail(Place):
    """One branch."""

    queryset = Branch.objects.all()
    serializer_class = BranchSerializer
    change = staticmethod(services.change_branch)


class Departments(Places):
    """The departments, in the order of the screens."""

    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
    order = ("position", "name", "id")
    add = staticmethod(services.add_department)


class DepartmentDetail(Place):
    """One department."""

    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
    change = staticmethod(services.change_department)


class SubDepartments(Places):
    """The sub-departments, by name."""

    queryset = SubDepartment.objects.select_related("department")
    serializer_class = SubDepartmentSerializer
    add = staticmethod(services.add_sub_department)


class SubDepartmentDetail(Place):
    """One sub-department."""

    queryset = SubDepartment.objects.select_related("department")
    serializer_class = SubDepartmentSerializer
    change = staticmethod(services.change_sub_department)


class Roles(Places):
    """The roles, by name."""

    queryset = Role.objects.select_related("department", "sub_department__department")
    serializer_class = RoleSerializer
    add = staticmethod(services.add_role)


class RoleDetail(Place):
    """One role."""

    queryset = Role.objects.select_related("department", "sub_department__department")
    serializer_class = RoleSerializer
    change = staticmethod(services.change_role)
