"""Who a request comes from, by a page's session or the API's bearer token, and which organisation that means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypedDict

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from config.errors import Forbidden
from staff.models import Person, Session
from staff.plans import Feature, require_feature
from staff.reader import active_person

ORGANISATION_KEY = "organisation"
VERSION_KEY = "token_version"
# In a token and in a browser's session: the row of this sign-in.
ROW_KEY = "session"
# Doors that let everybody in anew. Whatever token comes along counts for nothing there, and what they write stays
# although they refuse: a session ended for a reused token, a code tried in vain.
OPEN_DOORS = re.compile(r"^/api/v1/auth/(login|refresh|password/(forgot|reset)|email/confirm)$")
# All that a session opens whose person must set up the second step first.
SETTING_UP = re.compile(r"^/(api/v1/auth/(2fa/(setup|confirm)|logout|me)|account/security/second-step(/.*)?|logout)$")

# What stays open to a token whose organisation's plan has lost the API: the way out.
WITHOUT_THE_API = "/api/v1/auth/logout"


class SetUpFirst(Forbidden):
    """Nothing is open to this session but setting up the second step."""

    is_attempt = False

    def __init__(self) -> None:
        sentence = "Your organisation asks for two-step sign-in: set it up first."
        super().__init__(sentence, code="second_factor_required")


class Tokens(TypedDict):
    """What an API client signs in with, and how it gets the next."""

    access: str
    refresh: str


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id at OWASP's second setting (m=19 MiB, t=2, p=1): about 30 ms a hash."""

    memory_cost = 19456
    time_cost = 2
    parallelism = 1


@dataclass(frozen=True, slots=True)
class Login:
    """Where an e-mail address belongs. The only question that is asked before an organisation is known."""

    organisation: int
    person: int


@dataclass(frozen=True, slots=True)
class Ticket(Login):
    """Who an access token is for, the session and the version that must still be theirs, and when it expires
    (seconds since 1970)."""

    session: int
    version: int
    expires: float


@dataclass(frozen=True, slots=True)
class Refreshing(Login):
    """What a refresh token says: whose, of which session and version, and its own id."""

    session: int
    version: int
    jti: str


def user_of(request: HttpRequest | Request) -> Person:
    """The signed-in person; only behind a door that lets nobody else in."""
    if not isinstance(request.user, Person):
        raise TypeError("This view asks for somebody who is signed in, and its door let somebody else in.")
    return request.user


def find_login(email: str) -> Login | None:
    """The organisation and person of an e-mail address, or None; suspended organisations are not found."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id, person_id FROM find_signin(%s)", [email.strip().lower()])
        row = cursor.fetchone()
    return Login(*row) if row else None


class EmailBackend(BaseBackend):
    """Named in sessions, because Django wants a backend: pages find their user in staff/middleware.py."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Nobody signs in through Django's own forms: they do not know the organisation."""

    def get_user(self, user_id: int) -> None:
        """Nobody is found without their session's row."""


def tokens_for(session: Session, jti: str, *, at: datetime) -> Tokens:
    """The refresh token with this id and an access token, both of one session and neither good for longer."""
    refresh = RefreshToken()
    refresh.payload |= {
        "user_id": str(session.person_id),
        ORGANISATION_KEY: session.organisation_id,
        VERSION_KEY: session.token_version,
        ROW_KEY: session.pk,
        "jti": jti,
        "iat": int(at.timestamp()),
        "exp": int(session.ends_at.timestamp()),
    }
    access = refresh.access_token
    access["exp"] = min(access["exp"], refresh["exp"])
    return {"refresh": str(refresh), "access": str(access)}


def refreshing_of(raw: str) -> Refreshing | None:
    """What a refresh token says, if its signature holds and its week is not over."""
    try:
        token = RefreshToken(raw.encode())  # type: ignore[arg-type]  # simplejwt's stubs want their own Token
        who = int(token[ORGANISATION_KEY]), int(token["user_id"])
        return Refreshing(*who, int(token[ROW_KEY]), int(token[VERSION_KEY]), str(token["jti"]))
    except (TokenError, KeyError, ValueError, TypeError):
        return None


def organisation_of(request: HttpRequest) -> int | None:
    """The organisation that a request names: by its verified bearer token on the API, else by its session."""
    login = caller_of(request)
    return login.organisation if login else None


def caller_of(request: HttpRequest) -> Login | None:
    """Who a request says it is, verified but not asked of the database; read once."""
    if not hasattr(request, "login"):
        request.login = _login_of(request)  # type: ignore[attr-defined]  # also for whoever observes the request
    return request.login  # type: ignore[attr-defined]


def _login_of(request: HttpRequest) -> Login | None:
    if OPEN_DOORS.match(request.path):
        return None
    if request.path.startswith("/api/v1/"):
        token = bearer_token(request)
        request.access_token = token  # type: ignore[attr-defined]  # read again by BearerAuthentication
        return Login(int(token[ORGANISATION_KEY]), int(token["user_id"])) if token else None
    if SESSION_KEY not in request.session or ORGANISATION_KEY not in request.session:
        return None
    return Login(request.session[ORGANISATION_KEY], int(request.session[SESSION_KEY]))


def login_of(request: HttpRequest) -> Login | None:
    """Who the request said it was, without asking the database: also after the answer, also when it was refused."""
    return getattr(request, "login", None)


def bearer_token(request: HttpRequest) -> AccessToken | None:
    """The verified access token of the Authorization header, or None."""
    kind, _, raw = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")  # `headers` would read all of them
    if kind != "Bearer" or not raw:
        return None
    try:
        return _verified(raw.strip())
    except TokenError:
        return None


def ticket_of(raw: str) -> Ticket | None:
    """What an access token says, if its signature holds. It may have expired since, or have been ended."""
    try:
        return _ticket(raw)
    except (TokenError, KeyError, ValueError, TypeError):
        return None


@lru_cache(maxsize=4096)
def _ticket(raw: str) -> Ticket:
    """Verified once: a signature that holds, holds. Raises for every other token, which is therefore not kept here."""
    token = _verified(raw)
    who = int(token[ORGANISATION_KEY]), int(token["user_id"])
    return Ticket(*who, int(token[ROW_KEY]), int(token[VERSION_KEY]), float(token["exp"]))


def _verified(raw: str) -> AccessToken:
    """Raises TokenError for what is no token of ours, or names nobody."""
    token = AccessToken(raw.encode())  # type: ignore[arg-type]  # simplejwt's stubs want their own Token
    try:
        [int(token[name]) for name in (ORGANISATION_KEY, "user_id", ROW_KEY, VERSION_KEY)]
    except (KeyError, ValueError, TypeError) as error:
        raise TokenError("This token names nobody.") from error
    return token


class BearerAuthentication(BaseAuthentication):
    """The user of a bearer token, asked of the database at every request: a disabled person is out at once."""

    def authenticate(self, request: Request) -> tuple[Person, AccessToken] | None:
        token = getattr(request._request, "access_token", None)
        if token is None:
            if request.headers.get("Authorization"):
                raise AuthenticationFailed("This token is not valid or has expired; sign in again.")
            return None
        person = active_person(int(token["user_id"]), session=int(token[ROW_KEY]), now=timezone.now())
        if person is None or person.token_version != token[VERSION_KEY]:
            raise AuthenticationFailed("This token has been ended; sign in again.")
        if request.path != WITHOUT_THE_API:
            require_feature(person.organisation, Feature.API)
        if person.session.needs_second_factor and not SETTING_UP.match(request.path):
            raise SetUpFirst
        return person, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
