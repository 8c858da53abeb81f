"""Branches, departments, sub-departments and roles in the admin: read by every manager, kept by Human Resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model

from staff import services
from staff.admin.base import ReachAdmin, ServiceForm, reached
from staff.models import Branch, Department, Role, SubDepartment


class PlaceForm(ServiceForm):
    """Adds or changes through the two verbs of the place."""

    add: ClassVar[Callable[..., Any]]
    change: ClassVar[Callable[..., Any]]

    def write(self) -> Model:
        cls = type(self)
        if self.instance.pk:
            return cls.change(self.instance, self.cleaned_data, by=self.user)
        return cls.add(self.cleaned_data, by=self.user)


class BranchForm(PlaceForm):
    add, change = staticmethod(services.add_branch), staticmethod(services.change_branch)


class DepartmentForm(PlaceForm):
    add, change = staticmethod(services.add_department), staticmethod(services.change_department)


class SubDepartmentForm(PlaceForm):
    add, change = staticmethod(services.add_sub_department), staticmethod(services.change_sub_department)


class RoleForm(PlaceForm):
    add, change = staticmethod(services.add_role), staticmethod(services.change_role)


class PlaceAdmin(ReachAdmin):
    """Reference data: the same for everybody of the organisation."""

    view_verb, add_verb, change_verb = "see_directory", "manage_places", "manage_places"
    search_fields: ClassVar[tuple[str, ...]] = ("name",)


@admin.register(Branch)
class BranchAdmin(PlaceAdmin):
    form = BranchForm
    fields = ("name", "code", "timezone", "week_start", "opens", "closes", "is_active")
    list_display = ("name", "code", "timezone", "opens", "closes", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "code")


@admin.register(Department)
class DepartmentAdmin(PlaceAdmin):
    form = DepartmentForm
    fields = ("name", "position")
    list_display = ("name", "position")


@admin.register(SubDepartment)
class SubDepartmentAdmin(PlaceAdmin):
    form = SubDepartmentForm
    fields = ("department", "name")
    list_display = ("name", "department")
    list_filter = reached("department")
    list_select_related = ("department",)
    autocomplete_fields = ("department",)


@admin.register(Role)
class RoleAdmin(PlaceAdmin):
    form = RoleForm
    fields = ("name", "category", "reach", "duty", "department", "sub_department")
    list_display = ("name", "category", "reach", "duty", "department", "sub_department")
    list_filter = ("category", "reach", *reached("department"))
    list_select_related = ("department", "sub_department")
    autocomplete_fields = ("department", "sub_department")
