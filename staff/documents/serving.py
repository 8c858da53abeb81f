"""Giving a file out: as an attachment, as what it was judged to be, to nobody's cache; our own pictures in place."""

from __future__ import annotations

from typing import IO, Protocol

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified

from config.errors import Refused
from staff.documents.portraits import MEDIA_TYPE
from staff.documents.storage import opened
from staff.models import Person
from staff.models.papers import Paper

# Opened in a browser all the same, it may run nothing, reach nothing and stand in no frame.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
}


class Made(Protocol):
    """A file that was made for one download: its name, and its bytes from the start."""

    @property
    def name(self) -> str: ...
    @property
    def file(self) -> IO[bytes]: ...


def zip_of(made: Made) -> FileResponse:
    """A zip that was made just now, streamed; it is gone once it was sent."""
    return FileResponse(
        made.file, as_attachment=True, filename=made.name, content_type="application/zip", headers=dict(HEADERS)
    )


def attachment(paper: Paper) -> FileResponse:
    """The file of a paper, streamed; who may have it is asked before. Raises Refused if it is not there."""
    try:
        file = opened(paper.key)
    except FileNotFoundError as error:
        raise Refused("This file is missing on the server; tell whoever runs it.", code="file_missing") from error
    return FileResponse(
        file, as_attachment=True, filename=paper.name, content_type=paper.media_type, headers=dict(HEADERS)
    )


def picture_of(person: Person, request: HttpRequest) -> HttpResponse:
    """A person's picture, to be shown where it stands: it is a JPEG of our own making, whatever was uploaded.

    Its address names the version, so the browser of whoever saw it may keep it for an hour. Raises Http404 for none.
    """
    if not person.picture:
        raise Http404
    etag = f'"{person.picture_version}"'
    kept = {"ETag": etag, "Cache-Control": "private, max-age=3600", "Vary": "Cookie, Authorization"}
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers=kept)
    try:
        with opened(person.picture) as file:
            drawn = file.read()
    except FileNotFoundError as error:
        raise Http404 from error
    return HttpResponse(drawn, content_type=MEDIA_TYPE, headers={**HEADERS, **kept, "Content-Disposition": "inline"})
