"""Signing in and out of the API: an access token for a quarter of an hour, a refresh token for a week."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import tenancy
from config.api import Id
from config.errors import Refused
from staff import services
from staff.api.base import StaffSerializer
from staff.devices import visitor_of
from staff.models import Door, Organisation, Person, Session
from staff.plans import Feature, require_feature
from staff.roles import PERMISSIONS, may
from staff.selectors import open_sessions
from staff.services import sessions, signing
from staff.services.second_factor import WRONG_CODE
from staff.signin import user_of


class NotSignedIn(Refused):
    """The credentials do not open anything; the same words for whatever is wrong with them."""

    status = 401

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence, code=code)


class OpenDoor(APIView):
    """The base of endpoints that let everybody in: whatever token comes along counts for nothing."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


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
    otp = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The six digits that the authenticator shows, or a recovery code; asked for by 401 `otp_required`.",
    )


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4000)


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer …`, for 15 minutes.")
    refresh = serializers.CharField(help_text="Exchange it once at auth/refresh, within 7 days of signing in.")


class SignedInSerializer(TokensSerializer):
    user = MeSerializer()


class Login(OpenDoor):
    """The API's door."""

    @extend_schema(request=LoginSerializer, responses=SignedInSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Exchange e-mail and password, and the second step's code where there is one, for tokens.

        Answers 403 `plan_required` to people of an organisation whose plan does not include the API.
        """
        given = LoginSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        now = timezone.now()
        known = _known(given.validated_data, now=now)
        # No token came with this request, so nothing has entered the organisation yet.
        with tenancy.organisation(known.login.organisation):
            session = signing.enter(known, door=Door.API, visitor=visitor_of(request._request), now=now)
            tokens = sessions.first_tokens(session, now=now)
            user = MeSerializer(known.person, context={"user": known.person}).data
        return Response({**tokens, "user": user})


def _known(given: dict[str, str], *, now: datetime) -> signing.Known:
    known = signing.check_password(given["email"], given["password"])
    if known is None:
        raise NotSignedIn(signing.WRONG_PASSWORD, code="wrong_credentials")
    # Asked before a code is spent, and only of who has the password: nobody else learns what somebody's plan is.
    require_feature(known.person.organisation, Feature.API)
    if not known.needs_code:
        return known
    if not given.get("otp"):
        raise NotSignedIn("Send the code of your authenticator along, as otp.", code="otp_required")
    if not signing.check_code(known, given["otp"], now=now):
        raise NotSignedIn(WRONG_CODE, code="wrong_otp")
    return known


class Refresh(OpenDoor):
    """New tokens without the password."""

    @extend_schema(request=RefreshSerializer, responses=TokensSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair, once.

        The old one is spent. Shown again within ten seconds, as two tabs may, it gives the same successor; after that
        it was copied, and the whole session ends.
        """
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        tokens = sessions.refreshed(given.validated_data["refresh"], now=timezone.now())
        if tokens is None:
            raise NotSignedIn("This token is not valid any more; sign in again.", code="token_ended")
        return Response(tokens)


class LogoutSerializer(serializers.Serializer[Any]):
    all = serializers.BooleanField(default=False, help_text="End every session of yours, browsers included.")


class Logout(APIView):
    """The way out."""

    @extend_schema(request=LogoutSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """End this session and its tokens; with `all`, every session of the signed-in person."""
        given = LogoutSerializer(data=request.data or {})
        given.is_valid(raise_exception=True)
        user = user_of(request)
        if given.validated_data["all"]:
            services.end_tokens(user)
        else:
            sessions.end_session(user.session, now=timezone.now())
        return Response(status=204)


class Me(APIView):
    """Who is asking."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The signed-in person, their organisation and their permissions."""
        user = user_of(request)
        return Response(MeSerializer(user, context={"user": user}).data)


class SessionSerializer(serializers.Serializer[Any]):
    """One sign-in that is still open."""

    id = Id()
    door = serializers.ChoiceField(choices=Door.choices, help_text="A browser's page, or a client of the API.")
    device = serializers.CharField()
    address = serializers.CharField(help_text="The IP address at signing in; of IPv6 the network.")
    created_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    is_this = serializers.BooleanField(help_text="The session by which you ask.")


class Sessions(APIView):
    """Where one is signed in."""

    @extend_schema(responses=SessionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """One's own open sessions, the one used last first; at most a hundred."""
        found = open_sessions(user_of(request), now=timezone.now())
        return Response({"results": SessionSerializer(found, many=True).data, "next": None})


class SessionDetail(APIView):
    """One session of one's own."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """End it: its page and its tokens are out with the next request."""
        now = timezone.now()
        sessions.end_session(get_object_or_404(Session.objects.visible_to(user_of(request)).live(now), pk=pk), now=now)
        return Response(status=204)
