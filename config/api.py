"""What every endpoint shares: keyset pages, ids, versions, and the one error shape."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import transaction
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.pagination import BasePagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from config import keyset, tenancy
from config.errors import Conflict, Invalid, Refused, TooMany
from config.outside import SENTENCES, shape
from config.ranges import LARGEST_ID

if TYPE_CHECKING:
    from rest_framework.views import APIView


# For what goes out as a file and is written down. Without HEAD, which REST framework would answer by doing all of GET.
GET_ALONE = ["get", "options"]


class KeysetPagination(BasePagination):
    """`{"results": […], "next": cursor|null}`, `?limit=` up to 200; a page costs the same at any depth.

    A list in another order says so in a subclass: fields that are never null, the last of them unique.
    """

    page_size = keyset.PAGE
    max_page_size = 200
    ordering: str | tuple[str, ...] = "id"
    joined: Callable[[Any], Any] | None = None
    page: keyset.Page[Any]

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        order = (self.ordering,) if isinstance(self.ordering, str) else self.ordering
        cursor = request.query_params.get("cursor", "")
        joined = type(self).joined
        self.page = keyset.page(queryset, order=order, after=cursor, size=self._size(request), joined=joined)
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.page.next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {"type": "string", "nullable": True, "description": "Send it back as `cursor`."},
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}},
            {"name": "limit", "in": "query", "required": False, "schema": limit},
        ]

    def _size(self, request: Request) -> int:
        return limit_of(request, default=self.page_size, most=self.max_page_size)


def limit_of(request: Request, *, default: int = keyset.PAGE, most: int = KeysetPagination.max_page_size) -> int:
    """How many rows `?limit=` asks for. Raises Invalid for what is no whole number from 1 on."""
    raw = request.query_params.get("limit", "") or str(default)
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10 and int(raw)):
        sentence = f"The limit is a whole number from 1 to {most}."
        raise Invalid(sentence, fields={"limit": sentence})
    return min(int(raw), most)


def place_of(request: Request) -> dict[str, Any]:
    """The page that a request asks for, as the arguments of a cached selector: `cursor` and `limit`."""
    return {"cursor": request.query_params.get("cursor", ""), "limit": limit_of(request)}


def json_page(page: keyset.Page[Any], serializer: type[serializers.BaseSerializer[Any]]) -> bytes:
    """A page of rows as the body of an answer: `{"results": […], "next": cursor|null}`."""
    return JSONRenderer().render({"results": serializer(page.rows, many=True).data, "next": page.next})


def keyset_by(*order: str, joined: Callable[[Any], Any] | None = None) -> type[KeysetPagination]:
    """Keyset pages in this order; of a list that is searched, `joined` adds what a page shows beside its rows."""
    return type("Pages", (KeysetPagination,), {"ordering": order, "joined": joined and staticmethod(joined)})


def etag_of(shown: Any) -> str:
    """The version of a row without a version of its own: a digest of how it is shown to this user."""
    text = json.dumps(shown, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def refuse_stale(request: Request, shown: Any) -> None:
    """Raise Conflict where If-Match names another version than `shown`, which must come from a locked row."""
    wanted = [part.strip().removeprefix("W/") for part in request.headers.get("If-Match", "*").split(",")]
    if "*" not in wanted and etag_of(shown) not in wanted:
        raise Conflict("Somebody changed this in the meantime; load it again before you change it.")


class Id(serializers.CharField):
    """A row's id as the opaque string that clients see."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, **kwargs})

    def to_representation(self, value: Any) -> str:
        return str(value)


class IdOf(serializers.PrimaryKeyRelatedField):
    """A reference by id, as a string of digits; anything else does not exist."""

    default_error_messages = {"does_not_exist": "There is nothing with this id.", "incorrect_type": "Send an id."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("incorrect_type")
        if not (str(data).isascii() and str(data).isdigit() and int(str(data)[:20]) <= LARGEST_ID):
            self.fail("does_not_exist")
        return super().to_internal_value(data)

    def to_representation(self, value: Any) -> str:
        return str(value.pk)


def error_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every 4xx of the API in one shape: {"error": {"code", "message", "fields", "request_id"}}.

    Whatever was refused leaves nothing half written: the transaction of the request is rolled back.
    """
    rolls_back = getattr(exc, "rolls_back", True)
    if rolls_back and tenancy.current() is not None and transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    if isinstance(exc, Refused):
        refused = _error(exc.status, exc.code, exc.sentence, exc.fields)
        context["request"]._request.is_attempt = exc.is_attempt  # for whoever counts refusals
        if isinstance(exc, TooMany):
            refused["Retry-After"] = str(exc.wait)
        return refused
    if isinstance(exc, Http404):
        return _error(404, *SENTENCES[404])
    if isinstance(exc, PermissionDenied | exceptions.PermissionDenied):
        return _error(403, *SENTENCES[403])
    if isinstance(exc, RequestDataTooBig):
        return _error(413, *SENTENCES[413])
    if isinstance(exc, ValidationError):
        return _error(400, "invalid", " ".join(exc.messages))
    if isinstance(exc, exceptions.ValidationError):
        fields = _fields(exc.detail)
        one = next(iter(fields.values())) if len(fields) == 1 else ""
        return _error(400, "invalid", one or f"{len(fields)} things are not right.", fields)
    return _framework_error(exc, context)


def _framework_error(exc: Exception, context: dict[str, Any]) -> Response | None:
    # DRF's views import this module by name for their parsers, so it cannot import them at its top.
    from rest_framework.views import exception_handler

    response = exception_handler(exc, context)
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    codes = exc.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    shaped = _error(response.status_code, code, str(exc.detail))
    for header in ("WWW-Authenticate", "Retry-After", "Allow"):
        if header in response:
            shaped[header] = response[header]
    return shaped


def _error(status: int, code: str, message: str, fields: dict[str, str] | None = None) -> Response:
    return Response(shape(code, message, fields), status=status)


def _fields(detail: Any, prefix: str = "") -> dict[str, str]:
    """Nested validation messages as {"people.3.email": "…"}."""
    if isinstance(detail, dict):
        parts = [_fields(value, f"{prefix}{name}.") for name, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(item, dict) for item in detail):
        parts = [_fields(value, f"{prefix}{place}.") for place, value in enumerate(detail) if value]
    else:
        words = detail if isinstance(detail, list) else [detail]
        return {prefix.rstrip(".") or "non_field_errors": " ".join(str(word) for word in words)}
    return {name: message for part in parts for name, message in part.items()}
