"""Bodies of API requests, read with care. Apart from config.api, which DRF has not finished loading by then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework import exceptions, parsers


class JSONParser(parsers.JSONParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE: Django's own limit does not reach what DRF reads itself."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise RequestDataTooBig
        try:
            parsed = super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError("This JSON is nested too deeply.") from error
        if b"\\ud" in body.lower():
            _refuse_half_characters(parsed)
        return parsed


def _refuse_half_characters(parsed: Any) -> None:
    """Half of a surrogate pair is no text: neither PostgreSQL nor an answer that repeats it can hold it."""
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise exceptions.ParseError("This JSON holds half a character.") from error
