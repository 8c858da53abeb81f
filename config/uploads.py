"""How much a form with files may carry: refused by what it announces, before anything of it is written to disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MEGABYTE = 1024 * 1024
# A little more than a document may have, so that one slightly too large is refused beside its field; as in nginx.
USUAL = 6 * MEGABYTE
LARGER: dict[re.Pattern[str], int] = {re.compile(r"^/admin/staff/document/bulk/$"): 25 * MEGABYTE}


class Bounded(FileUploadHandler):
    """The first of the upload handlers: keeps nothing itself, and lets no request past that is larger than allowed."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Mapping[str, Any],  # noqa: N803  # Django passes it by this name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        path = str(META.get("PATH_INFO", ""))
        if content_length > next((most for paths, most in LARGER.items() if paths.match(path)), USUAL):
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
