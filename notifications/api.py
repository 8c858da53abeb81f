"""One's own notifications as JSON."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, KeysetPagination
from notifications import selectors, services
from notifications.kinds import Kind
from notifications.models import Notification
from staff.models import Person


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """A notification; `url` is a path of this site, or empty."""

    id = Id()
    kind = serializers.ChoiceField(choices=Kind.choices, read_only=True)
    is_unread = serializers.BooleanField(read_only=True)

    class Meta:
        model = Notification
        fields = ("id", "kind", "title", "body", "url", "created_at", "read_at", "is_unread")
        read_only_fields = fields


class UnreadSerializer(serializers.Serializer[Any]):
    """The number on the bell."""

    unread = serializers.IntegerField(read_only=True)


class MarkedSerializer(serializers.Serializer[Any]):
    """How many were unread until now."""

    marked = serializers.IntegerField(read_only=True)


class NewestFirst(KeysetPagination):
    """Keyset pages, newest first."""

    ordering = "-id"


class Notifications(generics.ListAPIView[Notification]):
    """One's own notifications, newest first."""

    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Notification]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        own = Notification.objects.visible_to(_user(self.request))
        return own.unread() if self.request.query_params.get("unread") == "true" else own

    @extend_schema(parameters=[OpenApiParameter("unread", bool, description="Only those that were not read yet.")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The list, or only what is unread."""
        return super().get(request, *args, **kwargs)


class UnreadCount(APIView):
    """The number on the bell."""

    @extend_schema(responses=UnreadSerializer)
    def get(self, request: Request) -> Response:
        """How many of one's notifications are unread."""
        return Response({"unread": selectors.unread_count(_user(request))})


class MarkAllRead(APIView):
    """Everything at once."""

    @extend_schema(request=None, responses=MarkedSerializer)
    def post(self, request: Request) -> Response:
        """Mark all of one's notifications as read."""
        return Response({"marked": services.mark_all_read(_user(request))})


class MarkRead(APIView):
    """One notification."""

    @extend_schema(request=None, responses=NotificationSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Mark it as read; the first time counts."""
        user = _user(request)
        services.mark_read(_own(user, pk), by=user)
        return Response(NotificationSerializer(_own(user, pk)).data)


class NotificationDetail(APIView):
    """One notification."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take it out of one's inbox."""
        user = _user(request)
        services.discard(_own(user, pk), by=user)
        return Response(status=204)


def _own(user: Person, pk: int) -> Notification:
    return get_object_or_404(Notification.objects.visible_to(user), pk=pk)


def _user(request: Request) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101  # IsAuthenticated has seen to it
    return request.user
