"""Signing in and out of the API: an access token for a quarter of an hour, a refresh token for a week."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import tenancy
from config.errors import Refused
from staff import services
from staff.api.base import StaffSerializer
from staff.models import Organisation, Person
from staff.roles import PERMISSIONS, may
from staff.signin import refreshed, sign_in, tokens_for, user_of


class NotSignedIn(Refused):
    """The credentials do not open anything; the same words for whatever is wrong with them."""

    status = 401

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence, code=code)


class OrganisationSerializer(serializers.ModelSerializer[Organisation]):
    id = serializers.CharField(read_only=True)

    class Meta:
        model = Organisation
        fields = ("id", "name", "slug", "currency", "timezone")


class MeSerializer(StaffSerializer):
    """The signed-in person, their organisation and what their role may do."""

    organisation = OrganisationSerializer(read_only=True)
    permissions = serializers.SerializerMethodField()

    class Meta:
        model = Person
        fields = (*StaffSerializer.Meta.fields, "organisation", "permissions")
        read_only_fields = fields

    def get_permissions(self, person: Person) -> list[str]:
        return sorted(verb for verb in PERMISSIONS if may(person, verb))


class LoginSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, style={"input_type": "password"})


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4000)


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer …`, for 15 minutes.")
    refresh = serializers.CharField(help_text="Exchange it at auth/refresh, for 7 days.")


class SignedInSerializer(TokensSerializer):
    user = MeSerializer()


class Login(APIView):
    """The API's door."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=LoginSerializer, responses=SignedInSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Exchange e-mail and password for tokens."""
        given = LoginSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        found = sign_in(**given.validated_data)
        if found is None:
            raise NotSignedIn("This e-mail and password do not go together.", code="wrong_credentials")
        login, person = found
        # No token came with this request, so nothing has entered the organisation yet.
        with tenancy.organisation(login.organisation):
            services.record_login(person, at=timezone.now())
            user = MeSerializer(person, context={"user": person}).data
        return Response({**tokens_for(login, person), "user": user})


class Refresh(APIView):
    """A new access token without the password."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=RefreshSerializer, responses=TokensSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new access token; the refresh token stays the same for its seven days."""
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        tokens = refreshed(given.validated_data["refresh"])
        if tokens is None:
            raise NotSignedIn("This token is not valid any more; sign in again.", code="token_ended")
        return Response(tokens)


class Logout(APIView):
    """The way out."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End every token and browser session of the signed-in person, on all their devices.

        Single sessions cannot be told apart yet, so signing out of one signs out of all.
        """
        services.audit.record_sign_out(user_of(request))
        services.end_tokens(user_of(request))
        return Response(status=204)


class Me(APIView):
    """Who is asking."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The signed-in person, their organisation and their permissions."""
        user = user_of(request)
        return Response(MeSerializer(user, context={"user": user}).data)
