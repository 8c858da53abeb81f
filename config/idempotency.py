"""Idempotency-Key: a write that a client repeats, because the answer got lost, happens once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from config.errors import Invalid, Refused
from config.models import GivenAnswer

KEPT = timedelta(hours=24)
KEY = re.compile(r"^[\x21-\x7e]{1,100}$")
HEADER = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Any unique text: the same request sent again within 24 hours gets the first answer and does nothing.",
)

CLAIM = """
INSERT INTO config_givenanswer (person_id, key, request_hash, etag, created_at) VALUES (%s, %s, %s, '', %s)
ON CONFLICT (organisation_id, person_id, key) DO NOTHING RETURNING id
"""

Method = Callable[..., Response]


class KeyUsed(Refused):
    """The key was given to another request."""

    status = 422


def idempotent(method: Method) -> Method:
    """Let a view's method accept an Idempotency-Key. A refused request is not remembered: it did nothing."""

    @wraps(method)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return method(view, request, *args, **kwargs)
        if not KEY.match(key):
            raise Invalid("An Idempotency-Key is 1 to 100 visible characters.", code="bad_key")
        meant, now = _hash(request), timezone.now()
        # Waits here while the same request is still at work elsewhere, and then finds its answer.
        claimed = _claim(request.user.pk, key, meant, now)
        if claimed is None:
            return _again(GivenAnswer.objects.get(person=request.user.pk, key=key), meant)
        response = method(view, request, *args, **kwargs)
        etag = response.headers.get("ETag", "")
        given = GivenAnswer.objects.filter(pk=claimed)
        given.update(status=response.status_code, body=response.data, etag=etag)
        return response

    return once


def _claim(person: int | None, key: str, meant: str, now: datetime) -> int | None:
    """The row of a key that nobody used within the last day, or None."""
    GivenAnswer.objects.filter(created_at__lt=now - KEPT).delete()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [person, key, meant, now])
        row = cursor.fetchone()
    return row[0] if row else None


def _again(given: GivenAnswer, meant: str) -> Response:
    if given.request_hash != meant:
        raise KeyUsed("This Idempotency-Key was given to another request; use a new one.", code="key_used")
    headers = {"Idempotency-Replayed": "true", **({"ETag": given.etag} if given.etag else {})}
    return Response(given.body, status=given.status, headers=headers)


def _hash(request: Request) -> str:
    """Keyed, so that what was asked cannot be found by hashing guesses."""
    said = json.dumps(request.data, sort_keys=True, default=_said)
    asked = f"{request.method} {request.get_full_path()}\n{said}"
    return salted_hmac("config.idempotency", asked, algorithm="sha256").hexdigest()


def _said(value: Any) -> str:
    """A file by its content: two of one name are two requests."""
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for piece in value.chunks():
        digest.update(piece)
    value.seek(0)
    return digest.hexdigest()
