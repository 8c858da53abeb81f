"""Signing in by e-mail, for pages (session) and for the API (bearer token), and which organisation that means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.db import connection
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from config import limits, tenancy
from config.errors import TooMany
from staff.models import AuditKind, AuditOutcome, Person
from staff.reader import active_person
from staff.services import audit

ORGANISATION_KEY = "organisation"
VERSION_KEY = "token_version"


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
    """Who an access token is for, the version that must still be theirs, and when it expires (seconds since 1970)."""

    version: int
    expires: float


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


def sign_in(email: str, password: str) -> tuple[Login, Person] | None:
    """The login and person for a right e-mail and password, else None, in the same time for every wrong one.

    Raises TooMany after five wrong passwords for one address, somebody's or nobody's.
    """
    try:
        limits.refuse_locked(email)
    except TooMany:
        _record_refusal(find_login(email), AuditOutcome.LOCKED)
        raise
    found = _checked(email, password)
    if found is None:
        limits.failed(email)
    else:
        limits.forget(email)
    return found


def _checked(email: str, password: str) -> tuple[Login, Person] | None:
    login = find_login(email)
    if login is None:
        make_password(password)  # as slow as a real check, so that time does not tell who exists
        return None
    with tenancy.organisation(login.organisation):
        person = Person.objects.with_places().filter(pk=login.person).first()
        if person is not None and person.check_password(password) and person.is_active:
            audit.record_sign_in(person.pk)
            return login, person
        audit.record_refused_sign_in(login.person, AuditOutcome.REFUSED)
    return None


def _record_refusal(login: Login | None, outcome: AuditOutcome) -> None:
    """In the log of the organisation that the address belongs to; nobody's addresses belong to none."""
    if login is not None:
        with tenancy.organisation(login.organisation):
            audit.record_refused_sign_in(login.person, outcome)


class EmailBackend(BaseBackend):
    """Loads the session's user; signing in itself is `sign_in`, which knows the organisation."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Nobody signs in through Django's own forms: they do not know the organisation."""

    def get_user(self, user_id: int) -> Person | None:
        return active_person(user_id)


def tokens_for(login: Login, person: Person) -> dict[str, str]:
    """A refresh and an access token that name the organisation and the person's token version."""
    refresh = RefreshToken.for_user(person)
    refresh[ORGANISATION_KEY] = login.organisation
    refresh[VERSION_KEY] = person.token_version
    return {"refresh": str(refresh), "access": str(refresh.access_token)}


def refreshed(raw: str) -> dict[str, str] | None:
    """A new access token beside the same refresh token, or None where either has been ended.

    Asked of the database each time: the person is active, the token's version is theirs, the organisation is not
    suspended (simplejwt alone would accept all three, CVE-2024-22513).
    """
    try:
        refresh = RefreshToken(raw.encode())  # type: ignore[arg-type]  # simplejwt's stubs want their own Token
        organisation, pk = int(refresh[ORGANISATION_KEY]), int(refresh["user_id"])
    except (TokenError, KeyError, ValueError, TypeError):
        return None
    with tenancy.organisation(organisation):
        person = Person.objects.active().filter(pk=pk, organisation__suspended_at=None).first()
        if person is None or person.token_version != refresh.get(VERSION_KEY):
            audit.record(AuditKind.REFRESH, person=pk, outcome=AuditOutcome.REFUSED)
            return None
    return {"refresh": raw, "access": str(refresh.access_token)}


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
    return Ticket(int(token[ORGANISATION_KEY]), int(token["user_id"]), int(token[VERSION_KEY]), float(token["exp"]))


def _verified(raw: str) -> AccessToken:
    """Raises TokenError for what is no token of ours, or names nobody."""
    token = AccessToken(raw.encode())  # type: ignore[arg-type]  # simplejwt's stubs want their own Token
    if ORGANISATION_KEY not in token or "user_id" not in token:
        raise TokenError("This token names nobody.")
    return token


class BearerAuthentication(BaseAuthentication):
    """The user of a bearer token, asked of the database at every request: a disabled person is out at once."""

    def authenticate(self, request: Request) -> tuple[Person, AccessToken] | None:
        token = getattr(request._request, "access_token", None)
        if token is None:
            if request.headers.get("Authorization"):
                raise AuthenticationFailed("This token is not valid or has expired; sign in again.")
            return None
        person = active_person(int(token["user_id"]))
        if person is None or person.token_version != token.get(VERSION_KEY):
            raise AuthenticationFailed("This token has been ended; sign in again.")
        return person, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
