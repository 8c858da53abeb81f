"""What every endpoint shares: keyset pages and the one error shape."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from config.errors import Refused, request_id


class KeysetPagination(CursorPagination):
    """`{"results": […], "next": cursor|null}`; a page costs the same at any depth."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    cursor_query_param = "cursor"
    ordering = "id"

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next_cursor()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": {"type": "string", "nullable": True}},
        }

    def _next_cursor(self) -> str | None:
        link = self.get_next_link()
        if link is None:
            return None
        return parse_qs(urlsplit(link).query)[self.cursor_query_param][0]


def error_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every 4xx of the API in one shape: {"error": {"code", "message", "fields", "request_id"}}."""
    if isinstance(exc, Refused):
        return _error(exc.status, exc.code, exc.sentence, exc.fields)
    if isinstance(exc, Http404):
        return _error(404, "not_found", "There is nothing here for you.")
    if isinstance(exc, PermissionDenied | exceptions.PermissionDenied):
        return _error(403, "forbidden", "Your role does not allow this.")
    if isinstance(exc, ValidationError):
        return _error(400, "invalid", " ".join(exc.messages))
    if isinstance(exc, exceptions.ValidationError):
        fields = _fields(exc.detail)
        return _error(400, "invalid", "Some of what was sent is not right.", fields)
    response = exception_handler(exc, context)
    if response is not None and isinstance(exc, exceptions.APIException):
        codes = exc.get_codes()
        code = codes if isinstance(codes, str) else "invalid"
        shaped = _error(response.status_code, code, str(exc.detail))
        for header in ("WWW-Authenticate", "Retry-After", "Allow"):
            if header in response:
                shaped[header] = response[header]
        return shaped
    return response


def _error(status: int, code: str, message: str, fields: dict[str, str] | None = None) -> Response:
    error = {"code": code, "message": message, "fields": fields or {}, "request_id": request_id()}
    return Response({"error": error}, status=status)


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
