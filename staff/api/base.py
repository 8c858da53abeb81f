"""What the endpoints of this app share: who asks, what they may, and people as JSON."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from config.api import Id, etag_of
from staff.models import Person
from staff.roles import Category, may_see_profile

PROFILE = ("email", "personal_phone", "address", "date_of_birth", "gender", "hired_on", "left_on", "contract_hours")


def versioned(shown: Any, status: int = 200) -> Response:
    """A row as JSON, with the ETag that a later If-Match may name."""
    return Response(shown, status=status, headers={"ETag": etag_of(shown)})


class NamedSerializer(serializers.Serializer[Any]):
    """A place in short."""

    id = Id()
    name = serializers.CharField(read_only=True)


class NamedBranchSerializer(NamedSerializer):
    """A branch in short."""

    code = serializers.CharField(read_only=True)


class NamedRoleSerializer(NamedSerializer):
    """A role in short."""

    category = serializers.ChoiceField(choices=Category.choices, read_only=True)


class StaffSerializer(serializers.ModelSerializer[Person]):
    """A person: the directory entry, and the profile's fields only for those who may see them.

    Needs `user` in its context and rows from `with_places()`.
    """

    id = Id()
    name = serializers.CharField(source="full_name", read_only=True)
    role = NamedRoleSerializer(read_only=True)
    branch = NamedBranchSerializer(read_only=True, allow_null=True)
    department = NamedSerializer(read_only=True, allow_null=True)
    sub_department = NamedSerializer(read_only=True, allow_null=True)
    picture = serializers.SerializerMethodField(help_text="The address of the picture, where there is one.")
    email = serializers.CharField(read_only=True, required=False, help_text="Only for those who may see the profile.")

    class Meta:
        model = Person
        fields = (
            "id",
            "employee_number",
            "name",
            "first_name",
            "last_name",
            "role",
            "branch",
            "department",
            "sub_department",
            "phone",
            "picture",
            "is_active",
            *PROFILE,
        )
        read_only_fields = fields

    def get_picture(self, person: Person) -> str | None:
        """It changes with the picture, so that clients may keep what they have."""
        if not person.picture:
            return None
        return f"{reverse('api-picture', args=[person.pk])}?v={person.picture_version}"

    def to_representation(self, instance: Person) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if not may_see_profile(self.context["user"], instance):
            for name in PROFILE:
                shown.pop(name)
        return shown
