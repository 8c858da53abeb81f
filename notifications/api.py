"""One's own notifications as JSON."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import keyset
from config.api import Id, json_page, keyset_by, place_of
from config.caching import cached, cached_answer
from notifications import selectors, services
from notifications.kinds import Kind
from notifications.models import Notification
from staff.models import Person
from staff.signin import user_of


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


NEWEST_FIRST = ("-id",)


class Notifications(generics.ListAPIView[Notification]):
    """One's own notifications, newest first."""

    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    pagination_class = keyset_by(*NEWEST_FIRST)

    @extend_schema(parameters=[OpenApiParameter("unread", bool, description="Only those that were not read yet.")])
    @cached_answer("notifications")
    def get(self, request: Request) -> bytes:
        """The list, or only what is unread."""
        only_unread = request.query_params.get("unread") == "true"
        return _notifications(user_of(request), only_unread=only_unread, **place_of(request))


class UnreadCount(APIView):
    """The number on the bell."""

    @extend_schema(responses=UnreadSerializer)
    @cached_answer("unread_count")
    def get(self, request: Request) -> bytes:
        """How many of one's notifications are unread."""
        return JSONRenderer().render({"unread": selectors.unread_count(user_of(request))})


@cached("notifications")
def _notifications(person: Person, *, only_unread: bool, cursor: str, limit: int) -> bytes:
    own = selectors.inbox(person, only_unread=only_unread)
    return json_page(keyset.page(own, order=NEWEST_FIRST, after=cursor, size=limit), NotificationSerializer)


class MarkAllRead(APIView):
    """Everything at once."""

    @extend_schema(request=None, responses=MarkedSerializer)
    def post(self, request: Request) -> Response:
        """Mark all of one's notifications as read."""
        return Response({"marked": services.mark_all_read(user_of(request))})


class MarkRead(APIView):
    """One notification."""

    @extend_schema(request=None, responses=NotificationSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Mark it as read; the first time counts."""
        user = user_of(request)
        services.mark_read(_own(user, pk), by=user)
        return Response(NotificationSerializer(_own(user, pk)).data)


class NotificationDetail(APIView):
    """One notification."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take it out of one's inbox."""
        user = user_of(request)
        services.discard(_own(user, pk), by=user)
        return Response(status=204)


def _own(user: Person, pk: int) -> Notification:
    return get_object_or_404(Notification.objects.visible_to(user), pk=pk)
