"""Passwords, the e-mail address and the second step, over the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from staff.api.auth import OpenDoor, TokensSerializer
from staff.services import addresses, passwords, protecting, second_factor, sessions
from staff.signin import user_of

ASKED = "If this address belongs to somebody here, a letter is on its way to it."


def _secret(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=1000, trim_whitespace=False, style={"input_type": "password"}, **options)


class SaidSerializer(serializers.Serializer[Any]):
    message = serializers.CharField(help_text="The same, whoever has the address.")


class PasswordChangeSerializer(serializers.Serializer[Any]):
    current = _secret()
    new = _secret()


class PasswordChange(APIView):
    """One's own password."""

    @extend_schema(request=PasswordChangeSerializer, responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        """Change it. Every other session ends; this one goes on with the tokens in the answer."""
        given = PasswordChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user, now = user_of(request), timezone.now()
        passwords.change_password(user, **given.validated_data, session=user.session, now=now)
        return Response(sessions.first_tokens(user.session, now=now))


class ForgotSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)


class PasswordForgot(OpenDoor):
    """The way back in for who has forgotten."""

    @extend_schema(request=ForgotSerializer, responses={202: SaidSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        """Send a link and a code, both good once and for ten minutes; the answer is the same for every address."""
        given = ForgotSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        passwords.ask_reset(given.validated_data["email"], now=timezone.now())
        return Response({"message": ASKED}, status=202)


class ResetSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=200, required=False, help_text="The last part of the letter's link.")
    email = serializers.CharField(max_length=254, required=False)
    code = serializers.CharField(max_length=20, required=False, help_text="The letter's six digits, with the e-mail.")
    password = _secret()

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if not (attrs.get("token") or (attrs.get("email") and attrs.get("code"))):
            raise serializers.ValidationError("Send the token of the link, or the e-mail with the code.")
        return attrs


class PasswordReset(OpenDoor):
    """A new password for who has the letter."""

    @extend_schema(request=ResetSerializer, responses={204: None}, auth=[])
    def post(self, request: Request) -> Response:
        """Set it by the link's token, or by e-mail and code; all sessions end."""
        given = ResetSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said, now = given.validated_data, timezone.now()
        if said.get("token"):
            passwords.reset_by_link(said["token"], said["password"], now=now)
        else:
            passwords.reset_by_code(said["email"], said["code"], said["password"], now=now)
        return Response(status=204)


class EmailChangeSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = _secret()


class EmailChange(APIView):
    """One's own e-mail address."""

    @extend_schema(request=EmailChangeSerializer, responses={202: SaidSerializer})
    def post(self, request: Request) -> Response:
        """Send a link to the new address; nothing changes before it is followed, within an hour."""
        given = EmailChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        addresses.ask_new_address(user_of(request), said["email"], password=said["password"])
        return Response({"message": "If this address is free, a letter is on its way to it."}, status=202)


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=200, help_text="The last part of the letter's link.")


class EmailConfirm(OpenDoor):
    """The new address, by its letter's link."""

    @extend_schema(request=TokenSerializer, responses={204: None}, auth=[])
    def post(self, request: Request) -> Response:
        """Make the address that got the letter the one to sign in with."""
        given = TokenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        addresses.confirm_address(given.validated_data["token"], now=timezone.now())
        return Response(status=204)


class SetUpSerializer(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="For typing into an authenticator app.")
    address = serializers.CharField(help_text="otpauth://…, for a QR code.")


class CodeSerializer(serializers.Serializer[Any]):
    otp = serializers.CharField(max_length=40, help_text="Six digits of the app, or a recovery code.")


class PasswordAndCodeSerializer(CodeSerializer):
    password = _secret()


class RecoveryCodesSerializer(serializers.Serializer[Any]):
    recovery_codes = serializers.ListField(child=serializers.CharField(), help_text="Shown once. Each is good once.")


def _password_and_code(request: Request) -> dict[str, str]:
    given = PasswordAndCodeSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    return {"password": given.validated_data["password"], "code": given.validated_data["otp"]}


class SecondFactorSetUp(APIView):
    """An authenticator app for one's own account."""

    @extend_schema(request=None, responses=SetUpSerializer)
    def post(self, request: Request) -> Response:
        """A fresh secret for the app; it protects nothing before a first code confirms it."""
        found = second_factor.set_up(user_of(request))
        return Response({"secret": found.secret, "address": found.address})


class SecondFactorConfirm(APIView):
    """Turning two-step sign-in on."""

    @extend_schema(request=PasswordAndCodeSerializer, responses=RecoveryCodesSerializer)
    def post(self, request: Request) -> Response:
        """Show a first code of the app, with the password, and get ten recovery codes."""
        words, user = _password_and_code(request), user_of(request)
        codes = protecting.turn_on(user, **words, session=user.session, now=timezone.now())
        return Response({"recovery_codes": codes})


class SecondFactorDisable(APIView):
    """Turning two-step sign-in off."""

    @extend_schema(request=PasswordAndCodeSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """With the password and a code, unless the organisation asks for the second step."""
        protecting.turn_off(user_of(request), **_password_and_code(request), now=timezone.now())
        return Response(status=204)


class RecoveryCodes(APIView):
    """The ways in without the app."""

    @extend_schema(request=CodeSerializer, responses=RecoveryCodesSerializer)
    def post(self, request: Request) -> Response:
        """Ten new ones for a code; the old ones open nothing any more."""
        given = CodeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        codes = protecting.renew_codes(user_of(request), code=given.validated_data["otp"], now=timezone.now())
        return Response({"recovery_codes": codes})
